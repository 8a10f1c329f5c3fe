import CHeedKernels

extension ElementType {
  /// Converts stored elements to single precision: F64 is rounded, all others exactly.
  ///
  /// - Returns: An integer that single precision cannot hold, if there is one; nothing is then said about
  ///   `destination`.
  /// - Precondition: `bytes` holds as many whole elements as `destination`.
  func decode(_ bytes: UnsafeRawBufferPointer, into destination: UnsafeMutableBufferPointer<Float>) -> Int64?
  {
    precondition(
      size(of: [destination.count])?.byteCount == bytes.count, "bytes and destination differ in size")
    guard let target = destination.baseAddress, let source = bytes.baseAddress else { return nil }
    switch self {
    case .float32:
      UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: bytes.count)
    case .float64:
      forEach(of: bytes, UInt64.self) { destination[$0] = Float(Double(bitPattern: $1)) }
    case .float16:
      // The vector kernel wants its numbers aligned, which those of a file need not be.
      if isAligned(source, UInt16.self) {
        heed_half_to_float(source.assumingMemoryBound(to: UInt16.self), target, destination.count)
      } else {
        forEach(of: bytes, UInt16.self) { destination[$0] = ScalarConversion.halfToFloat($1) }
      }
    case .bfloat16:
      if isAligned(source, UInt16.self) {
        heed_bfloat16_to_float(source.assumingMemoryBound(to: UInt16.self), target, destination.count)
      } else {
        forEach(of: bytes, UInt16.self) { destination[$0] = ScalarConversion.bfloat16ToFloat($1) }
      }
    case .int64: return exactly(bytes, Int64.self, destination)
    case .int32: return exactly(bytes, Int32.self, destination)
    case .int16: return exactly(bytes, Int16.self, destination)
    case .int8: return exactly(bytes, Int8.self, destination)
    case .uint8: return exactly(bytes, UInt8.self, destination)
    case .bool: forEach(of: bytes, UInt8.self) { destination[$0] = $1 == 0 ? 0 : 1 }
    case .q4Scaled, .q4Shifted, .q5Scaled, .q5Shifted, .q8Scaled, .q4Nested, .q5Nested, .q6Nested:
      guard let format = blockFormat else { preconditionFailure("\(self) has no blocks") }
      heed_dequantize_blocks(format, source, target, destination.count / blockLength)
    }
    return nil
  }

  /// Converts stored integers; of BOOL, to 0 or 1.
  /// - Precondition: The type is one of integers, and `bytes` holds as many as `destination`.
  func decode(_ bytes: UnsafeRawBufferPointer, into destination: UnsafeMutableBufferPointer<Int64>) {
    precondition(
      size(of: [destination.count])?.byteCount == bytes.count, "bytes and destination differ in size")
    switch self {
    case .int64: forEach(of: bytes, Int64.self) { destination[$0] = $1 }
    case .int32: forEach(of: bytes, Int32.self) { destination[$0] = Int64($1) }
    case .int16: forEach(of: bytes, Int16.self) { destination[$0] = Int64($1) }
    case .int8: forEach(of: bytes, Int8.self) { destination[$0] = Int64($1) }
    case .uint8: forEach(of: bytes, UInt8.self) { destination[$0] = Int64($1) }
    case .bool: forEach(of: bytes, UInt8.self) { destination[$0] = $1 == 0 ? 0 : 1 }
    default: preconditionFailure("\(rawValue) is no type of integers")
    }
  }
}

private func isAligned<Stored>(_ pointer: UnsafeRawPointer, _: Stored.Type) -> Bool {
  UInt(bitPattern: pointer).isMultiple(of: UInt(MemoryLayout<Stored>.alignment))
}

/// Converts integers to single precision, or returns one for which that loses bits.
private func exactly<Stored: FixedWidthInteger & BitwiseCopyable>(
  _ bytes: UnsafeRawBufferPointer, _: Stored.Type, _ destination: UnsafeMutableBufferPointer<Float>
) -> Int64? {
  var inexact: Int64?
  forEach(of: bytes, Stored.self) { i, value in
    if let float = Float(exactly: value) {
      destination[i] = float
    } else {
      inexact = Int64(value)
    }
  }
  return inexact
}

/// Calls `body` with each element and its index, the elements being little-endian at any alignment.
@inline(__always)
private func forEach<Stored: FixedWidthInteger & BitwiseCopyable>(
  of bytes: UnsafeRawBufferPointer, _: Stored.Type, _ body: (Int, Stored) -> Void
) {
  for i in 0..<bytes.count / MemoryLayout<Stored>.size {
    let stored = bytes.loadUnaligned(fromByteOffset: i * MemoryLayout<Stored>.size, as: Stored.self)
    body(i, Stored(littleEndian: stored))
  }
}
