/// The tokenizer inside a GGUF file, as it is stored.
public struct GGUFTokenizerDescription: Sendable, Hashable {
  /// What a token is, as GGUF numbers it.
  public enum TokenType: Int, Sendable, Hashable {
    /// Nothing is said about it.
    case undefined
    /// A piece of text.
    case normal
    /// What stands for pieces that are not known.
    case unknown
    /// A mark that is not part of the text, such as its beginning.
    case control
    /// One added by the makers of the model, found in the text before all others.
    case userDefined
    /// One that is not used.
    case unused
    /// One byte, written as `<0x0A>`.
    case byte
  }

  /// The algorithm: `llama` merges by score, `gpt2` by rank of merges, on bytes.
  public let model: String
  /// How text is divided before merging, where the model is `gpt2`: `llama-bpe`, `qwen2`, `smollm` …
  public let preTokenizer: String?
  /// The tokens, in the order of their identifiers.
  public let tokens: [String]
  /// A score for each token, or none.
  public let scores: [Float]
  /// What each token is, or none.
  public let types: [TokenType]
  /// Merges in the order of their rank, the two parts separated by a space, or none.
  public let merges: [String]
  /// The token that begins a text.
  public let beginningID: Int?
  /// The token that ends a text.
  public let endID: Int?
  /// The token for what is not known.
  public let unknownID: Int?
  /// The token that separates two texts.
  public let separatorID: Int?
  /// The token that fills the end of a row.
  public let paddingID: Int?
  /// The token that ends a turn of a conversation.
  public let endOfTurnID: Int?
  /// Whether a text gets ``beginningID`` before it; nil if the file does not say.
  public let addsBeginning: Bool?
  /// Whether a text gets ``endID`` behind it; nil if the file does not say.
  public let addsEnd: Bool?
  /// Whether a text gets a space before it; nil if the file does not say.
  public let addsSpacePrefix: Bool?
  /// Whether runs of spaces become one; nil if the file does not say.
  public let removesExtraWhitespace: Bool?
  /// The Jinja template that writes a conversation as a text.
  public let chatTemplate: String?

  init(_ fields: inout GGUFFields) {
    func key(_ name: String) -> String { "tokenizer.ggml.\(name)" }
    model = fields.string(key("model")) ?? ""
    if !fields.metadata.contains(key("model")) { fields.note(key("model"), "is missing") }
    preTokenizer = fields.string(key("pre"))
    let tokens = fields.optional { (metadata) throws(CheckpointError) in try metadata.strings(key("tokens")) }
    self.tokens = tokens ?? []
    let count = self.tokens.count
    if count == 0 { fields.note(key("tokens"), "is missing or empty") }
    scores =
      fields.optional { (metadata) throws(CheckpointError) in try metadata.floats(key("scores")) } ?? []
    merges =
      fields.optional { (metadata) throws(CheckpointError) in try metadata.strings(key("merges")) } ?? []
    let codes =
      fields.optional { (metadata) throws(CheckpointError) in try metadata.integers(key("token_type")) } ?? []
    types = codes.map { TokenType(rawValue: $0) ?? .undefined }
    if let unknown = codes.first(where: { TokenType(rawValue: $0) == nil }) {
      fields.note(key("token_type"), "holds \(unknown), which is no type of token")
    }
    for (name, found) in [("scores", scores.count), ("token_type", codes.count)]
    where found != 0 && found != count {
      fields.note(key(name), "has \(found) elements, and there are \(count) tokens")
    }
    beginningID = fields.token(key("bos_token_id"), tokenCount: count)
    endID = fields.token(key("eos_token_id"), tokenCount: count)
    unknownID = fields.token(key("unknown_token_id"), tokenCount: count)
    separatorID = fields.token(key("seperator_token_id"), tokenCount: count)  // so misspelt in the format
    paddingID = fields.token(key("padding_token_id"), tokenCount: count)
    endOfTurnID = fields.token(key("eot_token_id"), tokenCount: count)
    addsBeginning = fields.bool(key("add_bos_token"))
    addsEnd = fields.bool(key("add_eos_token"))
    addsSpacePrefix = fields.bool(key("add_space_prefix"))
    removesExtraWhitespace = fields.bool(key("remove_extra_whitespaces"))
    chatTemplate = fields.string("tokenizer.chat_template")
  }
}
