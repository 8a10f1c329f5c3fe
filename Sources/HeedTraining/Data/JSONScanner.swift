/// A fault in JSON text.
struct JSONFault: Error {
  /// The byte at which it was noticed, counted from 0.
  let offset: Int
  /// What is wrong, as the end of a sentence.
  let reason: String
}

/// A string in JSON text.
struct JSONString {
  /// The bytes between the quotes.
  let range: Range<Int>
  /// Whether there is a backslash in it.
  let hasEscapes: Bool
}

/// A value in JSON text: its kind and where it stands.
struct JSONValue {
  enum Kind {
    case string(JSONString)
    case number, truth, null, object, array
  }
  let kind: Kind
  let range: Range<Int>
}

/// Reads JSON (RFC 8259) forwards, giving places rather than values, so that what is not wanted costs no memory.
///
/// Foundation's decoder builds every object in full, does not give a number as it is spelled, and takes one of two
/// equal keys without a word; hence a reader of our own. Nesting is limited, so no text can exhaust the stack.
struct JSONScanner {
  /// How deep arrays and objects may lie in one another.
  static let maximumDepth = 256

  /// The text, which is known to be UTF-8.
  let bytes: UnsafeBufferPointer<UInt8>
  /// The byte that is read next.
  var offset: Int
  private var depth = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>, at offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
  }

  // MARK: Structure

  /// The first byte of the next value, without going past it.
  mutating func peek() throws(JSONFault) -> UInt8 {
    skipWhiteSpace()
    guard offset < bytes.count else { throw fault("the text ends too early") }
    return bytes[offset]
  }

  /// Whether nothing but white space is left.
  mutating func isAtEnd() -> Bool {
    skipWhiteSpace()
    return offset == bytes.count
  }

  /// Enters an object or an array by its opening byte.
  mutating func enter(_ opening: UInt8) throws(JSONFault) {
    guard try peek() == opening else {
      throw fault("expected \(opening == UInt8(ascii: "{") ? "an object" : "an array")")
    }
    guard depth < Self.maximumDepth else {
      throw fault("arrays and objects are nested more than \(Self.maximumDepth) deep")
    }
    depth += 1
    offset += 1
  }

  /// The next key of an object, up to and with its colon; nil once the object is closed.
  mutating func key(isFirst: inout Bool) throws(JSONFault) -> JSONString? {
    guard try separate(UInt8(ascii: "}"), isFirst: &isFirst) else { return nil }
    guard try peek() == UInt8(ascii: "\"") else { throw fault("expected a key in quotes") }
    let key = try string()
    guard try peek() == UInt8(ascii: ":") else { throw fault("expected a colon") }
    offset += 1
    return key
  }

  /// Goes to the next element of an array; false once the array is closed.
  mutating func element(isFirst: inout Bool) throws(JSONFault) -> Bool {
    try separate(UInt8(ascii: "]"), isFirst: &isFirst)
  }

  private mutating func separate(_ closing: UInt8, isFirst: inout Bool) throws(JSONFault) -> Bool {
    let byte = try peek()
    if byte == closing {
      offset += 1
      depth -= 1
      return false
    }
    if isFirst {
      isFirst = false
    } else {
      guard byte == UInt8(ascii: ",") else { throw fault("expected a comma or the end of what was opened") }
      offset += 1
    }
    return true
  }

  /// Reads a value of any kind to its end.
  mutating func value() throws(JSONFault) -> JSONValue {
    let first = try peek()
    let start = offset
    let kind: JSONValue.Kind
    switch first {
    case UInt8(ascii: "\""): kind = .string(try string())
    case UInt8(ascii: "{"):
      try enter(first)
      var isFirst = true
      while try key(isFirst: &isFirst) != nil { _ = try value() }
      kind = .object
    case UInt8(ascii: "["):
      try enter(first)
      var isFirst = true
      while try element(isFirst: &isFirst) { _ = try value() }
      kind = .array
    case UInt8(ascii: "t"):
      try word("true")
      kind = .truth
    case UInt8(ascii: "f"):
      try word("false")
      kind = .truth
    case UInt8(ascii: "n"):
      try word("null")
      kind = .null
    default:
      try number()
      kind = .number
    }
    return JSONValue(kind: kind, range: start..<offset)
  }

  // MARK: Tokens

  private mutating func skipWhiteSpace() {
    while offset < bytes.count {
      switch bytes[offset] {
      case 0x20, 0x0A, 0x0D, 0x09: offset += 1
      default: return
      }
    }
  }

  private mutating func word(_ word: StaticString) throws(JSONFault) {
    let count = word.utf8CodeUnitCount
    guard offset + count <= bytes.count,
      (0..<count).allSatisfy({ bytes[offset + $0] == word.utf8Start[$0] })
    else { throw fault("expected a value") }
    offset += count
  }

  private mutating func number() throws(JSONFault) {
    let start = offset
    if offset < bytes.count, bytes[offset] == UInt8(ascii: "-") { offset += 1 }
    let firstDigit = offset
    guard digits() > 0 else {
      offset = start
      throw fault("expected a value")
    }
    if bytes[firstDigit] == UInt8(ascii: "0"), offset > firstDigit + 1 {
      throw fault("a number begins with a needless 0")
    }
    if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
      offset += 1
      guard digits() > 0 else { throw fault("a number ends too early") }
    }
    if offset < bytes.count, bytes[offset] | 0x20 == UInt8(ascii: "e") {
      offset += 1
      if offset < bytes.count, bytes[offset] == UInt8(ascii: "+") || bytes[offset] == UInt8(ascii: "-") {
        offset += 1
      }
      guard digits() > 0 else { throw fault("a number ends too early") }
    }
  }

  private mutating func digits() -> Int {
    let start = offset
    while offset < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[offset] { offset += 1 }
    return offset - start
  }

  /// Reads a string, whose quote comes next, and checks its escapes.
  private mutating func string() throws(JSONFault) -> JSONString {
    let start = offset + 1
    var index = start
    var hasEscapes = false
    while index < bytes.count {
      // Eight bytes at a time while none of them is a quote, a backslash or a control character.
      while index + 8 <= bytes.count,
        !Self.hasSpecial(UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: index, as: UInt64.self))
      {
        index += 8
      }
      guard index < bytes.count else { break }
      switch bytes[index] {
      case UInt8(ascii: "\""):
        offset = index + 1
        return JSONString(range: start..<index, hasEscapes: hasEscapes)
      case UInt8(ascii: "\\"):
        hasEscapes = true
        index += try escapeLength(at: index)
      case ..<0x20:
        offset = index
        throw fault("a control character stands in a string, where it must be escaped")
      default: index += 1
      }
    }
    offset = start - 1
    throw fault("the string that begins here is not closed")
  }

  private static func hasSpecial(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    func hasZero(_ value: UInt64) -> UInt64 { (value &- ones) & ~value }
    // A byte below 0x20 borrows when 0x20 is taken from it; bytes above 0x7F are masked out by `~word`.
    let control = (word &- ones &* 0x20) & ~word
    return (hasZero(word ^ ones &* 0x22) | hasZero(word ^ ones &* 0x5C) | control) & (ones &* 0x80) != 0
  }

  private mutating func escapeLength(at index: Int) throws(JSONFault) -> Int {
    if index + 1 < bytes.count {
      switch bytes[index + 1] {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
        UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
        return 2
      case UInt8(ascii: "u"):
        if hexadecimal(at: index + 2) != nil { return 6 }
      default: break
      }
    }
    offset = index
    throw fault("a backslash is followed by nothing that JSON knows")
  }

  private func hexadecimal(at index: Int) -> UInt32? {
    guard index + 4 <= bytes.count else { return nil }
    var value: UInt32 = 0
    for byte in bytes[index..<index + 4] {
      guard byte < 0x80, let digit = Character(UnicodeScalar(byte)).hexDigitValue else { return nil }
      value = value << 4 | UInt32(digit)
    }
    return value
  }

  func fault(_ reason: String) -> JSONFault { JSONFault(offset: offset, reason: reason) }

  // MARK: Contents

  /// The bytes of a part, as text.
  func spelling(_ range: Range<Int>) -> String {
    String(decoding: UnsafeBufferPointer(rebasing: bytes[range]), as: UTF8.self)
  }

  /// What a string says; nil if it has half of a surrogate pair, which is no character.
  func text(_ string: JSONString) -> String? {
    guard string.hasEscapes else { return spelling(string.range) }
    var text: [UInt8] = []
    text.reserveCapacity(string.range.count)
    var index = string.range.lowerBound
    while index < string.range.upperBound {
      let byte = bytes[index]
      guard byte == UInt8(ascii: "\\") else {
        text.append(byte)
        index += 1
        continue
      }
      index += 2
      switch bytes[index - 1] {
      case UInt8(ascii: "b"): text.append(0x08)
      case UInt8(ascii: "f"): text.append(0x0C)
      case UInt8(ascii: "n"): text.append(0x0A)
      case UInt8(ascii: "r"): text.append(0x0D)
      case UInt8(ascii: "t"): text.append(0x09)
      case UInt8(ascii: "u"):
        guard let scalar = scalar(at: &index) else { return nil }
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
      default: text.append(bytes[index - 1])  // a quote, a backslash or a slash
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// The character whose first four hexadecimal digits come next; nil for half of a surrogate pair.
  private func scalar(at index: inout Int) -> UnicodeScalar? {
    guard let first = hexadecimal(at: index) else { return nil }
    index += 4
    if let scalar = UnicodeScalar(first) { return scalar }
    guard (0xD800..<0xDC00).contains(first), index + 6 <= bytes.count, bytes[index] == UInt8(ascii: "\\"),
      bytes[index + 1] == UInt8(ascii: "u"), let second = hexadecimal(at: index + 2),
      (0xDC00..<0xE000).contains(second)
    else { return nil }
    index += 6
    return UnicodeScalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
  }

  /// Whether a key is this name, byte for byte.
  func equals(_ key: JSONString, _ name: [UInt8]) -> Bool {
    guard !key.hasEscapes else { return text(key).map { $0.utf8.elementsEqual(name) } ?? false }
    guard key.range.count == name.count else { return false }
    for (offset, byte) in name.enumerated() where bytes[key.range.lowerBound + offset] != byte {
      return false
    }
    return true
  }

  /// Whether a key is this name.
  func equals(_ key: JSONString, _ name: StaticString) -> Bool {
    guard !key.hasEscapes else { return text(key) == name.description }
    guard key.range.count == name.utf8CodeUnitCount else { return false }
    return (0..<key.range.count).allSatisfy { bytes[key.range.lowerBound + $0] == name.utf8Start[$0] }
  }
}
