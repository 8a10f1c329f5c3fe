/// The tokens of a model that reads one sequence and writes another.
public struct SequenceVocabulary: Sendable, Hashable {
  /// The number of tokens that a source is made of.
  public var sourceSize: Int
  /// The number of tokens that a target is made of.
  public var targetSize: Int
  /// Whether both are looked up in one table.
  public var isShared: Bool
  /// What the decoder reads first.
  public var startToken: Int32
  /// What ends a sequence.
  public var endToken: Int32
  /// What fills up batches elsewhere; never generated.
  public var padToken: Int32

  /// The tokens of a model; without a size of its own, the target shares the source's vocabulary and its embeddings.
  public init(
    sourceSize: Int, targetSize: Int? = nil, startToken: Int32 = 1, endToken: Int32 = 2, padToken: Int32 = 1
  ) {
    self.sourceSize = sourceSize
    self.targetSize = targetSize ?? sourceSize
    isShared = targetSize == nil
    self.startToken = startToken
    self.endToken = endToken
    self.padToken = padToken
  }

  /// The rows of all embedding tables.
  var rowCount: Int { isShared ? sourceSize : sourceSize + targetSize }

  init(_ fields: ConfigurationFields) throws(ConfigurationError) {
    sourceSize = try fields.required("vocab_size", in: ConfigurationFields.counts)
    let shared = try fields.bool("share_embeddings", default: true)
    targetSize = try fields.int("decoder_vocab_size", in: ConfigurationFields.counts, default: sourceSize)
    isShared = shared
    guard !shared || targetSize == sourceSize else {
      throw fields.error(
        "decoder_vocab_size", "must be vocab_size \(sourceSize) with share_embeddings, found \(targetSize)")
    }
    guard let start = try fields.token("decoder_start_token_id", default: nil, targetSize),
      let end = try fields.token("eos_token_id", default: nil, targetSize),
      let pad = try fields.token("pad_token_id", default: nil, targetSize)
    else {
      throw ConfigurationError(
        nil, "decoder_start_token_id, eos_token_id and pad_token_id must be there")
    }
    (startToken, endToken, padToken) = (start, end, pad)
  }

  var fields: [String: ConfigurationValue] {
    [
      "vocab_size": .int(sourceSize), "decoder_vocab_size": .int(targetSize),
      "share_embeddings": .bool(isShared), "decoder_start_token_id": .int(Int(startToken)),
      "eos_token_id": .int(Int(endToken)), "pad_token_id": .int(Int(padToken)),
      "is_encoder_decoder": .bool(true),
    ]
  }
}
