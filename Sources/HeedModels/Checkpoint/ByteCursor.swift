/// Reads little-endian numbers, one after the other, and never past the end.
struct ByteCursor {
  /// The bytes ended before what was to be read did.
  struct EndOfBytes: Error {
    /// Where reading of it began.
    let offset: Int
  }

  let bytes: UnsafeRawBufferPointer
  private(set) var position: Int

  init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
    precondition((0...bytes.count).contains(position))
    self.bytes = bytes
    self.position = position
  }

  /// Bytes that follow.
  var remainingCount: Int { bytes.count - position }

  mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
    _: Value.Type
  ) throws(EndOfBytes) -> Value {
    let range = try take(UInt64(MemoryLayout<Value>.size))
    return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: range.lowerBound, as: Value.self))
  }

  /// Moves past `count` bytes, which come from the file and need not be there, and tells where they are.
  mutating func take(_ count: UInt64) throws(EndOfBytes) -> Range<Int> {
    guard count <= UInt64(remainingCount) else { throw EndOfBytes(offset: position) }
    let start = position
    position += Int(count)
    return start..<position
  }

  /// The text in a part of the bytes, or nil if it is not UTF-8.
  func text(_ range: Range<Int>) -> String? {
    String(validating: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
  }
}
