/// The part of a tokenizer that turns pieces of text into tokens.
protocol TokenModel: Sendable {
  /// The `type` in `tokenizer.json`.
  static var type: String { get }
  init(json: JSONValue) throws(TokenizerError)
  var json: JSONOutput { get }
  var vocabulary: Vocabulary { get }
  /// Appends the tokens of each piece.
  func encode(_ text: PieceBuffer, into tokens: inout [TokenID])
  /// Appends the tokens of each piece, leaving merges out at random where there are merges.
  func encode(_ text: PieceBuffer, into tokens: inout [TokenID], dropout: inout MergeDropout)
  /// Appends the tokens of each piece with the bytes that they stand for.
  func encode(_ text: PieceBuffer, into spans: inout [TokenSpan])
}

extension TokenModel {
  func encode(_ text: PieceBuffer, into tokens: inout [TokenID], dropout: inout MergeDropout) {
    encode(text, into: &tokens)
  }
}

/// A token and what it stands for.
struct TokenSpan: Sendable {
  let id: TokenID
  /// The number of its piece.
  let piece: Int
  /// Its bytes, counted from the beginning of its piece. They may reach beyond its end, where a suffix of the model is
  /// spelled in bytes.
  let start: Int
  let end: Int
  /// Whether the token is spelled like the text that it stands for rather than as in the vocabulary.
  var isLiteral = false
}

/// The models that a `tokenizer.json` may name.
enum TokenModelRegistry {
  static let all: [any TokenModel.Type] = [
    BPEModel.self, UnigramModel.self, WordPieceModel.self, WordLevelModel.self, SentencePieceModel.self,
  ]

  static func make(_ json: JSONValue) throws(TokenizerError) -> any TokenModel {
    let type = if let type = try json.optional("type") { try type.string() } else { try typeOfOldFile(json) }
    guard let found = all.first(where: { $0.type == type }) else {
      throw .unsupported(json.path, "the model \(type)", supported: all.map { $0.type })
    }
    return try found.init(json: json)
  }

  /// Files from before the field are told by what they hold.
  private static func typeOfOldFile(_ json: JSONValue) throws(TokenizerError) -> String {
    if try json.optional("merges") != nil { return BPEModel.type }
    if try json.optional("max_input_chars_per_word") != nil { return WordPieceModel.type }
    if let vocabulary = try json.optional("vocab"), vocabulary.kind == .array { return UnigramModel.type }
    return try json.required("type").string()
  }
}

/// Merge dropout and its random numbers.
///
/// Source: Provilkov et al., "BPE-Dropout: Simple and Effective Subword Regularization" (2020); the generator is
/// SplitMix64 (Steele et al., 2014).
struct MergeDropout: Sendable {
  let probability: Double
  private var state: UInt64

  init(probability: Double, seed: UInt64) { (self.probability, state) = (probability, seed) }

  /// Whether to leave the next merge out.
  mutating func drops() -> Bool {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    value ^= value >> 31
    return Double(value >> 11) * 0x1p-53 < probability
  }
}
