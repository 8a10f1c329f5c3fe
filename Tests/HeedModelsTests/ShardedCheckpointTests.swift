import Foundation
import HeedModels
import Testing

@Suite struct ShardedCheckpointTests {
  private static var first: [SafetensorsTensor] {
    [
      SafetensorsTensor(name: "a", shape: [2], floats: [1, 2]),
      SafetensorsTensor(name: "b", shape: [1], floats: [3]),
    ]
  }
  private static var second: [SafetensorsTensor] {
    [SafetensorsTensor(name: "c", shape: [1, 2], floats: [4, 5])]
  }
  private static var shards: [String: [SafetensorsTensor]] {
    ["1.safetensors": first, "2.safetensors": second]
  }

  /// Writes shards and an index, and opens it.
  private func opened<Value>(
    _ index: String,
    shards: [String: [SafetensorsTensor]] = Self.shards,
    _ body: (any CheckpointFile) throws -> Value
  ) throws -> Value {
    try CheckpointFixtures.withTemporaryDirectory { directory in
      for (name, tensors) in shards {
        try SafetensorsWriter.write(tensors, to: directory.appending(path: name))
      }
      try AtomicFile.write(Data(index.utf8), to: directory.appending(path: "model.safetensors.index.json"))
      return try body(try CheckpointLoader.open(directory: directory))
    }
  }

  private func message(
    _ index: String,
    shards: [String: [SafetensorsTensor]] = Self.shards
  ) -> String {
    do {
      return try opened(index, shards: shards) { "opened \($0.names)" }
    } catch {
      return "\(error)"
    }
  }

  private static let index = """
    {"metadata": {"total_size": 20, "x": [true, null, -1.5e3, {"y": "z"}, []]},
     "weight_map": {"c": "2.safetensors", "a": "1.safetensors", "b": "1.safetensors"}}
    """

  @Test func readsTensorsOfAllShards() throws {
    try opened(Self.index) { file in
      #expect(file.file.hasSuffix("/model.safetensors.index.json"))
      #expect(file.names == ["a", "b", "c"])
      #expect(try file.entries.map { try file.floats(of: $0) } == [[1, 2], [3], [4, 5]])
      #expect(file.entry("c")?.shape == [1, 2] && file.entry("d") == nil)
      try file.check(against: file.entries.map { ExpectedTensor($0.name, shape: $0.shape) })
    }
  }

  @Test func readsShardsOfPyTorch() throws {
    try CheckpointFixtures.withTemporaryDirectory { directory in
      let names = [
        "zip.pt": "pytorch_model-00001-of-00002.bin", "wrapped.pt": "pytorch_model-00002-of-00002.bin",
      ]
      for (source, name) in names {
        let data = try Data(contentsOf: CheckpointFixtures.file("Pickle/\(source)"))
        try AtomicFile.write(data, to: directory.appending(path: name))
      }
      let index =
        #"{"weight_map": {"plain": "pytorch_model-00001-of-00002.bin", "0.bias": "pytorch_model-00002-of-00002.bin"}}"#
      try AtomicFile.write(Data(index.utf8), to: directory.appending(path: "pytorch_model.bin.index.json"))
      let file = try CheckpointLoader.open(directory: directory)
      #expect(file.entries.count == 27)
      let part = try #require(file.entry("part"))
      let expected = try SafetensorsFile(url: CheckpointFixtures.file("Pickle/expected.safetensors"))
      #expect(try file.floats(of: part) == expected.floats(of: try #require(expected.entry("part"))))
      // The tied tensors' equality is seen through the shards as well.
      #expect(file.holdsEqualValues("tied.a", "tied.b"))
    }
  }

  @Test func reportsWhatIsNotInItsPlace() {
    let missing = message(Self.index, shards: ["1.safetensors": Self.first])
    #expect(missing.hasSuffix(": shard \"2.safetensors\": the file does not exist"))
    let both = message(
      Self.index, shards: ["1.safetensors": Self.first, "2.safetensors": Self.first + Self.second])
    #expect(both.contains("2 problems"))
    #expect(both.contains("tensor \"a\" is in \"1.safetensors\" and in \"2.safetensors\""))
    let misplaced = message(
      Self.index, shards: ["1.safetensors": Self.first + Self.second, "2.safetensors": []])
    #expect(
      misplaced.hasSuffix(
        "tensor \"c\" is in \"1.safetensors\", and the index says that it is in \"2.safetensors\""))
    let absent = message(Self.index, shards: ["1.safetensors": Self.first, "2.safetensors": []])
    #expect(
      absent.contains("\"c\" is in none of the files, and the index says that it is in \"2.safetensors\""))
    // What the index leaves out counts all the same: the check against a model is to decide.
    #expect(message(#"{"weight_map": {"a": "1.safetensors"}}"#) == "opened [\"a\", \"b\"]")
  }

  @Test func refusesAnUnsoundIndex() throws {
    let deep = String(repeating: "[", count: 100_000)
    let cases = [
      ("", "expected \"{\""), ("{}", "has no \"weight_map\" with tensors"), ("[]", "expected \"{\""),
      (#"{"weight_map": {}}"#, "has no \"weight_map\" with tensors"),
      (#"{"weight_map": {"a": 1}}"#, "expected a string in quotes"),
      (#"{"weight_map": {"a": "x", "a": "y"}}"#, "\"a\" appears twice"),
      (#"{"weight_map": {"a": "../1.safetensors"}}"#, "\"../1.safetensors\", which is not beside the index"),
      (#"{"weight_map": {"a": "/etc/passwd"}}"#, "\"/etc/passwd\", which is not beside the index"),
      (#"{"weight_map": {"a": ".."}}"#, "\"..\", which is not beside the index"),
      (#"{"weight_map": {"a": ""}}"#, "\"\", which is not beside the index"),
      (#"{"weight_map": {"a": "model.safetensors.index.json"}}"#, "shard \"model.safetensors.index.json\""),
      (#"{"metadata": \#(deep)"#, "nested more than 64 deep"), (#"{"metadata": nul}"#, "expected a value"),
      (#"{"metadata": {"a": }}"#, "expected a value"),
      (#"{"weight_map": {"a": "1.safetensors"}} x"#, "something follows"),
    ]
    for (index, part) in cases {
      let text = message(index)
      #expect(text.contains(part), "\(text)")
    }
    let whole = Array(Self.index.utf8)
    for length in whole.indices {
      let text = message(String(decoding: whole[..<length], as: UTF8.self))
      #expect(text.contains("the index of shards cannot be read"), "\(text)")
    }
  }
}
