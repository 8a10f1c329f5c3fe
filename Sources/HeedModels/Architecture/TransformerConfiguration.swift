import HeedLayers
import HeedTensor

/// One Transformer, described by a small closed set of choices. The families are rows of this table.
public struct TransformerConfiguration: Sendable, Hashable {
  /// The family whose form a checkpoint takes.
  public var family: ModelFamily
  /// The number of tokens that a source is made of.
  public var sourceVocabularySize: Int
  /// The number of tokens that a target is made of.
  public var targetVocabularySize: Int
  /// Whether source, target and output projection are one table; otherwise target and output still are.
  public var sharesEmbeddings: Bool
  /// The layers of the encoder.
  public var encoder: BlockConfiguration
  /// How many there are.
  public var encoderLayerCount: Int
  /// The layers of the decoder.
  public var decoder: BlockConfiguration
  /// How many there are.
  public var decoderLayerCount: Int
  /// Whether embeddings are multiplied by √hidden (section 3.4 of the paper).
  public var scalesEmbeddings: Bool
  /// The table of positions.
  public var positions: SinusoidalPositions
  /// The row of the table that the first token takes.
  public var firstPosition: Int
  /// The number of positions that checkpoints of the family declare.
  public var maximumPositions: Int
  /// Whether sequences longer than `maximumPositions` are possible.
  public var positionsGrow: Bool
  /// Whether a constant is added to the logits.
  public var hasOutputBias: Bool
  /// What fills up batches elsewhere; never generated.
  public var padToken: Int32
  /// What ends a sequence.
  public var endToken: Int32
  /// What the decoder starts from.
  public var startToken: Int32
  /// What some tokenizers put first; of no meaning to the model.
  public var beginToken: Int32?

  /// The width of the hidden states.
  public var hiddenSize: Int { encoder.hiddenSize }
  /// The factor of the embeddings.
  public var embeddingScale: Float { scalesEmbeddings ? Float(hiddenSize).squareRoot() : 1 }
  /// The longest sequence, if there is a limit.
  public var lengthLimit: Int? { positionsGrow ? nil : maximumPositions }
}

/// The form that a checkpoint takes: `model_type` in config.json.
public enum ModelFamily: String, Sendable, Hashable, CaseIterable, Codable {
  /// Post-norm encoder-decoders, as in the paper.
  case marian
  /// Pre-norm encoder-decoders.
  case m2m100 = "m2m_100"
}
