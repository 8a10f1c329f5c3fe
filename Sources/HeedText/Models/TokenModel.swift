/// The part of a tokenizer that turns pieces of text into tokens.
protocol TokenModel: Sendable {
  /// The `type` in `tokenizer.json`.
  static var type: String { get }
  init(json: JSONValue) throws(TokenizerError)
  var json: JSONOutput { get }
  var vocabulary: Vocabulary { get }
  /// Appends the tokens of each piece.
  func encode(_ text: PieceBuffer, into tokens: inout [TokenID])
  /// Appends the tokens of each piece, leaving merges out at random.
  func encode(_ text: PieceBuffer, into tokens: inout [TokenID], dropout: inout MergeDropout)
}

/// The models that a `tokenizer.json` may name.
enum TokenModelRegistry {
  static let all: [any TokenModel.Type] = [BPEModel.self]

  static func make(_ json: JSONValue) throws(TokenizerError) -> any TokenModel {
    // Files from before the field are of BPE, and have merges.
    let type =
      if let type = try json.optional("type") {
        try type.string()
      } else {
        try json.optional("merges") == nil ? try json.required("type").string() : BPEModel.type
      }
    guard let found = all.first(where: { $0.type == type }) else {
      throw .unsupported(json.path, "the model \(type)", supported: all.map { $0.type })
    }
    return try found.init(json: json)
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
