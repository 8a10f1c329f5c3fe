import Foundation
import HeedModels
import Testing

/// Files that are wrong by accident or design: an error or a right answer, never a crash.
@Suite struct PickleHostileTests {
  private func use(_ file: PyTorchFile) throws {
    for entry in file.entries {
      let count = file.withBytes(of: entry) { $0.count }
      #expect(count == entry.byteCount)
      _ = try? file.floats(of: entry)
    }
  }

  /// The message of a refusal, or what was opened.
  private func message(_ bytes: [UInt8]) -> String {
    do {
      let file = try CheckpointFixtures.pyTorch(bytes)
      try use(file)
      return "opened \(file.names)"
    } catch {
      return "\(error)"
    }
  }

  @Test(arguments: ["zip.pt", "stream.pt", "stream4.pt", "wrapped.pt"])
  func refusesEveryTruncation(_ name: String) throws {
    let whole = [UInt8](try Data(contentsOf: CheckpointFixtures.file("Pickle/\(name)")))
    let opened = CheckpointFixtures.truncationsOpened(of: whole, below: whole.count) {
      bytes throws(CheckpointError) in
      _ = try CheckpointFixtures.pyTorch(bytes)
    }
    #expect(opened == [])
    try use(try CheckpointFixtures.pyTorch(whole))
  }

