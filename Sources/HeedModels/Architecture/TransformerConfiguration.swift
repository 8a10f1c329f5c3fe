import HeedLayers
import HeedTensor

/// One Transformer, described by a small closed set of choices. The families are rows of this table.
public struct TransformerConfiguration: Sendable, Hashable {
  /// The family whose form a checkpoint takes.
  public var family: ModelFamily
  /// The number of tokens that a source is made of; of all tokens, where there is no decoder of its own.
  public var sourceVocabularySize: Int
  /// The number of tokens that a target is made of.
  public var targetVocabularySize: Int
  /// Whether source and target are looked up in one table.
  public var sharesEmbeddings = true
  /// Whether the output projection is the table that targets are looked up in.
  public var tiesOutput = true
  /// The layers of the encoder.
  public var encoder: BlockConfiguration
  /// How many there are; none in a language model.
  public var encoderLayerCount: Int
  /// The layers of the decoder.
  public var decoder: BlockConfiguration
  /// How many there are; none in a text encoder.
  public var decoderLayerCount: Int
  /// Whether embeddings are multiplied by √hidden (section 3.4 of the paper).
  public var scalesEmbeddings = false
  /// What is added to embeddings to tell positions.
  public var positions = PositionEmbedding.none
  /// The row of the table that the first token takes.
  public var firstPosition = 0
  /// The number of positions that checkpoints of the family declare.
  public var maximumPositions: Int
  /// Whether sequences longer than `maximumPositions` are possible.
  public var positionsGrow = false
  /// Kinds of segments that have an embedding of their own (BERT's sentence A and B); 0 for none.
  public var segmentCount = 0
  /// Whether embeddings are normalised before the first layer.
  public var normalizesEmbeddings = false
  /// Whether a constant is added to the logits.
  public var hasOutputBias = false
  /// Whether the decoder's output is multiplied by 1/√hidden before the output projection (T5).
  public var scalesDecoderOutput = false
  /// What a text encoder ends with.
  public var head = EncoderHead.states(isPooled: false)
  /// How the labels of a text exclude each other, where the configuration says.
  public var problem: ClassificationProblem?
  /// What fills up batches elsewhere; never generated.
  public var padToken: Int32?
  /// What ends a sequence; the first is what training uses.
  public var endTokens: [Int32] = []
  /// What the decoder of an encoder-decoder starts from.
  public var startToken: Int32 = 0
  /// What some tokenizers put first; of no meaning to the model.
  public var beginToken: Int32?

  /// The width of the hidden states.
  public var hiddenSize: Int { encoder.hiddenSize }
  /// The factor of the embeddings.
  public var embeddingScale: Float { scalesEmbeddings ? Float(hiddenSize).squareRoot() : 1 }
  /// The longest sequence, if there is a limit.
  public var lengthLimit: Int? { positionsGrow ? nil : maximumPositions }
  /// What ends a sequence; −1, which is no token, where nothing does.
  public var endToken: Int32 { endTokens.first ?? -1 }
}

/// What is added to embeddings to tell positions.
public enum PositionEmbedding: Sendable, Hashable {
  /// Nothing: attention knows positions, by rotation or by relative bias.
  case none
  /// The sinusoids of section 3.5 of the paper.
  case sinusoidal(SinusoidalPositions)
  /// A trained row for each position.
  case learned
}

/// What the labels of a text are to each other: `problem_type` in config.json.
public enum ClassificationProblem: String, Sendable, Hashable, CaseIterable {
  /// The outputs are numbers of their own.
  case regression
  /// One label holds.
  case singleLabel = "single_label_classification"
  /// Any number of labels hold.
  case multipleLabels = "multi_label_classification"
}

/// What a text encoder ends with.
public enum EncoderHead: Sendable, Hashable {
  /// Hidden states, and where `isPooled` the first token's through a layer with tanh.
  case states(isPooled: Bool)
  /// The words behind masks (Devlin et al. 2019, section 3.1); BERT's pooler may be there as well.
  case maskedLanguageModel
  /// The words behind masks, and whether the second of two texts goes on from the first: both of BERT's pre-training
  /// (Devlin et al. 2019, section 3.1).
  case preTraining
  /// One label for the text, by name.
  case sequenceClassification(labels: [String])
  /// A label for each token, by name.
  case tokenClassification(labels: [String])
  /// The first and the last token of an answer.
  case questionAnswering

  /// What the outputs mean, where there are labels.
  public var labels: [String] {
    switch self {
    case .sequenceClassification(let labels), .tokenClassification(let labels): labels
    case .states, .maskedLanguageModel, .preTraining, .questionAnswering: []
    }
  }

  /// Whether words behind masks are predicted.
  public var predictsWords: Bool { self == .maskedLanguageModel || self == .preTraining }
}
