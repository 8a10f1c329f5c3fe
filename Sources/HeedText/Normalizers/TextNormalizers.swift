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
    guard kept.count < text.bytes.count else { return }
    text.bytes = Array(text.bytes[kept])
    text.sources = text.sources.map { Array($0[kept]) }
  }
}

/// Replaces what matches a pattern.
struct ReplaceNormalizer: Normalizer {
  static let type = "Replace"
  let replacement: Replacement

  init(_ pattern: String, with content: String) {
    replacement = Replacement(pattern: .literal(Array(pattern.utf8)), content: Array(content.utf8))
  }

  init(json: JSONValue) throws(TokenizerError) { replacement = try Replacement(json: json) }

  var json: JSONOutput { .component(Self.type, replacement.members) }

  func normalize(_ text: inout NormalizedText) {
    var buffer = PieceBuffer(bytes: text.bytes, startsText: text.startsText, sources: text.sources)
    replacement.apply(&buffer)
    (text.bytes, text.sources, text.startsText) = (buffer.bytes, buffer.sources, buffer.startsText)
  }
}

/// A pattern and what takes its place, as a normalizer and as a decoder.
struct Replacement: Sendable {
  let pattern: TextPattern
  let content: [UInt8]

  init(pattern: TextPattern, content: [UInt8]) {
    self.pattern = pattern
    self.content = content
  }

  init(json: JSONValue) throws(TokenizerError) {
    pattern = try TextPattern(json: try json.required("pattern"))
    content = Array(try json.required("content").bytes())
  }

  var members: [(String, JSONOutput)] { [("pattern", pattern.json), ("content", .string(content))] }

  /// Replaces inside each piece. What is put in stands for the last scalar of what it takes the place of.
  func apply(_ buffer: inout PieceBuffer) {
    var startsText = buffer.startsText
    buffer.rewrite(capacity: buffer.bytes.count) { bytes, position, piece, output in
      pattern.forEachStretch(of: bytes, piece) { range, isMatch in
        guard isMatch else { return output.copy(bytes, range) }
        if range.isEmpty, range.lowerBound == 0 { return output.insertAtStart(content) }
        output.append(content, from: range.upperBound - 1)
        guard range.lowerBound == 0 else { return }
        if content.isEmpty || UTF8Scanning.scalar(bytes, at: 0).length < range.count { startsText = false }
      }
    }
    buffer.startsText = startsText
  }
}

/// Puts a text before a text that is not empty.
struct PrependNormalizer: Normalizer {
  static let type = "Prepend"
  let prefix: [UInt8]

  init(_ prefix: String) { self.prefix = Array(prefix.utf8) }

  init(json: JSONValue) throws(TokenizerError) { prefix = Array(try json.required("prepend").bytes()) }

  var json: JSONOutput { .component(Self.type, [("prepend", .string(prefix))]) }

  func normalize(_ text: inout NormalizedText) {
    guard !text.bytes.isEmpty else { return }
    text.rewrite { buffer, output in
      output.append(prefix, from: 0)
      output.copy(buffer, buffer.indices)
    }
  }
}