  @Test(arguments: ["zip.pt", "stream.pt", "stream4.pt", "wrapped.pt", "compressed.pt"])
  func survivesChangedBytes(_ name: String) throws {
    let whole = [UInt8](try Data(contentsOf: CheckpointFixtures.file("Pickle/\(name)")))
    var generator = CaseGenerator(state: 7)
    var refusedCount = 0
    for _ in 0..<4_000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let place = Int.random(in: bytes.indices, using: &generator)
        bytes[place] = Bool.random(using: &generator) ? .random(in: 0 ... .max, using: &generator) : 0xFF
      }
      do {
        try use(try CheckpointFixtures.pyTorch(bytes))
      } catch {
        refusedCount += 1
      }
    }
    #expect((400...4_000).contains(refusedCount))
  }

  /// Pickles of instructions at random, most of which mean something.
  @Test func survivesRandomInstructions() {
    let instructions = Array("NJKMX(]})tlaesud012qhrjcQRb".utf8) + [0x85, 0x86, 0x87, 0x88, 0x8A, 0x93, 0x94]
    var generator = CaseGenerator(state: 11)
    for _ in 0..<20_000 {
      var pickle = PickleWriter()
      pickle.code("}")
      for _ in 0..<Int.random(in: 1...60, using: &generator) {
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: pickle.tensor("0", count: 2, shape: [2], strides: [.random(in: 0...2, using: &generator)])
        case 1: pickle.string("a")
        case 2: pickle.raw([UInt8(ascii: "h"), .random(in: 0...3, using: &generator)])
        case 3: pickle.raw([UInt8(ascii: "q"), .random(in: 0...3, using: &generator)])
        default: pickle.raw([instructions.randomElement(using: &generator) ?? 0])
        }
      }
      _ = message(
        CheckpointFixtures.pyTorchStream(pickle, storages: [("0", 2, [UInt8](repeating: 0, count: 8))]))
    }
  }

  @Test func checksEveryTensor() {
    let bytes = [UInt8](repeating: 1, count: 16)
    func opened(
      offset: Int64 = 0, _ shape: [Int64], _ strides: [Int64], count: Int64 = 4, type: String = "FloatStorage"
    ) -> String {
      var pickle = PickleWriter()
      pickle.code("}")
      pickle.string("a")
      pickle.tensor("0", count: count, offset: offset, shape: shape, strides: strides, type: type)
      pickle.code("s")
      return message(CheckpointFixtures.pyTorchStream(pickle, storages: [("0", 4, bytes)]))
    }
    #expect(opened([4], [1]) == "opened [\"a\"]")
    #expect(opened([2, 2], [1, 2]) == "opened [\"a\"]")
    #expect(opened([1, 4], [.max, 1]) == "opened [\"a\"]")
    #expect(opened(offset: 3, [], []) == "opened [\"a\"]")
    #expect(opened(offset: 100, [0, 5], [1, 1]) == "opened [\"a\"]")
    #expect(opened(offset: .max, [.max, 0, .max], [.max, .max, .max]) == "opened [\"a\"]")
    #expect(opened([.max, .max, 0], [1, 1, 1]).contains("too large for any memory"))
    #expect(opened([5], [1]).contains("of shape [5] leaves its storage of 4 elements"))
    #expect(opened(offset: 1, [4], [1]).contains("leaves its storage"))
    #expect(opened(offset: 4, [], []).contains("leaves its storage"))
    #expect(opened(offset: .max, [2], [.max]).contains("leaves its storage"))
    #expect(opened([2], [4]).contains("leaves its storage"))
    #expect(opened([3], [.max]).contains("leaves its storage"))
    #expect(opened([.max], [0]).contains("too large for any memory"))
    #expect(opened([1 << 40], [0]).contains("repeats 4 elements until they are more than the whole file"))
    #expect(opened([1 << 33, 1 << 33], [0, 0]).contains("too large for any memory"))
    #expect(opened(offset: -1, [1], [1]).contains("is not described by a storage"))
    #expect(opened([-1], [1]).contains("is not described by a storage"))
    #expect(opened([1], [-1]).contains("is not described by a storage"))
    #expect(opened([1, 1], [1]).contains("is not described by a storage"))
    let rank = [Int64](repeating: 1, count: 65)
    #expect(opened(rank, rank).contains("is not described by a storage"))
    #expect(
      opened([1], [1], count: 5).contains("5 elements of type F32, for which the file has only 16 bytes"))
    #expect(opened([1], [1], count: .max).contains("for which the file has only 16 bytes"))
    #expect(opened([1], [1], count: -1).contains("is not that of a storage"))
    #expect(opened([1], [1], type: "ComplexFloatStorage").contains("it uses \"torch.ComplexFloatStorage\""))
    // The storage's size follows from its type, which leaves too little of the file for eight bytes each.
    #expect(opened([1], [1], type: "DoubleStorage").contains("storage \"0\" reaches beyond its end"))
  }

  @Test func survivesDepthAndCycles() {
    func opened(
      storages: [(key: String, elementCount: UInt64, bytes: [UInt8])] = [("0", 1, [0, 0, 128, 63])],
      _ build: (inout PickleWriter) -> Void
    ) -> String {
      var pickle = PickleWriter()
      build(&pickle)
      return message(CheckpointFixtures.pyTorchStream(pickle, storages: storages))
    }
    func wrapped(_ build: (inout PickleWriter) -> Void) -> String {
      opened { pickle in
        pickle.code("}")
        pickle.string("a")
        pickle.tensor("0", count: 1, shape: [1], strides: [1])
        pickle.code("s")
        pickle.string("b")
        build(&pickle)
        pickle.code("s")
      }
    }
    let depth = 200_000
    // Lists in lists, tuples in tuples.
    let lists = [UInt8](repeating: 0x5D, count: depth) + [UInt8](repeating: 0x61, count: depth - 1)
    #expect(wrapped { $0.raw(lists) } == "opened [\"a\"]")
    #expect(wrapped { $0.raw([0x29] + [UInt8](repeating: 0x85, count: depth)) } == "opened [\"a\"]")
    // A tuple of the same tuple twice, and so on: 2²⁰⁰⁰⁰⁰ elements, if anyone counted them.
    let doubled = [[UInt8]](repeating: [0x32, 0x86], count: depth).flatMap { $0 }
    #expect(wrapped { $0.raw([0x29] + doubled) } == "opened [\"a\"]")
    // A list that holds itself.
    #expect(wrapped { $0.raw([0x5D, 0x71, 0, 0x68, 0, 0x61]) } == "opened [\"a\"]")
    // A dictionary that wraps itself.
    let cycle = opened(storages: []) { pickle in
      pickle.raw([0x7D, 0x71, 0])
      pickle.string("model")
      pickle.raw([0x68, 0, 0x73])
    }
    #expect(cycle.contains("holds no tensors by name: it has the keys \"model\""))
    // The same long list made a dictionary again and again.
    let pairs = 5_000
    let copied = opened { pickle in
      pickle.raw([0x5D, 0x71, 0, 0x28])
      for _ in 0..<pairs { pickle.raw([0x4E, 0x4E, 0x86]) }
      pickle.code("e0")
      for _ in 0..<pairs {
        pickle.global("collections", "OrderedDict")
        pickle.raw([0x68, 0, 0x85, 0x52, 0x30])
      }
      pickle.code("}")
    }
    #expect(copied.contains("the same list is made a dictionary too many times"))
    #expect(opened { $0.raw([0x28] + [UInt8](repeating: 0x28, count: depth)) }.contains("the stack is empty"))
  }

  @Test func refusesWrongInstructions() {
    func opened(_ bytes: [UInt8]) -> String {
      var pickle = PickleWriter()
      pickle.raw(bytes)
      return message(CheckpointFixtures.pyTorchStream(pickle))
    }
    let cases: [([UInt8], String)] = [
      ([], "the stack is empty"), ([0x28], "the stack is empty"),
      ([0x4E], "it holds None, expected a dictionary"),
      ([0x7D], "holds no tensors by name: it is empty"), ([0x7D, 0x74], "there is no mark on the stack"),
      ([0x7D, 0x28, 0x4E, 0x75], "a key has no value"), ([0x4E, 0x4E, 0x4E, 0x73], "a key is set in None"),
      ([0x4E, 0x4E, 0x61], "a value is appended to None"), ([0x68, 5], "nothing was remembered as number 5"),
      ([0x6A, 255, 255, 255, 255], "nothing was remembered as number 4294967295"),
      ([0x4E, 0x4E, 0x62], "attributes are set on None"),
      ([0x4E, 0x51], "a persistent identifier is not that"),
      ([0x4E, 0x29, 0x52], "None is called that is no function"), ([0x4E, 0x4E, 0x52], "called with None"),
      ([0x81], "instruction 129 is none that files of weights need"), ([0x69], "instruction 105 (i)"),
      ([0x80, 6], "its protocol is 6, expected 2 to 5"),
      ([0x58, 255, 255, 255, 255], "the pickle is cut off"),
      ([0x8D] + [UInt8](repeating: 255, count: 8), "the pickle is cut off"),
      ([0x8B, 255, 255, 255, 255], "the pickle is cut off"),
      ([0x58, 1, 0, 0, 0, 0xFF], "a text is not UTF-8"),
      (Array("cos\nsystem\n".utf8), "it uses \"os.system\""), (Array("cos".utf8), "a name has no end"),
      ([0x63] + [UInt8](repeating: 0x61, count: 2_000), "a name has no end"),
      ([0x4E, 0x4E, 0x93], "a name is None and None, not two texts"),
      (Array("ccollections\nOrderedDict\n".utf8) + [0x4E, 0x85, 0x52], "a dictionary is made of None"),
      (
        Array("ccollections\nOrderedDict\n".utf8) + [0x5D, 0x4E, 0x61, 0x85, 0x52],
        "made of what are no pairs"
      ),
      (Array("ctorch._utils\n_rebuild_parameter\n".utf8) + [0x4E, 0x85, 0x52], "a parameter is no tensor"),
      (Array("ctorch._utils\n_rebuild_tensor_v2\n".utf8) + [0x29, 0x52], "a tensor is not described by"),
      (
        Array("ctorch\nFloatStorage\n".utf8) + [0x29, 0x52],
        "a type or function is called that is no function"
      ),
      ([UInt8](repeating: 0x4E, count: 17 << 20), "the pickle is longer than 16777216 bytes"),
    ]
    for (bytes, part) in cases {
      let text = opened(bytes)
      #expect(text.contains(part), "\(text)")
    }
  }

  @Test func refusesTheSameNameTwice() {
    var pickle = PickleWriter()
    pickle.code("}")
    for _ in 0..<2 {
      pickle.string("a")
      pickle.tensor("0", count: 1, shape: [1], strides: [1])
      pickle.code("s")
    }
    let text = message(CheckpointFixtures.pyTorchStream(pickle, storages: [("0", 1, [0, 0, 0, 0])]))
    #expect(text.contains("tensor \"a\" is in the dictionary twice"))
  }

  @Test func refusesWrongStorages() {
    var pickle = PickleWriter()
    pickle.code("}")
    pickle.string("a")
    pickle.tensor("0", count: 1, shape: [1], strides: [1])
    pickle.code("s")
    func opened(_ storages: [(key: String, elementCount: UInt64, bytes: [UInt8])]) -> String {
      message(CheckpointFixtures.pyTorchStream(pickle, storages: storages))
    }
    #expect(opened([("0", 1, [0, 0, 0, 0])]) == "opened [\"a\"]")
    #expect(opened([]).contains("it has no storage \"0\""))
    #expect(opened([("1", 1, [0, 0, 0, 0])]).contains("a storage is listed that no tensor uses"))
    #expect(opened([("0", 2, [0, 0, 0, 0])]).contains("storage \"0\" reaches beyond its end"))
    #expect(opened([("0", .max, [0, 0, 0, 0])]).contains("storage \"0\" reaches beyond its end"))
    #expect(opened([("0", 1 << 62, [0, 0, 0, 0])]).contains("storage \"0\" reaches beyond its end"))
    #expect(opened([("0", 0, [0, 0, 0, 0])]).contains("for which the file has only 0 bytes"))
    #expect(
      opened([("0", 1, [0, 0, 0, 0]), ("0", 1, [0, 0, 0, 0])]).contains("storage \"0\" is listed twice"))
  }
}
