/// A JSON text as a flat list of nodes over its bytes.
///
/// Foundation's decoders key objects by `String`, whose equality merges composed and decomposed spellings and so loses
/// tokens; this reader keeps bytes. It is strict (RFC 8259, no lone surrogates, no text after the value), refuses
/// nesting deeper than `depthLimit`, and allocates only in proportion to what the text holds.
final class JSONDocument: Sendable {
  enum Kind: UInt8, Sendable {
    case null, yes, no, number, string, array, object
  }

  /// Sixteen bytes, since a vocabulary has tens of thousands: offsets have 32 bits, and larger texts are refused.
  struct Node: Sendable {
    let kind: Kind
    /// A string's bytes lie in `unescaped` rather than in `bytes`.
    let isUnescaped: Bool
    private let startOffset: UInt32
    private var endOffset: UInt32
    private var nextIndex: UInt32

    init(kind: Kind, isUnescaped: Bool = false, start: Int, end: Int, next: Int) {
      self.kind = kind
      self.isUnescaped = isUnescaped
      startOffset = UInt32(truncatingIfNeeded: start)
      endOffset = UInt32(truncatingIfNeeded: end)
      nextIndex = UInt32(truncatingIfNeeded: next)
    }

    /// The range of the value: a string without its quotes, a number's digits.
    var start: Int { Int(startOffset) }
    var end: Int {
      get { Int(endOffset) }
      set { endOffset = UInt32(truncatingIfNeeded: newValue) }
    }
    /// The node that follows this one and all in it.
    var next: Int {
      get { Int(nextIndex) }
      set { nextIndex = UInt32(truncatingIfNeeded: newValue) }
    }
  }

  /// Arrays and objects deeper than this are refused.
  static let depthLimit = 64

  let bytes: [UInt8]
  let unescaped: [UInt8]
  let nodes: [Node]

  /// Parses `bytes`.
  ///
  /// - Throws: `TokenizerError` with the line and column at which the text stops being JSON.
  init(_ bytes: [UInt8]) throws(TokenizerError) {
    guard bytes.count < UInt32.max else {
      throw TokenizerError(.malformed, "the text has \(bytes.count) bytes, expected fewer than \(UInt32.max)")
    }
    self.bytes = bytes
    let result = bytes.withUnsafeBufferPointer { buffer -> Result<JSONParser, JSONParser.Failure> in
      var parser = JSONParser(buffer)
      do throws(JSONParser.Failure) {
        try parser.parse()
        return .success(parser)
      } catch {
        return .failure(error)
      }
    }
    switch result {
    case .success(let parser): (unescaped, nodes) = (parser.unescaped, parser.nodes)
    case .failure(let failure):
      let before = bytes.prefix(failure.offset)
      let line = before.count { $0 == 0x0A } + 1
      let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
      throw TokenizerError(
        .malformed,
        "line \(line), column \(failure.offset - lineStart + 1): \(failure.message); is the file whole?")
    }
  }

  var root: JSONValue { JSONValue(document: self, index: 0) }
}

/// One pass over the bytes; kept apart from the document so that the buffer outlives nothing.
struct JSONParser {
  struct Failure: Error {
    let offset: Int
    let message: String
  }

  private let source: UnsafeBufferPointer<UInt8>
  private var index = 0
  private(set) var nodes: [JSONDocument.Node] = []
  private(set) var unescaped: [UInt8] = []

  init(_ source: UnsafeBufferPointer<UInt8>) { self.source = source }

  mutating func parse() throws(Failure) {
    if let invalid = UTF8Scanning.firstInvalidByte(source) {
      throw Failure(offset: invalid, message: "the text is not UTF-8")
    }
    nodes.reserveCapacity(source.count / 16 + 8)
    try parseValue(depth: 0)
    skipSpace()
    guard index == source.count else { throw failure("expected the end of the text") }
  }

  private func failure(_ message: String) -> Failure { Failure(offset: index, message: message) }

  @inline(__always) private var current: UInt8? { index < source.count ? source[index] : nil }

  @inline(__always) private mutating func skipSpace() {
    while index < source.count {
      switch source[index] {
      case 0x20, 0x0A, 0x0D, 0x09: index += 1
      default: return
      }
    }
  }

  private mutating func parseValue(depth: Int) throws(Failure) {
    skipSpace()
    guard let first = current else { throw failure("expected a value, found the end of the text") }
    switch first {
    case UInt8(ascii: "{"): try parseContainer(.object, close: UInt8(ascii: "}"), depth: depth)
    case UInt8(ascii: "["): try parseContainer(.array, close: UInt8(ascii: "]"), depth: depth)
    case UInt8(ascii: "\""): try parseString()
    case UInt8(ascii: "t"): try parseWord("true", .yes)
    case UInt8(ascii: "f"): try parseWord("false", .no)
    case UInt8(ascii: "n"): try parseWord("null", .null)
    case UInt8(ascii: "-"), 0x30...0x39: try parseNumber()
    default: throw failure("expected a value")
    }
  }

