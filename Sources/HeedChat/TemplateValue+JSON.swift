extension TemplateValue {
  /// A JSON text that cannot be read: where, and what was expected.
  public struct JSONError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The line, from 1.
    public let line: Int
    /// What was found, and what was expected.
    public let message: String

    /// The whole in one sentence.
    public var description: String { "JSON, line \(line): \(message)" }
  }

  /// The value that a JSON text describes, with the fields of objects in their order.
  ///
  /// - Throws: `JSONError` where the text is not JSON, or nests deeper than 64 levels.
  public init(json: String) throws(JSONError) {
    var reader = TemplateJSONReader(json)
    self = try reader.document()
  }
}

/// Reads JSON (RFC 8259) into template values.
private struct TemplateJSONReader {
  private static let depthLimit = 64

  private let bytes: [UInt8]
  private var position = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func document() throws(TemplateValue.JSONError) -> TemplateValue {
    let value = try value(depth: 0)
    skipSpace()
    guard position == bytes.count else { throw failure("expected the end of the text") }
    return value
  }

  private func failure(_ message: String) -> TemplateValue.JSONError {
    TemplateValue.JSONError(line: bytes.prefix(position).count { $0 == 0x0A } + 1, message: message)
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = current, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
  }

  private mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipSpace()
    guard current == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(TemplateValue.JSONError) -> TemplateValue {
    guard depth < Self.depthLimit else {
      throw failure("more than \(Self.depthLimit) levels lie inside one another")
    }
    skipSpace()
    switch current {
    case UInt8(ascii: "{"): return try object(depth)
    case UInt8(ascii: "["): return try list(depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), .some(0x30...0x39): return try number()
    default:
      for (word, value) in [
        ("true", TemplateValue.boolean(true)), ("false", .boolean(false)), ("null", .null),
      ]
      where bytes[position...].starts(with: word.utf8) {
        position += word.utf8.count
        return value
      }
      throw failure("expected a value")
    }
  }

  private mutating func list(_ depth: Int) throws(TemplateValue.JSONError) -> TemplateValue {
    position += 1
    var elements: [TemplateValue] = []
    if skip("]") { return .list([]) }
    repeat { elements.append(try value(depth: depth + 1)) } while skip(",")
    guard skip("]") else { throw failure("expected `,` or `]`") }
    return .list(elements)
  }

  private mutating func object(_ depth: Int) throws(TemplateValue.JSONError) -> TemplateValue {
    position += 1
    var fields: [TemplateValue.Field] = []
    if skip("}") { return .object([]) }
    repeat {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw failure("expected the name of a field") }
      let name = try string()
      guard skip(":") else { throw failure("expected `:`") }
      fields.append(.init(name, try value(depth: depth + 1)))
    } while skip(",")
    guard skip("}") else { throw failure("expected `,` or `}`") }
    return .object(fields)
  }

  private mutating func number() throws(TemplateValue.JSONError) -> TemplateValue {
    let start = position
    func digits() throws(TemplateValue.JSONError) {
      let first = position
      while let byte = current, (0x30...0x39).contains(byte) { position += 1 }
      guard position > first else { throw failure("expected a digit") }
    }
    if current == UInt8(ascii: "-") { position += 1 }
    let isZero = current == UInt8(ascii: "0")
    let first = position
    try digits()
    guard !isZero || position == first + 1 else { throw failure("a number begins with a zero too many") }
    var isWhole = true
    if current == UInt8(ascii: ".") {
      position += 1
      isWhole = false
      try digits()
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      position += 1
      isWhole = false
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
      try digits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isWhole, let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else { throw failure("the number \(text) is too great") }
    return .number(number)
  }

  private mutating func string() throws(TemplateValue.JSONError) -> String {
    position += 1
    var units: [UInt8] = []
    while let byte = current {
      position += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: units, as: UTF8.self)
      case UInt8(ascii: "\\"): units += Array(String(try escape()).utf8)
      case 0..<0x20: throw failure("a string holds a control character")
      default: units.append(byte)
      }
    }
    throw failure("a string has no end")
  }

  private mutating func escape() throws(TemplateValue.JSONError) -> Unicode.Scalar {
    guard let letter = current else { throw failure("a string has no end") }
    position += 1
    switch letter {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(letter)
    case UInt8(ascii: "u"):
      let unit = try hexadecimal()
      if let scalar = Unicode.Scalar(unit) { return scalar }
      guard (0xD800..<0xDC00).contains(unit), bytes[position...].starts(with: "\\u".utf8) else {
        throw failure("a string holds half of a surrogate pair")
      }
      position += 2
      let low = try hexadecimal()
      guard (0xDC00..<0xE000).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
      else { throw failure("a string holds half of a surrogate pair") }
      return scalar
    default: throw failure("a string has an escape that JSON does not know")
    }
  }

  private mutating func hexadecimal() throws(TemplateValue.JSONError) -> UInt32 {
    let digits = bytes[position...].prefix(4)
    guard digits.count == 4, digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }),
      let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw failure("expected four hexadecimal digits") }
    position += 4
    return value
  }
}
