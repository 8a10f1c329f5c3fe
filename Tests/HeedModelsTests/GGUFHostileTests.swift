import Foundation
import HeedModels
import Testing

/// Files that are wrong by accident or design: an error or a right answer, never a crash.
@Suite struct GGUFHostileTests {
  private typealias Tensor = CheckpointFixtures.GGUFTensor

  /// Reads all that a file offers.
  private func use(_ file: GGUFFile) {
    for entry in file.entries {
      _ = try? file.floats(of: entry)
      _ = try? file.integers(of: entry)
    }
    for key in file.metadata.keys {
      _ = try? file.metadata.strings(key)
      _ = try? file.metadata.integers(key)
      _ = try? file.metadata.floats(key)
      _ = try? file.metadata.string(key)
    }
    if let description = try? GGUFModelDescription(file.metadata),
      let checkpoint = try? GGUFModelCheckpoint(file, description)
    {
      for entry in checkpoint.entries { _ = try? checkpoint.floats(of: entry) }
    }
  }

  @Test(arguments: ["types", "llama"]) func refusesEveryTruncation(_ name: String) throws {
    let whole = [UInt8](try Data(contentsOf: CheckpointFixtures.file("GGUF/\(name).gguf")))
    // The file ends with padding, which nothing needs.
    let contentEnd = try #require(whole.lastIndex { $0 != 0 }) + 1
    let opened = CheckpointFixtures.truncationsOpened(of: whole, below: contentEnd) {
      bytes throws(CheckpointError) in
      _ = try CheckpointFixtures.gguf(bytes)
    }
    #expect(opened == [])
    #expect(throws: Never.self) { try CheckpointFixtures.gguf(whole) }
  }

