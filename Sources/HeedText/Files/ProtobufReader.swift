/// Reads the fields of one protobuf message, in the order in which they stand.
///
/// Only the wire format is known here: the caller asks for the fields it knows and skips the others. No value is read
/// outside the message, whatever its bytes claim, and nothing is allocated: a nested message is a reader of its own over
/// the same bytes, so that nesting is as deep as the caller's code and no deeper.
///
/// Source: "Encoding", Protocol Buffers documentation.
struct ProtobufReader {
  /// How the value of a field is written.
  enum WireType: UInt8 {
    case varint = 0
    case fixed64 = 1
    case lengthDelimited = 2
    case fixed32 = 5
  }

  /// The number of a field, and how its value, which comes next, is written.
  struct Field {
    let number: Int
    let wireType: WireType
  }

  let bytes: [UInt8]
  private var index: Int
  private let end: Int

  init(_ bytes: [UInt8]) { (self.bytes, index, end) = (bytes, 0, bytes.count) }

  private init(_ bytes: [UInt8], _ range: Range<Int>) {
    (self.bytes, index, end) = (bytes, range.lowerBound, range.upperBound)
  }

  private func malformed(_ message: String) -> TokenizerError {
    TokenizerError(.malformed, "byte \(index): \(message); is the file whole, and a SentencePiece model?")
  }

  /// Reads what stands before the value of the next field; nil at the end of the message.
  mutating func next() throws(TokenizerError) -> Field? {
    guard index < end else { return nil }
    let key = try varint()
    let number = key >> 3
    guard 1...0x1FFF_FFFF ~= number else { throw malformed("\(number) is not the number of a field") }
    // Wire types 3 and 4 are groups, which were given up long before SentencePiece began.
    guard let wireType = WireType(rawValue: UInt8(truncatingIfNeeded: key & 7)) else {
      throw malformed("\(key & 7) is not a way to write a value")
    }
    return Field(number: Int(number), wireType: wireType)
  }

  /// Passes over the value of a field.
  mutating func skip(_ field: Field) throws(TokenizerError) {
    switch field.wireType {
    case .varint: _ = try varint()
    case .fixed64: try advance(by: 8)
    case .fixed32: try advance(by: 4)
    case .lengthDelimited: _ = try range()
    }
  }

  // MARK: Values

  private mutating func varint() throws(TokenizerError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while index < end {
      let byte = bytes[index]
      // The tenth byte holds the last bit.
      guard shift < 63 || byte <= 1 else { throw malformed("a number has more than 64 bits") }
      value |= UInt64(byte & 0x7F) << shift
      index += 1
      if byte & 0x80 == 0 { return value }
      shift += 7
    }
    throw malformed("a number is cut off")
  }

  private mutating func advance(by count: Int) throws(TokenizerError) {
    guard count <= end - index else {
      throw malformed("a value of \(count) bytes begins, and \(end - index) are left")
    }
    index += count
  }

  private mutating func range() throws(TokenizerError) -> Range<Int> {
    let length = try varint()
    guard length <= UInt64(end - index) else {
      throw malformed("a value of \(length) bytes begins, and \(end - index) are left")
    }
    let start = index
    index += Int(length)
    return start..<index
  }

  private func expect(_ wireType: WireType, _ field: Field) throws(TokenizerError) {
    guard field.wireType == wireType else {
      throw malformed("field \(field.number) is written as \(field.wireType), expected \(wireType)")
    }
  }

  /// A whole number of 32 bits; negative ones are written with 64.
  mutating func int32(_ field: Field) throws(TokenizerError) -> Int32 {
    try expect(.varint, field)
    return Int32(truncatingIfNeeded: try varint())
  }

  mutating func bool(_ field: Field) throws(TokenizerError) -> Bool {
    try expect(.varint, field)
    return try varint() != 0
  }

  mutating func float(_ field: Field) throws(TokenizerError) -> Float {
    try expect(.fixed32, field)
    let start = index
    try advance(by: 4)
    var bits: UInt32 = 0
    for offset in 0..<4 { bits |= UInt32(bytes[start + offset]) << UInt32(8 * offset) }
    return Float(bitPattern: bits)
  }

  mutating func data(_ field: Field) throws(TokenizerError) -> ArraySlice<UInt8> {
    try expect(.lengthDelimited, field)
    return bytes[try range()]
  }

  mutating func message(_ field: Field) throws(TokenizerError) -> ProtobufReader {
    try expect(.lengthDelimited, field)
    return ProtobufReader(bytes, try range())
  }
}
