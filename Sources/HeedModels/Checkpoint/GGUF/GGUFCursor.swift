/// Reads the parts of a GGUF file that come before the tensors' data.
struct GGUFCursor {
  /// Where reading failed and why.
  struct SyntaxError: Error {
    let offset: Int
    let reason: String
  }

  /// Arrays of arrays deeper than this are refused; no known writer makes any.
  static let maximumDepth = 8

  private var cursor: ByteCursor

  init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
    cursor = ByteCursor(bytes, at: position)
  }

  var position: Int { cursor.position }

  func error(_ reason: String, at offset: Int? = nil) -> SyntaxError {
    SyntaxError(offset: offset ?? position, reason: reason)
  }

  mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(
    _ type: Value.Type
  ) throws(SyntaxError) -> Value {
    do throws(ByteCursor.EndOfBytes) {
      return try cursor.integer(type)
    } catch {
      throw self.error("the file is cut off", at: error.offset)
    }
  }

  /// Moves past `count` bytes and tells where they are.
  mutating func take(_ count: UInt64) throws(SyntaxError) -> Range<Int> {
    do throws(ByteCursor.EndOfBytes) {
      return try cursor.take(count)
    } catch {
      let reason = "\(count) bytes are announced and \(cursor.remainingCount) follow: the file is cut off"
      throw self.error(reason, at: error.offset)
    }
  }

  /// Moves past a text with its length before it, and tells where it is.
  mutating func stringRange() throws(SyntaxError) -> Range<Int> {
    try take(try integer(UInt64.self))
  }

  mutating func string() throws(SyntaxError) -> String {
    let range = try stringRange()
    guard let text = cursor.text(range) else { throw error("a name is not UTF-8", at: range.lowerBound) }
    return text
  }

  mutating func valueType() throws(SyntaxError) -> GGUFValueType {
    let code = try integer(UInt32.self)
    guard let type = GGUFValueType(rawValue: code) else {
      throw error("the metadata has a value of unknown type \(code)", at: position - 4)
    }
    return type
  }

  mutating func value(_ type: GGUFValueType) throws(SyntaxError) -> GGUFValue {
    switch type {
    case .uint8: return .unsigned(UInt64(try integer(UInt8.self)))
    case .uint16: return .unsigned(UInt64(try integer(UInt16.self)))
    case .uint32: return .unsigned(UInt64(try integer(UInt32.self)))
    case .uint64: return .unsigned(try integer(UInt64.self))
    case .int8: return .signed(Int64(try integer(Int8.self)))
    case .int16: return .signed(Int64(try integer(Int16.self)))
    case .int32: return .signed(Int64(try integer(Int32.self)))
    case .int64: return .signed(try integer(Int64.self))
    case .float32: return .float(Double(Float(bitPattern: try integer(UInt32.self))))
    case .float64: return .float(Double(bitPattern: try integer(UInt64.self)))
    case .bool:
      let byte = try integer(UInt8.self)
      guard byte <= 1 else { throw error("a truth value is \(byte), not 0 or 1", at: position - 1) }
      return .bool(byte == 1)
    case .string: return .string(try stringRange())
    case .array: return .array(try array(depth: 1))
    }
  }

  /// Moves past an array; nothing is kept of it but where it is.
  private mutating func array(depth: Int) throws(SyntaxError) -> GGUFArray {
    guard depth <= Self.maximumDepth else {
      throw error("arrays are nested more than \(Self.maximumDepth) deep")
    }
    let elementType = try valueType()
    let count = try integer(UInt64.self)
    let start = position
    if let size = elementType.byteSize {
      let (byteCount, overflow) = count.multipliedReportingOverflow(by: UInt64(size))
      _ = try take(overflow ? .max : byteCount)
    } else {
      // Each turn reads some bytes, so that the file's end ends it whatever the count claims.
      var rest = count
      while rest > 0 {
        if elementType == .string { _ = try stringRange() } else { _ = try array(depth: depth + 1) }
        rest -= 1
      }
    }
    // Every element has a byte at least, so that the count is within the file's size.
    return GGUFArray(elementType: elementType, count: Int(count), range: start..<position)
  }
}
