/// Takes white space away at the ends.
struct StripNormalizer: Normalizer {
  static let type = "Strip"
  let left: Bool
  let right: Bool

  init(json: JSONValue) throws(TokenizerError) {
    left = try json.required("strip_left").bool()
    right = try json.required("strip_right").bool()
  }

  var json: JSONOutput {
    .component(Self.type, [("strip_left", .bool(left)), ("strip_right", .bool(right))])
  }

  func normalize(_ text: inout NormalizedText) {
    let classes = ScalarClasses.shared
    let kept = text.bytes.withUnsafeBufferPointer { buffer in
      var start = 0
      var end = buffer.count
      while left, start < end {
        let (value, length) = UTF8Scanning.scalar(buffer, at: start)
        guard classes[value].contains(.whitespace) else { break }
        start += length
      }
      while right, end > start {
        let previous = UTF8Scanning.start(before: end, in: buffer)
        guard classes[UTF8Scanning.scalar(buffer, at: previous).value].contains(.whitespace) else { break }
        end = previous
      }
      return start..<end
    }
    if kept.lowerBound > 0 { text.startsText = false }
    if kept.count < text.bytes.count { text.bytes = Array(text.bytes[kept]) }
  }
}

/// Replaces a literal text by another.
struct ReplaceNormalizer: Normalizer {
  static let type = "Replace"
  let replacement: LiteralReplacement

  init(_ pattern: String, with content: String) {
    replacement = LiteralReplacement(pattern: Array(pattern.utf8), content: Array(content.utf8))
  }

  init(json: JSONValue) throws(TokenizerError) {
    replacement = try LiteralReplacement(json: json, component: "the normalizer Replace")
  }

  var json: JSONOutput { .component(Self.type, replacement.members) }

  func normalize(_ text: inout NormalizedText) {
    if replacement.content.isEmpty, text.bytes.matches(replacement.pattern, at: 0) { text.startsText = false }
    var buffer = PieceBuffer(bytes: text.bytes)
    replacement.apply(&buffer)
    text.bytes = buffer.bytes
  }
}

/// A literal pattern and what takes its place, as a normalizer and as a decoder.
struct LiteralReplacement: Sendable {
  let pattern: [UInt8]
  let content: [UInt8]

  init(pattern: [UInt8], content: [UInt8]) {
    self.pattern = pattern
    self.content = content
  }

  init(json: JSONValue, component: String) throws(TokenizerError) {
    pattern = try literalPattern(json, component: component)
    content = Array(try json.required("content").bytes())
  }

  var members: [(String, JSONOutput)] {
    [("pattern", .object([("String", .string(pattern))])), ("content", .string(content))]
  }

  /// Replaces inside each piece; an empty pattern matches nothing.
  func apply(_ buffer: inout PieceBuffer) {
    guard let first = pattern.first else { return }
    var output = PieceBuffer()
    output.startsText = buffer.startsText
    output.bytes.reserveCapacity(buffer.bytes.count)
    for piece in buffer.pieces {
      let start = output.bytes.count
      var index = piece.lowerBound
      while index < piece.upperBound {
        if buffer.bytes[index] == first, index + pattern.count <= piece.upperBound,
          buffer.bytes.matches(pattern, at: index)
        {
          output.bytes += content
          index += pattern.count
        } else {
          output.bytes.append(buffer.bytes[index])
          index += 1
        }
      }
      output.pieces.append(start..<output.bytes.count)
    }
    buffer = output
  }
}

/// Reads the `pattern` of a component that takes literal patterns only.
func literalPattern(_ json: JSONValue, component: String) throws(TokenizerError) -> [UInt8] {
  let pattern = try json.required("pattern")
  if let literal = try pattern.optional("String") { return Array(try literal.bytes()) }
  if let regex = try pattern.optional("Regex") {
    throw .unsupported(
      regex.path, "\(component) with a regular expression (\(try regex.string()))",
      supported: ["a literal pattern {\"String\": …}"])
  }
  throw pattern.invalid("expected {\"String\": …}")
}

/// Puts a text before a text that is not empty.
struct PrependNormalizer: Normalizer {
  static let type = "Prepend"
  let prefix: [UInt8]

  init(_ prefix: String) { self.prefix = Array(prefix.utf8) }

  init(json: JSONValue) throws(TokenizerError) { prefix = Array(try json.required("prepend").bytes()) }

  var json: JSONOutput { .component(Self.type, [("prepend", .string(prefix))]) }

  func normalize(_ text: inout NormalizedText) {
    if !text.bytes.isEmpty { text.bytes.insert(contentsOf: prefix, at: 0) }
  }
}