  @Test(arguments: ["types", "llama", "qwen2"]) func survivesChangedBytes(_ name: String) throws {
    let whole = [UInt8](try Data(contentsOf: CheckpointFixtures.file("GGUF/\(name).gguf")))
    var generator = CaseGenerator(state: 5)
    var refusedCount = 0
    for _ in 0..<3_000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        // Mostly in what stands before the data.
        let place = Int.random(
          in: 0..<(Bool.random(using: &generator) ? 1_500 : bytes.count), using: &generator)
        bytes[place] = Bool.random(using: &generator) ? .random(in: 0 ... .max, using: &generator) : 0xFF
      }
      do {
        use(try CheckpointFixtures.gguf(bytes))
      } catch {
        refusedCount += 1
      }
    }
    #expect((100..<2_990).contains(refusedCount))
  }

  @Test func refusesWhatIsNoSuchFile() {
    func message(_ bytes: [UInt8]) -> String {
      do {
        return "opened \(try CheckpointFixtures.gguf(bytes).entries.count)"
      } catch {
        return error.description
      }
    }
    func header(
      version: UInt32 = 3, tensorCount: UInt64? = nil, valueCount: UInt64? = nil,
      _ values: [CheckpointFixtures.GGUFValue] = [], _ tensors: [Tensor] = []
    ) -> [UInt8] {
      CheckpointFixtures.ggufHeader(
        version: version, tensorCount: tensorCount, valueCount: valueCount, values: values, tensors: tensors)
    }
    func data(_ tensors: [Tensor], _ values: [CheckpointFixtures.GGUFValue] = [], size: Int) -> [UInt8] {
      CheckpointFixtures.ggufFile(header(values, tensors), dataSize: size)
    }
    let cases: [([UInt8], String)] = [
      ([], "the file is cut off, at byte 0"),
      (Array("GGML".utf8) + header(), "it does not start with \"GGUF\", at byte 0"),
      (header(version: 1), "its version is 1, and versions 2 and 3 are supported"),
      (header(version: 0x0300_0000), "it is big-endian, and only little-endian files are supported"),
      (header(valueCount: .max), "the file is cut off, at byte 24"),
      (header(tensorCount: .max), "the file is cut off, at byte 24"),
      (header([.raw("a", type: 13, [])]), "a value of unknown type 13"),
      (header([.raw("a", type: 7, [2])]), "a truth value is 2, not 0 or 1"),
      (header([.integer("a", 1), .integer("a", 1)]), "the metadata has the key \"a\" twice"),
      (header([.raw("a", type: 8, bytes(UInt64.max))]), "18446744073709551615 bytes are announced"),
      (
        header([.raw("a", type: 9, bytes(UInt32(10)) + bytes(UInt64.max))]),
        "bytes are announced and 0 follow"
      ),
      (header([.raw("a", type: 9, bytes(UInt32(10)) + bytes(UInt64(1) << 61))]), "bytes are announced"),
      (header([.raw("a", type: 9, bytes(UInt32(8)) + bytes(UInt64.max))]), "the file is cut off"),
      (header([.raw("a", type: 9, nested(9))]), "arrays are nested more than 8 deep"),
      (header([.raw("a", type: 9, nested(100_000))]), "arrays are nested more than 8 deep"),
      (header([.integer("split.count", 2)]), "this is one of 2 parts of a model"),
      (header([.raw("\u{0}", type: 8, bytes(UInt64(0)))]) + [1], "opened 0"),
      (data([Tensor(name: "a", dimensions: [8])], size: 32), "opened 1"),
      (data([Tensor(name: "a", dimensions: [])], size: 4), "opened 1"),
      (data([Tensor(name: "a", dimensions: [0, 1 << 62])], size: 0), "opened 1"),
      (data([Tensor(name: "a", dimensions: [9])], size: 32), "needs 36 bytes, but the data has only 32"),
      (header([], [Tensor(name: "a", dimensions: [1])]), "the data has only 0: the file is cut off"),
      (data([Tensor(name: "a", dimensions: [1, 1, 1, 1, 1])], size: 32), "has 5 axes"),
      (data([Tensor(name: "a", dimensions: [.max])], size: 32), "too large for any memory"),
      (data([Tensor(name: "a", dimensions: [1 << 32, 1 << 32])], size: 32), "too large for any memory"),
      (data([Tensor(name: "a", dimensions: [1 << 61, 4])], size: 32), "too large for any memory"),
      (data([Tensor(name: "a", dimensions: [16], type: 2)], size: 32), "not whole blocks of 32 as Q4_0"),
      (data([Tensor(name: "a", dimensions: [16, 2], type: 2)], size: 32), "not whole blocks of 32 as Q4_0"),
      (data([Tensor(name: "a", dimensions: [32], type: 10)], size: 32), "such as \"a\", are of type Q2_K"),
      (data([Tensor(name: "a", dimensions: [1], type: 99)], size: 32), "are of type number 99"),
      (data([Tensor(name: "a", dimensions: [1], offset: 4)], size: 32), "not a multiple of 32"),
      (data([Tensor(name: "a", dimensions: [1], offset: .max)], size: 32), "not a multiple of 32"),
      (
        data([Tensor(name: "a", dimensions: [1], offset: (1 << 63) - 32)], size: 32),
        "only 32: the file is cut off"
      ),
      (
        data([Tensor(name: "a", dimensions: [1]), Tensor(name: "a", dimensions: [1], offset: 32)], size: 64),
        "two tensors with the name \"a\""
      ),
      (
        data([Tensor(name: "a", dimensions: [9]), Tensor(name: "b", dimensions: [1], offset: 32)], size: 64),
        "tensor \"b\" shares bytes with another tensor"
      ),
      (
        data([Tensor(name: "a", dimensions: [1])], [.integer("general.alignment", 0)], size: 64),
        "general.alignment is not a power of two"
      ),
      (
        data([Tensor(name: "a", dimensions: [1])], [.integer("general.alignment", 48)], size: 64),
        "general.alignment is not a power of two"
      ),
      (
        data([Tensor(name: "a", dimensions: [1])], [.integer("general.alignment", 1 << 30)], size: 64),
        "the data has only 0"
      ),
      (
        data([Tensor(name: "a", dimensions: [1])], [.string("general.alignment", "32")], size: 64),
        "general.alignment is not a power of two"
      ),
    ]
    for (bytes, part) in cases {
      let text = message(bytes)
      #expect(text.contains(part), "\(text)")
    }
  }

  private func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    var bytes: [UInt8] = []
    CheckpointFixtures.append(number, to: &bytes)
    return bytes
  }

  /// An array in an array, and so on.
  private func nested(_ depth: Int) -> [UInt8] {
    let outer = bytes(UInt32(9)) + bytes(UInt64(1))
    return [[UInt8]](repeating: outer, count: depth - 1).flatMap { $0 } + bytes(UInt32(0)) + bytes(UInt64(0))
  }
}
