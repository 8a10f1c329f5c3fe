/// Cuts at punctuation.
struct PunctuationPreTokenizer: PreTokenizer {
  static let type = "Punctuation"
  let behavior: SplitBehavior

  init(_ behavior: SplitBehavior) { self.behavior = behavior }

  init(json: JSONValue) throws(TokenizerError) {
    behavior = try json.optional("behavior")?.splitBehavior() ?? .isolated
  }

  var json: JSONOutput { .component(Self.type, [("behavior", .text(behavior.rawValue))]) }

  func split(_ text: inout PieceBuffer) {
    let classes = ScalarClasses.shared
    text.split(behavior) { classes[$0].contains(.punctuation) }
  }
}

/// Cuts at digits: each alone, or runs of them.
struct DigitsPreTokenizer: PreTokenizer {
  static let type = "Digits"
  let isolatesDigits: Bool

  init(isolatesDigits: Bool) { self.isolatesDigits = isolatesDigits }

  init(json: JSONValue) throws(TokenizerError) {
    isolatesDigits = try json.required("individual_digits").bool()
  }

  var json: JSONOutput { .component(Self.type, [("individual_digits", .bool(isolatesDigits))]) }

  func split(_ text: inout PieceBuffer) {
    let classes = ScalarClasses.shared
    text.split(isolatesDigits ? .isolated : .contiguous) { classes[$0].contains(.numeric) }
  }
}

/// Cuts at white space, which is dropped.
struct WhitespaceSplitPreTokenizer: PreTokenizer {
  static let type = "WhitespaceSplit"
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }

  func split(_ text: inout PieceBuffer) {
    let classes = ScalarClasses.shared
    text.split(.removed) { classes[$0].contains(.whitespace) }
  }
}

/// Keeps runs of word characters and runs of other characters (`\w+|[^\w\s]+`); white space is dropped.
struct WhitespacePreTokenizer: PreTokenizer {
  static let type = "Whitespace"
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }

  func split(_ text: inout PieceBuffer) {
    let classes = ScalarClasses.shared
    let kinds: ScalarClass = [.word, .whitespace]
    text.split(.removed) { buffer, piece, found in
      var start = piece.lowerBound
      while start < piece.upperBound {
        let (first, firstLength) = UTF8Scanning.scalar(buffer, at: start)
        let kind = Self.kind(classes[first], kinds)
        var end = start + firstLength
        while end < piece.upperBound {
          let (value, length) = UTF8Scanning.scalar(buffer, at: end)
          guard Self.kind(classes[value], kinds) == kind else { break }
          end += length
        }
        found(start..<end, kind == .whitespace)
        start = end
      }
    }
  }

  private static func kind(_ scalarClass: ScalarClass, _ kinds: ScalarClass) -> ScalarClass {
    scalarClass.contains(.word) ? .word : scalarClass.intersection(kinds)
  }
}

/// BERT's pre-tokenizer: drops white space and sets punctuation apart.
struct BERTPreTokenizer: PreTokenizer {
  static let type = "BertPreTokenizer"
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }

  func split(_ text: inout PieceBuffer) {
    let classes = ScalarClasses.shared
    text.split(.removed) { classes[$0].contains(.whitespace) }
    text.split(.isolated) { classes[$0].contains(.punctuation) }
  }
}

/// Cuts at a literal text.
struct SplitPreTokenizer: PreTokenizer {
  static let type = "Split"
  let pattern: [UInt8]
  let behavior: SplitBehavior
  /// Whether what lies between the matches counts as matching, and the matches do not.
  let inverts: Bool

  init(_ pattern: String, _ behavior: SplitBehavior) {
    (self.pattern, self.behavior, inverts) = (Array(pattern.utf8), behavior, false)
  }

  init(json: JSONValue) throws(TokenizerError) {
    pattern = try literalPattern(json, component: "the pre-tokenizer Split")
    behavior = try json.required("behavior").splitBehavior()
    inverts = try json.bool("invert", default: false)
  }

  var json: JSONOutput {
    .component(
      Self.type,
      [
        ("pattern", .object([("String", .string(pattern))])), ("behavior", .text(behavior.rawValue)),
        ("invert", .bool(inverts)),
      ])
  }

  func split(_ text: inout PieceBuffer) {
    text.split(behavior) { buffer, piece, found in
      var start = piece.lowerBound
      var index = start
      while let first = pattern.first, index + pattern.count <= piece.upperBound {
        if buffer[index] == first, (1..<pattern.count).allSatisfy({ buffer[index + $0] == pattern[$0] }) {
          if start < index { found(start..<index, inverts) }
          found(index..<index + pattern.count, !inverts)
          index += pattern.count
          start = index
        } else {
          index += 1
        }
      }
      if start < piece.upperBound { found(start..<piece.upperBound, inverts) }
    }
  }
}

extension JSONValue {
  func splitBehavior() throws(TokenizerError) -> SplitBehavior {
    guard let behavior = SplitBehavior(rawValue: try string()) else {
      let names = SplitBehavior.allCases.map { $0.rawValue }.joined(separator: ", ")
      throw invalid("expected one of \(names), found \(try string())")
    }
    return behavior
  }
}
