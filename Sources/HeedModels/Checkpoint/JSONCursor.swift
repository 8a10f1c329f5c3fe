/// Reads the few JSON forms of a safetensors header and of an index of shards, byte by byte.
///
/// A general JSON reader would lose what matters here: the order of the names and the duplicates among them. Nesting is
/// the caller's, and bounded where values are skipped, so no input can exhaust the stack.
struct JSONCursor {
  /// Where reading failed and why.
  struct SyntaxError: Error {
    let offset: Int
    let reason: String
  }

  let bytes: UnsafeRawBufferPointer
  private(set) var position = 0

  init(_ bytes: UnsafeRawBufferPointer) {
    self.bytes = bytes
  }

  /// Whether only white space is left.
  mutating func isAtEnd() -> Bool {
    skipSpace()
    return position == bytes.count
  }

  func error(_ reason: String) -> SyntaxError {
    SyntaxError(offset: position, reason: reason)
  }

  /// Moves past `character` if it comes next.
  mutating func consume(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ character: Unicode.Scalar) throws(SyntaxError) {
    guard consume(character) else { throw error("expected \"\(character)\"") }
  }

  /// Reads an object, calling `body` with each key when the cursor stands before its value.
  mutating func object(
    _ body: (String, inout JSONCursor) throws(SyntaxError) -> Void
  ) throws(SyntaxError) {
    try expect("{")
    if consume("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try body(key, &self)
    } while consume(",")
    try expect("}")
  }

  /// Reads an array of integers that are not negative.
  mutating func naturals() throws(SyntaxError) -> [Int] {
    try expect("[")
    if consume("]") { return [] }
    var values: [Int] = []
    repeat {
      values.append(try natural())
    } while consume(",")
    try expect("]")
    return values
  }

  mutating func natural() throws(SyntaxError) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while position < bytes.count, case let digit = bytes[position], (0x30...0x39).contains(digit) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(digit - 0x30))
      guard !overflow, !carry else { throw error("the number is too large") }
      value = sum
      position += 1
    }
    guard position > start else { throw error("expected a whole number that is not negative") }
    if position < bytes.count, [0x2E, 0x45, 0x65].contains(bytes[position]) {  // . E e
      throw error("expected a whole number")
    }
    guard bytes[start] != 0x30 || position == start + 1 else { throw error("a number starts with 0") }
    return value
  }

  mutating func string() throws(SyntaxError) -> String {
    skipSpace()
    guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
      throw error("expected a string in quotes")
    }
    position += 1
    let start = position
    var content: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") {
        position += 1
        let text = String(decoding: content, as: UTF8.self)
        // Decoding repairs what is not UTF-8, so a difference shows that there was such.
        guard text.utf8.elementsEqual(content) else {
          throw SyntaxError(offset: start, reason: "the string is not UTF-8")
        }
        return text
      }
      guard byte >= 0x20 else { throw error("a string holds a control character") }
      position += 1
      if byte == UInt8(ascii: "\\") {
        content += try escape()
      } else {
        content.append(byte)
      }
    }
    throw SyntaxError(offset: start, reason: "the string has no end")
  }

  /// Moves past a value of any kind.
  mutating func skipValue(depth: Int = 0) throws(SyntaxError) {
    guard depth < 64 else { throw error("values are nested more than 64 deep") }
    skipSpace()
    guard position < bytes.count else { throw error("expected a value") }
    switch Unicode.Scalar(bytes[position]) {
    case "{": try object { (_, cursor) throws(SyntaxError) in try cursor.skipValue(depth: depth + 1) }
    case "[":
      try expect("[")
      if consume("]") { return }
      repeat { try skipValue(depth: depth + 1) } while consume(",")
      try expect("]")
    case "\"": _ = try string()
    default: try skipWord()
    }
  }

  /// Moves past a number, true, false or null. Of a number only the characters are looked at.
  private mutating func skipWord() throws(SyntaxError) {
    let start = position
    while position < bytes.count, case let byte = bytes[position], isWordPart(byte) { position += 1 }
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    guard ["true", "false", "null"].contains(word) || Double(word) != nil else {
      throw SyntaxError(offset: start, reason: "expected a value")
    }
  }

  private func isWordPart(_ byte: UInt8) -> Bool {
    switch Unicode.Scalar(byte) {
    case "a"..."z", "0"..."9", "E", "+", "-", ".": true
    default: false
    }
  }

  /// Reads what follows a backslash.
  private mutating func escape() throws(SyntaxError) -> [UInt8] {
    guard position < bytes.count else { throw error("the string has no end") }
    let byte = bytes[position]
    position += 1
    switch Unicode.Scalar(byte) {
    case "\"", "\\", "/": return [byte]
    case "b": return [0x08]
    case "f": return [0x0C]
    case "n": return [0x0A]
    case "r": return [0x0D]
    case "t": return [0x09]
    case "u":
      var value = try codeUnit()
      if (0xD800..<0xDC00).contains(value) {
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
          bytes[position + 1] == UInt8(ascii: "u")
        else { throw error("half of a surrogate pair") }
        position += 2
        let low = try codeUnit()
        guard (0xDC00..<0xE000).contains(low) else { throw error("half of a surrogate pair") }
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(value) else { throw error("half of a surrogate pair") }
      return Array(String(Character(scalar)).utf8)
    default: throw error("unknown escape in a string")
    }
  }

  private mutating func codeUnit() throws(SyntaxError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count, let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue
      else { throw error("expected four hexadecimal digits") }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
  }
}
