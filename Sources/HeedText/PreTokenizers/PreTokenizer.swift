/// A step that cuts text into the pieces that the model sees one by one.
protocol PreTokenizer: Sendable {
  /// The `type` in `tokenizer.json`.
  static var type: String { get }
  init(json: JSONValue) throws(TokenizerError)
  var json: JSONOutput { get }
  func split(_ text: inout PieceBuffer)
}

/// The pre-tokenizers that a `tokenizer.json` may name.
enum PreTokenizerRegistry {
  static let all: [any PreTokenizer.Type] = [
    PreTokenizerSequence.self, MetaspacePreTokenizer.self, ByteLevelPreTokenizer.self,
    PunctuationPreTokenizer.self, WhitespacePreTokenizer.self, WhitespaceSplitPreTokenizer.self,
    DigitsPreTokenizer.self, SplitPreTokenizer.self, BERTPreTokenizer.self,
    CharacterDelimiterPreTokenizer.self,
    FixedLengthPreTokenizer.self, UnicodeScriptsPreTokenizer.self,
  ]

  static func make(_ json: JSONValue) throws(TokenizerError) -> any PreTokenizer {
    let type = try json.required("type").string()
    guard let found = all.first(where: { $0.type == type }) else {
      throw .unsupported(json.path, "the pre-tokenizer \(type)", supported: all.map { $0.type })
    }
    return try found.init(json: json)
  }
}

/// Pre-tokenizers one after the other.
struct PreTokenizerSequence: PreTokenizer {
  static let type = "Sequence"
  let steps: [any PreTokenizer]

  init(_ steps: [any PreTokenizer]) { self.steps = steps }

  init(json: JSONValue) throws(TokenizerError) {
    var steps: [any PreTokenizer] = []
    for step in try json.required("pretokenizers").elements() {
      steps.append(try PreTokenizerRegistry.make(step))
    }
    self.steps = steps
  }

  var json: JSONOutput { .component(Self.type, [("pretokenizers", .array(steps.map { $0.json }))]) }

  func split(_ text: inout PieceBuffer) {
    for step in steps { step.split(&text) }
  }
}
