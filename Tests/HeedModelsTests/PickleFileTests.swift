import Foundation
import HeedModels
import Testing

@Suite struct PickleFileTests {
  private func opened(_ name: String) throws -> PyTorchFile {
    try PyTorchFile(url: CheckpointFixtures.file("Pickle/\(name)"))
  }

  private func expectEqual(_ file: any CheckpointFile, _ expected: SafetensorsFile) throws {
    #expect(Set(file.names) == Set(expected.names))
    for entry in file.entries {
      let other = try #require(expected.entry(entry.name))
      #expect(entry.shape == other.shape && entry.elementType == other.elementType, "\(entry.name)")
      let isEqual = file.withBytes(of: entry) { found in
        expected.withBytes(of: other) { found.elementsEqual($0) }
      }
      #expect(isEqual, "\(entry.name)")
    }
  }

  @Test(arguments: ["zip.pt", "stream.pt", "stream4.pt"]) func readsTypesAndViews(_ name: String) throws {
    let file = try opened(name)
    try expectEqual(file, try SafetensorsFile(url: CheckpointFixtures.file("Pickle/expected.safetensors")))
    #expect(file.entries.count == 23)
    #expect(file.names.prefix(3) == ["plain", "double", "half"])
    #expect(file.entry("transposed")?.shape == [8, 6] && file.entry("scalar")?.shape == [])
    #expect(try file.floats(of: try #require(file.entry("expanded"))) == [1, 1, 1, 2, 2, 2])
    #expect(file.holdsEqualValues("tied.a", "tied.b") && file.holdsEqualValues("tied.a", "equal"))
    #expect(!file.holdsEqualValues("tied.a", "plain") && !file.holdsEqualValues("tied.a", "nothing"))
    #expect(file.entry("weight") == nil)
  }

  @Test(arguments: ["wrapped.pt", "wrapped4.pt"]) func findsWhatIsWrapped(_ name: String) throws {
    try expectEqual(
      try opened(name), try SafetensorsFile(url: CheckpointFixtures.file("Pickle/module.safetensors")))
  }

  /// Files that hold more than tensors, and what is said of them.
  @Test(arguments: [
    (
      "hostile-call.pt",
      "it uses \"posix.system\", and of files of weights only tensors and containers are read"
    ),
    ("hostile-stream.pt", "it uses \"__builtin__.eval\""),
    ("hostile-object.pt", "it uses \"argparse.Namespace\""),
    ("hostile-type.pt", "it uses \"torch.float16\""),
    ("bare.pt", "it holds a tensor, expected a dictionary of tensors (a state_dict)"),
    ("script.pt", "this is a TorchScript program, not weights"),
    ("plain.pkl", "neither a zip archive nor a stream of pickles"),
    ("compressed.pt", "data.pkl\" in the zip archive is compressed (method 8)"),
    ("expected.safetensors", "neither a zip archive nor a stream of pickles"),
    ("nothing.pt", "the file does not exist"), ("", "this is a directory"),
  ]) func refuses(_ name: String, _ message: String) {
    let error = #expect(throws: CheckpointError.self) { try opened(name) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func readsWhatPython2Wrote() throws {
    var pickle = PickleWriter()
    pickle.global("collections", "OrderedDict")
    pickle.code("(((")
    pickle.raw([0x55, 1, 0x61])  // the text "a" as Python 2 has it
    pickle.tensor("0", count: 4, offset: 1, shape: [3], strides: [1])
    pickle.code("lltR")
    let numbers: [Float] = [1, 2, 3, 4]
    let file = try CheckpointFixtures.pyTorch(
      CheckpointFixtures.pyTorchStream(pickle, storages: [("0", 4, numbers.withUnsafeBytes { Array($0) })]))
    #expect(file.names == ["a"])
    #expect(try file.floats(of: try #require(file.entry("a"))) == [2, 3, 4])
  }
}
