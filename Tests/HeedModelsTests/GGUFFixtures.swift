import Foundation
import HeedModels

extension CheckpointFixtures {
  /// A metadata value of a GGUF file made by hand.
  enum GGUFValue {
    case integer(String, UInt32)
    case string(String, String)
    /// A value of any type: the number of the type, and what follows it.
    case raw(String, type: UInt32, [UInt8])
  }

  /// A tensor of a GGUF file made by hand, whether it makes sense or not.
  struct GGUFTensor {
    var name: String
    /// Fastest first.
    var dimensions: [UInt64]
    var type: UInt32 = 0
    var offset: UInt64 = 0
  }

  /// Opens a GGUF file held in memory.
  static func gguf(_ bytes: [UInt8]) throws(CheckpointError) -> GGUFFile {
    let (buffer, owner) = inMemory(bytes)
    return try GGUFFile(named: "memory", bytes: buffer, owner: owner)
  }

  /// Bytes in a place of just their size, so that a tool that watches memory sees a step beyond.
  static func inMemory(_ bytes: [UInt8]) -> (UnsafeRawBufferPointer, owner: NSData) {
    let owner = NSData(bytes: bytes, length: bytes.count)
    return (UnsafeRawBufferPointer(start: owner.bytes, count: owner.length), owner)
  }

  /// The header of a GGUF file.
  static func ggufHeader(
    version: UInt32 = 3, tensorCount: UInt64? = nil, valueCount: UInt64? = nil, values: [GGUFValue] = [],
    tensors: [GGUFTensor] = []
  ) -> [UInt8] {
    var bytes = Array("GGUF".utf8)
    append(version, to: &bytes)
    append(tensorCount ?? UInt64(tensors.count), to: &bytes)
    append(valueCount ?? UInt64(values.count), to: &bytes)
    for value in values {
      switch value {
      case .integer(let key, let number):
        append(key, to: &bytes)
        append(UInt32(4), to: &bytes)
        append(number, to: &bytes)
      case .string(let key, let text):
        append(key, to: &bytes)
        append(UInt32(8), to: &bytes)
        append(text, to: &bytes)
      case .raw(let key, let type, let content):
        append(key, to: &bytes)
        append(type, to: &bytes)
        bytes += content
      }
    }
    for tensor in tensors {
      append(tensor.name, to: &bytes)
      append(UInt32(tensor.dimensions.count), to: &bytes)
      for dimension in tensor.dimensions { append(dimension, to: &bytes) }
      append(tensor.type, to: &bytes)
      append(tensor.offset, to: &bytes)
    }
    return bytes
  }

  /// A GGUF file: the header, zeros up to a multiple of 32, and `dataSize` bytes.
  static func ggufFile(_ header: [UInt8], dataSize: Int) -> [UInt8] {
    let padding = (32 - header.count % 32) % 32
    return header + [UInt8](repeating: 0, count: padding)
      + (0..<dataSize).map { UInt8(truncatingIfNeeded: $0) }
  }

  static func append(_ number: some FixedWidthInteger, to bytes: inout [UInt8]) {
    withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
  }

  static func append(_ text: String, to bytes: inout [UInt8]) {
    append(UInt64(text.utf8.count), to: &bytes)
    bytes += Array(text.utf8)
  }
}
