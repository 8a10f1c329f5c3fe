import Foundation
import HeedModels
import Testing

@Suite struct CheckpointLoaderTests {
  private let tensors = [
    SafetensorsTensor(name: "embed.weight", shape: [2, 2], floats: [1, 2, 3, 4]),
    SafetensorsTensor(name: "head.weight", shape: [2, 2], floats: [1, 2, 3, 4]),
    SafetensorsTensor(name: "steps", shape: [2], integers: [1, (1 << 24) + 1]),
  ]

  @Test func findsTheFirstFormInADirectory() throws {
    try CheckpointFixtures.withTemporaryDirectory { directory in
      func names() throws -> [String] { try CheckpointLoader.open(directory: directory).names }
      func copy(_ source: String, _ name: String) throws {
        let data = try Data(contentsOf: CheckpointFixtures.file(source))
        try AtomicFile.write(data, to: directory.appending(path: name))
      }
      let nothing = #expect(throws: CheckpointError.self) { try names() }
      #expect(
        nothing?.description
          == "\(directory.path): the directory holds no weights: looked for model.safetensors, "
          + "model.safetensors.index.json, pytorch_model.bin, pytorch_model.bin.index.json and *.gguf")
      try copy("GGUF/llama.gguf", "some.gguf")
      #expect(try names().contains("token_embd.weight"))
      try copy("GGUF/qwen2.gguf", "other.gguf")
      let several = #expect(throws: CheckpointError.self) { try names() }
      #expect(
        several?.description.contains("several GGUF files (other.gguf, some.gguf): name one of them") == true)
      try copy("Pickle/zip.pt", "pytorch_model.bin")
      #expect(try names().contains("transposed"))
      try SafetensorsWriter.write(tensors, to: directory.appending(path: "model.safetensors"))
      #expect(try names() == ["steps", "embed.weight", "head.weight"])
    }
    let missing = #expect(throws: CheckpointError.self) {
      try CheckpointLoader.open(directory: URL(filePath: "/no/such/directory"))
    }
    #expect(missing?.description.hasPrefix("/no/such/directory: the directory cannot be read: ") == true)
  }

  @Test func opensEachFormByItsContent() throws {
    func opened(_ name: String) throws -> any CheckpointFile {
      try CheckpointLoader.open(file: CheckpointFixtures.file(name))
    }
    #expect(try opened("GGUF/types.gguf") is GGUFFile)
    #expect(try opened("Pickle/stream.pt") is PyTorchFile)
    #expect(try opened("marian/model.safetensors") is SafetensorsFile)
    try CheckpointFixtures.withTemporaryDirectory { directory in
      let url = directory.appending(path: "pytorch_model.bin")
      try AtomicFile.write(Data("version https://git-lfs.github.com/spec/v1\noid sha256:0\n".utf8), to: url)
      let pointer = #expect(throws: CheckpointError.self) { try CheckpointLoader.open(file: url) }
      #expect(pointer?.description.contains("a pointer of Git LFS") == true)
      try AtomicFile.write(Data("hello".utf8), to: url)
      let text = #expect(throws: CheckpointError.self) { try CheckpointLoader.open(file: url) }
      #expect(text?.description.contains("not a file that torch.save writes") == true)
    }
  }

  private func inMemory<Value>(_ body: (SafetensorsFile) throws -> Value) throws -> Value {
    try CheckpointFixtures.withTemporaryDirectory { directory in
      let url = directory.appending(path: "model.safetensors")
      try SafetensorsWriter.write(tensors, to: url)
      return try body(try SafetensorsFile(url: url))
    }
  }

  @Test func renamesAndLeavesOut() throws {
    try inMemory { file in
      let renamed = try file.renamed { name in name == "steps" ? nil : "model.\(name)" }
      #expect(renamed.names == ["model.embed.weight", "model.head.weight"])
      #expect(renamed.file == file.file && renamed.entry("embed.weight") == nil)
      let head = try #require(renamed.entry("model.head.weight"))
      #expect(head.shape == [2, 2])
      #expect(try renamed.floats(of: head) == [1, 2, 3, 4])
      let again = try renamed.renamed { String($0.dropFirst(6)) }
      #expect(again.names == ["embed.weight", "head.weight"])
      #expect(again.holdsEqualValues("embed.weight", "head.weight"))
      let clash = #expect(throws: CheckpointError.self) { try file.renamed { _ in "same" } }
      #expect(clash?.problems.count == 2)
      #expect(
        clash?.description.contains(
          "tensor \"same\" is what both \"steps\" and \"embed.weight\" of the file stand for") == true)
    }
  }

  @Test func readsIntegersAsFloatsOnlyExactly() throws {
    try inMemory { file in
      let error = #expect(throws: CheckpointError.self) {
        try file.floats(of: try #require(file.entry("steps")))
      }
      #expect(
        error?.description.hasSuffix(
          "tensor \"steps\" holds 16777217, an integer that single precision cannot hold") == true)
      let wrongType = #expect(throws: CheckpointError.self) {
        try file.check(against: [ExpectedTensor("steps", shape: [2])]) { _ in true }
      }
      #expect(
        wrongType?.description.hasSuffix("\"steps\" must hold floating-point numbers, found I64") == true)
    }
  }

  /// Tied weights whose copies are stored in different types are equal if their values are.
  @Test func comparesValuesAcrossTypes() throws {
    let header =
      #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]},"#
      + #""c":{"dtype":"BF16","shape":[2,1],"data_offsets":[12,16]}}"#
    let data: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0x20, 0xC0, 0x80, 0x3F, 0x20, 0xC0, 0x80, 0x3F, 0x20, 0xC0]
    let (bytes, owner) = CheckpointFixtures.inMemory(CheckpointFixtures.safetensors(header) + data)
    let file = try SafetensorsFile(named: "memory", bytes: bytes, owner: owner)
    #expect(file.holdsEqualValues("a", "b"))
    #expect(!file.holdsEqualValues("b", "c"))
  }
}
