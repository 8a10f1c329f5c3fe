import Foundation
import HeedModels

extension CheckpointFixtures {
  /// Opens a file of `torch.save` held in memory.
  static func pyTorch(_ bytes: [UInt8]) throws(CheckpointError) -> PyTorchFile {
    let (buffer, owner) = inMemory(bytes)
    return try PyTorchFile(named: "memory", bytes: buffer, owner: owner)
  }

  /// A stream as `torch.save` wrote it before its archives, around a pickle made by hand.
  static func pyTorchStream(
    _ pickle: PickleWriter, storages: [(key: String, elementCount: UInt64, bytes: [UInt8])] = []
  ) -> [UInt8] {
    let mark: [UInt8] = [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E]
    let version: [UInt8] = [0x80, 2, 0x4D, 0xE9, 3, 0x2E]
    let system: [UInt8] = [0x80, 2, 0x7D, 0x2E]
    var keys = PickleWriter()
    keys.code("](")
    for storage in storages { keys.string(storage.key) }
    keys.code("e")
    var bytes = mark + version + system + pickle.finished + keys.finished
    for storage in storages {
      append(storage.elementCount, to: &bytes)
      bytes += storage.bytes
    }
    return bytes
  }
}

/// Writes pickles, sensible or not.
struct PickleWriter {
  private var bytes: [UInt8] = [0x80, 2]

  /// The pickle with the instruction that ends it.
  var finished: [UInt8] { bytes + [UInt8(ascii: ".")] }

  /// Instructions that are ASCII characters and have no operand.
  mutating func code(_ instructions: String) { bytes += Array(instructions.utf8) }

  mutating func raw(_ raw: [UInt8]) { bytes += raw }

  mutating func string(_ text: String) {
    code("X")
    CheckpointFixtures.append(UInt32(text.utf8.count), to: &bytes)
    bytes += Array(text.utf8)
  }

  mutating func integer(_ value: Int64) {
    bytes += [0x8A, 8]
    CheckpointFixtures.append(value, to: &bytes)
  }

  mutating func global(_ module: String, _ name: String) { code("c\(module)\n\(name)\n") }

  mutating func tuple(_ values: [Int64]) {
    code("(")
    for value in values { integer(value) }
    code("t")
  }

  /// A storage of single-precision numbers.
  mutating func storage(_ key: String, count: Int64, type: String = "FloatStorage") {
    code("(")
    string("storage")
    global("torch", type)
    string(key)
    string("cpu")
    integer(count)
    code("NtQ")
  }

  /// A tensor of that storage.
  mutating func tensor(
    _ key: String, count: Int64, offset: Int64 = 0, shape: [Int64], strides: [Int64],
    type: String = "FloatStorage"
  ) {
    global("torch._utils", "_rebuild_tensor_v2")
    code("(")
    storage(key, count: count, type: type)
    integer(offset)
    tuple(shape)
    tuple(strides)
    raw([0x89])
    code("}tR")
  }
}
