/// What a component looks for in a text: a literal or a regular expression.
struct TextPattern: Sendable {
  /// The text of the pattern, as the file has it.
  let source: [UInt8]
  /// What is run; nil of a literal that is compared byte by byte.
  private let program: PatternProgram?
  let isRegularExpression: Bool

  /// A pattern that is found as it is written.
  static func literal(_ text: [UInt8]) -> TextPattern {
    TextPattern(source: text, program: text.isEmpty ? Self.nothing : nil, isRegularExpression: false)
  }

  private init(source: [UInt8], program: PatternProgram?, isRegularExpression: Bool) {
    (self.source, self.program, self.isRegularExpression) = (source, program, isRegularExpression)
  }

  /// Reads a regular expression.
  init(regularExpression source: [UInt8]) throws(PatternProblem) {
    self.init(
      source: source, program: try PatternCompiler.compile(PatternParser.parse(source)),
      isRegularExpression: true)
  }

  /// Reads `{"String": …}` or `{"Regex": …}`.
  init(json: JSONValue) throws(TokenizerError) {
    if let literal = try json.optional("String") {
      self = .literal(Array(try literal.bytes()))
      return
    }
    guard let value = try json.optional("Regex") else {
      throw json.invalid("expected {\"String\": …} or {\"Regex\": …}")
    }
    do throws(PatternProblem) {
      try self.init(regularExpression: Array(try Self.bytes(value)))
    } catch {
      throw value.invalid("the regular expression \(try value.string()) cannot be used: \(error.message)")
    }
  }

  private static func bytes(_ value: JSONValue) throws(PatternProblem) -> ArraySlice<UInt8> {
    do throws(TokenizerError) {
      return try value.bytes()
    } catch {
      throw PatternProblem(message: "it is no string")
    }
  }

  /// An empty literal matches between all scalars.
  private static let nothing = try? PatternCompiler.compile(.empty)

  var json: JSONOutput { .object([(isRegularExpression ? "Regex" : "String", .string(source))]) }

  /// Calls `found` with the stretches of a piece in order, without gaps, and whether they match.
  @inline(__always) func forEachStretch(
    of buffer: UnsafeBufferPointer<UInt8>, _ piece: Range<Int>, _ found: (Range<Int>, Bool) -> Void
  ) {
    if let program {
      forEachStretch(of: buffer, piece, program, found)
    } else {
      forEachLiteral(in: buffer, piece, found)
    }
  }

  private func forEachStretch(
    of buffer: UnsafeBufferPointer<UInt8>, _ piece: Range<Int>, _ program: PatternProgram,
    _ found: (Range<Int>, Bool) -> Void
  ) {
    PatternMatcher.run(program, buffer, piece) { matcher in
      var start = piece.lowerBound
      var position = start
      var lastEnd: Int?
      while position <= piece.upperBound, let match = matcher.firstMatch(from: position) {
        if match.isEmpty {
          position =
            match.upperBound < piece.upperBound
            ? match.upperBound + UTF8Scanning.length(lead: buffer[match.upperBound]) : piece.upperBound + 1
          // Nothing right after a match is no match of its own.
          if match.upperBound == lastEnd { continue }
        } else {
          position = match.upperBound
        }
        if start < match.lowerBound { found(start..<match.lowerBound, false) }
        found(match, true)
        start = match.upperBound
        lastEnd = start
      }
      if start < piece.upperBound { found(start..<piece.upperBound, false) }
    }
  }

  private func forEachLiteral(
    in buffer: UnsafeBufferPointer<UInt8>, _ piece: Range<Int>, _ found: (Range<Int>, Bool) -> Void
  ) {
    source.withUnsafeBufferPointer { pattern in
      guard let first = pattern.first else { return }
      var start = piece.lowerBound
      var index = start
      while index + pattern.count <= piece.upperBound {
        guard buffer[index] == first, Self.equals(buffer, index, pattern) else {
          index += 1
          continue
        }
        if start < index { found(start..<index, false) }
        found(index..<index + pattern.count, true)
        index += pattern.count
        start = index
      }
      if start < piece.upperBound { found(start..<piece.upperBound, false) }
    }
  }

  @inline(__always) private static func equals(
    _ buffer: UnsafeBufferPointer<UInt8>, _ index: Int, _ pattern: UnsafeBufferPointer<UInt8>
  ) -> Bool {
    for offset in 1..<max(pattern.count, 1) where buffer[index + offset] != pattern[offset] { return false }
    return true
  }
}