  private mutating func parseContainer(_ kind: JSONDocument.Kind, close: UInt8, depth: Int) throws(Failure) {
    guard depth < JSONDocument.depthLimit else {
      throw failure("values are nested more than \(JSONDocument.depthLimit) deep")
    }
    let position = nodes.count
    nodes.append(.init(kind: kind, start: index, end: index, next: 0))
    index += 1
    skipSpace()
    if current == close {
      index += 1
    } else {
      while true {
        if kind == .object {
          skipSpace()
          guard current == UInt8(ascii: "\"") else { throw failure("expected a name in quotes") }
          try parseString()
          skipSpace()
          guard current == UInt8(ascii: ":") else { throw failure("expected a colon") }
          index += 1
        }
        try parseValue(depth: depth + 1)
        skipSpace()
        if current == UInt8(ascii: ",") {
          index += 1
        } else if current == close {
          index += 1
          break
        } else {
          throw failure("expected a comma or the end of the \(kind)")
        }
      }
    }
    nodes[position].end = index
    nodes[position].next = nodes.count
  }

  private mutating func parseWord(_ word: StaticString, _ kind: JSONDocument.Kind) throws(Failure) {
    let start = index
    for offset in 0..<word.utf8CodeUnitCount {
      guard current == word.utf8Start[offset] else { throw failure("expected \(word)") }
      index += 1
    }
    nodes.append(.init(kind: kind, start: start, end: index, next: nodes.count + 1))
  }

  private mutating func parseNumber() throws(Failure) {
    let start = index
    if current == UInt8(ascii: "-") { index += 1 }
    if current == UInt8(ascii: "0") { index += 1 } else { try parseDigits() }
    if current == UInt8(ascii: ".") {
      index += 1
      try parseDigits()
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      index += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { index += 1 }
      try parseDigits()
    }
    nodes.append(.init(kind: .number, start: start, end: index, next: nodes.count + 1))
  }

  private mutating func parseDigits() throws(Failure) {
    let start = index
    while let digit = current, 0x30...0x39 ~= digit { index += 1 }
    guard index > start else { throw failure("expected a digit") }
  }

  private mutating func parseString() throws(Failure) {
    index += 1
    let start = index
    while index < source.count {
      let byte = source[index]
      if byte == UInt8(ascii: "\"") {
        nodes.append(.init(kind: .string, start: start, end: index, next: nodes.count + 1))
        index += 1
        return
      }
      if byte == UInt8(ascii: "\\") { return try parseEscapedString(from: start) }
      guard byte >= 0x20 else { throw failure("a control character stands in a string") }
      index += 1
    }
    throw failure("a string has no end")
  }

  private mutating func parseEscapedString(from start: Int) throws(Failure) {
    let begin = unescaped.count
    unescaped.append(contentsOf: source[start..<index])
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        let end = unescaped.count
        nodes.append(
          .init(kind: .string, isUnescaped: true, start: begin, end: end, next: nodes.count + 1))
        index += 1
        return
      case UInt8(ascii: "\\"):
        index += 1
        try parseEscape()
      case ..<0x20:
        throw failure("a control character stands in a string")
      default:
        unescaped.append(byte)
        index += 1
      }
    }
    throw failure("a string has no end")
  }

  private mutating func parseEscape() throws(Failure) {
    guard let letter = current else { throw failure("a string has no end") }
    index += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(letter)
    case UInt8(ascii: "b"): unescaped.append(0x08)
    case UInt8(ascii: "f"): unescaped.append(0x0C)
    case UInt8(ascii: "n"): unescaped.append(0x0A)
    case UInt8(ascii: "r"): unescaped.append(0x0D)
    case UInt8(ascii: "t"): unescaped.append(0x09)
    case UInt8(ascii: "u"):
      var value = try parseHexadecimal()
      if 0xD800..<0xDC00 ~= value {
        guard current == UInt8(ascii: "\\") else { throw failure("half a surrogate pair") }
        index += 1
        guard current == UInt8(ascii: "u") else { throw failure("half a surrogate pair") }
        index += 1
        let low = try parseHexadecimal()
        guard 0xDC00..<0xE000 ~= low else { throw failure("half a surrogate pair") }
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      }
      guard !(0xD800..<0xE000 ~= value) else { throw failure("half a surrogate pair") }
      unescaped.append(scalar: value)
    default: throw failure("an escape that JSON does not have")
    }
  }

  private mutating func parseHexadecimal() throws(Failure) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = current.flatMap(hexadecimalDigit) else {
        throw failure("expected four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
      index += 1
    }
    return value
  }
}

/// Returns the value of an ASCII hexadecimal digit.
func hexadecimalDigit(_ byte: UInt8) -> UInt8? {
  switch byte {
  case 0x30...0x39: byte - 0x30
  case 0x41...0x46: byte - 0x41 + 10
  case 0x61...0x66: byte - 0x61 + 10
  default: nil
  }
}
