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

/// Cuts at a literal text or at what a regular expression matches.
struct SplitPreTokenizer: PreTokenizer {
  static let type = "Split"
  let pattern: TextPattern
  let behavior: SplitBehavior
  /// Whether what lies between the matches counts as matching, and the matches do not.
  let inverts: Bool

  init(_ pattern: TextPattern, _ behavior: SplitBehavior, inverts: Bool = false) {
    (self.pattern, self.behavior, self.inverts) = (pattern, behavior, inverts)
  }

  init(json: JSONValue) throws(TokenizerError) {
    pattern = try TextPattern(json: try json.required("pattern"))
    behavior = try json.required("behavior").splitBehavior()
    inverts = try json.bool("invert", default: false)
  }

  var json: JSONOutput {
    .component(
      Self.type,
      [("pattern", pattern.json), ("behavior", .text(behavior.rawValue)), ("invert", .bool(inverts))])
  }

  func split(_ text: inout PieceBuffer) {
    text.split(behavior) { buffer, piece, found in
      pattern.forEachStretch(of: buffer, piece) { found($0, $1 != inverts) }
    }
  }
}

/// Cuts at one character, which is dropped.
struct CharacterDelimiterPreTokenizer: PreTokenizer {
  static let type = "CharDelimiterSplit"
  private let delimiter: [UInt8]
  private let scalar: UInt32

  init(json: JSONValue) throws(TokenizerError) {
    delimiter = try json.required("delimiter").character()
    scalar = UTF8Scanning.scalars(delimiter).first ?? 0
  }

  var json: JSONOutput { .component(Self.type, [("delimiter", .string(delimiter))]) }

  func split(_ text: inout PieceBuffer) { text.split(.removed) { $0 == scalar } }
}

/// Cuts after every so many characters.
struct FixedLengthPreTokenizer: PreTokenizer {
  static let type = "FixedLength"
  let length: Int

  init(json: JSONValue) throws(TokenizerError) {
    length = try json.optional("length")?.integer(in: 1...Int(Int32.max)) ?? 5
  }

  var json: JSONOutput { .component(Self.type, [("length", .integer(length))]) }

  func split(_ text: inout PieceBuffer) {
    text.split(.isolated) { buffer, piece, found in
      var start = piece.lowerBound
      var index = start
      var count = 0
      while index < piece.upperBound {
        index += UTF8Scanning.length(lead: buffer[index])
        count += 1
        if count == length || index >= piece.upperBound {
          found(start..<min(index, piece.upperBound), true)
          (start, count) = (index, 0)
        }
      }
    }
  }
}

/// Cuts where the writing system changes, with Japanese and Chinese as one.
struct UnicodeScriptsPreTokenizer: PreTokenizer {
  static let type = "UnicodeScripts"
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }

  func split(_ text: inout PieceBuffer) {
    let systems = WritingSystems.shared
    text.split(.isolated) { buffer, piece, found in
      var start = piece.lowerBound
      var index = start
      var last: UInt8?
      while index < piece.upperBound {
        let (value, length) = UTF8Scanning.scalar(buffer, at: index)
        let system = systems[value]
        if system != WritingSystems.any, system != last {
          // What goes with everything is dropped at the beginning, as the reference does.
          if last != nil { found(start..<index, true) }
          (start, last) = (index, system)
        }
        index += length
      }
      if last != nil { found(start..<piece.upperBound, true) }
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
