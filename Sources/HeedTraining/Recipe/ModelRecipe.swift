/// The shape of the model.
public struct ModelRecipe: Sendable, Hashable {
  /// A named shape; keys that are given as well change single values of it.
  public enum Preset: String, RecipeChoice {
    /// 4 + 4 layers, 128/256, 4 heads: Transformer-Tiny of Wu et al. (2021), for tens of thousands of pairs.
    case tiny
    /// 3 + 3 layers, 256/1024, 4 heads: for hundreds of thousands of pairs on a few cores.
    case small
    /// 6 + 6 layers, 512/2048, 8 heads, dropout 0.1: the base model of Vaswani et al. (2017).
    case base
    /// 6 + 6 layers, 1024/4096, 16 heads, dropout 0.3: the big model of Vaswani et al. (2017).
    case big
  }

  /// How the Transformer tells positions.
  public enum Positions: String, RecipeChoice {
    /// By the sinusoids of section 3.5 of the paper.
    case sinusoidal
    /// By a learned row for each position, as in row E of table 3 of the paper; the model is saved as
    /// `heed_transformer`.
    case learned
  }

  /// Where a residual sublayer normalises its data.
  public enum Norm: String, RecipeChoice {
    /// Before the sublayer; the model is saved as `m2m_100`.
    case before
    /// After the residual sum, as in the paper; the model is saved as `marian`.
    case after
  }

  /// What translates or summarises.
  public enum Architecture: String, RecipeChoice {
    /// The Transformer (Vaswani et al. 2017).
    case transformer
    /// Long short-term memory, from both ends in the encoder; saved as `heed_recurrent`.
    case lstm
    /// Gated recurrent units, from both ends in the encoder; saved as `heed_recurrent`.
    case gru
    /// Gated convolutions with attention in each layer of the decoder (Gehring et al. 2017); saved as
    /// `heed_convolutional`.
    case convolution

    /// Whether it reads a token after the other, with no positions.
    package var isRecurrent: Bool { self == .lstm || self == .gru }
  }

  /// How the decoder of a recurrent model looks at the source.
  public enum Attention: String, RecipeChoice {
    /// Not at all (Sutskever et al. 2014, Cho et al. 2014).
    case none
    /// By a small network (Bahdanau et al. 2015).
    case additive
    /// By a product with a matrix in between (Luong et al. 2015).
    case multiplicative
  }

  /// `from`: the directory of a model to go on from, with its tokenizers; its shape is kept, and of the keys below only
  /// those that say so apply. Default: none, a new model.
  public var startingDirectory: String?
  /// `extend_vocabulary`: a word, or a list of words, that the model of `from` is to have tokens of their own for. They are
  /// whole words, found before a text is cut in any other way; their embeddings begin as the mean of all others. Default:
  /// none.
  public var extendVocabulary: String?
  /// `lora_rank`: the rank of matrices that are trained beside the weights of `from`, which stay as they are; they are made
  /// part of the weights when the model is written. Queries, keys and values, one layer here, share one of the two matrices. Default: none, all weights are trained.
  public var adapterRank: Int?
  /// `lora_alpha`: `lora_rank` times the factor of those matrices. Default: 16.
  public var adapterAlpha = 16.0
  /// `lora_targets`: the layers that have them: attention, feed_forward, or both as a list or with a comma between. Default:
  /// attention.
  public var adapterTargets = "attention"
  /// `architecture`: the Transformer, or for translation and summarisation one of the models that it replaced: lstm, gru or
  /// convolution. A recurrent model has `encoder_layers` layers on either side, a convolutional one is as wide inside as its
  /// embeddings. Default: transformer.
  public var architecture = Architecture.transformer
  /// `attention`: how the decoder of lstm or gru looks at the source: none, additive or multiplicative. Default:
  /// multiplicative.
  public var attention = Attention.multiplicative
  /// `kernel_size`: the tokens that each convolution of the architecture convolution sees. Default: 3.
  public var kernelSize = 3
  /// `preset`: the named shape that the other keys start from. Default: small.
  public private(set) var preset = Preset.small
  /// `encoder_layers`: how many blocks the encoder has. Default: the preset's.
  public var encoderLayerCount = 3
  /// `decoder_layers`: how many blocks the decoder has. Default: the preset's.
  public var decoderLayerCount = 3
  /// `hidden_size`: the width of embeddings and hidden states. Default: the preset's.
  public var hiddenSize = 256
  /// `feed_forward_size`: the inner width of the feed-forward layers. Default: the preset's.
  public var feedForwardSize = 1024
  /// `heads`: how many attention heads a layer has; they share the hidden size. Default: the preset's.
  public var headCount = 4
  /// `key_size`: the width of a head's queries and keys, where it is to be less than that of its values (row B of
  /// table 3 of the paper). The columns beyond are zero and stay zero, so that others compute the same from the
  /// checkpoint; nothing gets faster by it. Default: none, hidden_size / heads.
  public var keySize: Int?
  /// `positions`: how positions are told: sinusoidal or learned. Default: sinusoidal.
  public var positions = Positions.sinusoidal
  /// `norm`: where a residual sublayer normalises. Default: after.
  public var norm = Norm.after
  /// `dropout`: on embeddings and on each sublayer's output; T5 has one for all places. Default: the preset's; with `from`
  /// that of the model.
  public var dropout: Double? = 0.1
  /// `attention_dropout`: on attention weights. Default: 0; with `from` that of the model.
  public var attentionDropout: Double? = 0.0
  /// `activation_dropout`: inside the feed-forward layers. Default: 0; with `from` that of the model.
  public var activationDropout: Double? = 0.0
  /// `share_embeddings`: whether encoder and decoder share one embedding table, which needs a joint vocabulary.
  /// The decoder always shares its own with the output projection. Default: as `vocabulary.joint`.
  public var shareEmbeddings: Bool?
  /// `max_positions`: the longest sequence that the model has positions for. Default: 512.
  public var maximumPositions = 512

  /// Creates a section with every default: the preset small.
  public init() {}

  /// Creates the shape of a preset.
  public init(_ preset: Preset) { apply(preset) }

  /// Takes over a preset: its layers, sizes, heads and dropout. Everything else stays.
  public mutating func apply(_ preset: Preset) {
    self.preset = preset
    switch preset {
    case .tiny: setShape(layers: 4, hidden: 128, feedForward: 256, heads: 4, dropout: 0.1)
    case .small: setShape(layers: 3, hidden: 256, feedForward: 1024, heads: 4, dropout: 0.1)
    case .base: setShape(layers: 6, hidden: 512, feedForward: 2048, heads: 8, dropout: 0.1)
    case .big: setShape(layers: 6, hidden: 1024, feedForward: 4096, heads: 16, dropout: 0.3)
    }
  }

  private mutating func setShape(layers: Int, hidden: Int, feedForward: Int, heads: Int, dropout: Double) {
    encoderLayerCount = layers
    decoderLayerCount = layers
    hiddenSize = hidden
    feedForwardSize = feedForward
    headCount = heads
    self.dropout = dropout
  }

  /// For the table of keys: setting the name alone leaves the values to `Recipe`, which knows what was given.
  fileprivate var presetName: Preset {
    get { preset }
    set { preset = newValue }
  }
}

extension ModelRecipe: RecipeSection {
  package static let name = "model"
  package static let fields: [RecipeField<ModelRecipe>] = [
    RecipeField("from", \.startingDirectory),
    RecipeField("extend_vocabulary", \.extendVocabulary, isList: true),
    RecipeField("lora_rank", \.adapterRank),
    RecipeField("lora_alpha", \.adapterAlpha),
    RecipeField("lora_targets", \.adapterTargets, isList: true),
    RecipeField("architecture", \.architecture),
    RecipeField("attention", \.attention),
    RecipeField("kernel_size", \.kernelSize),
    RecipeField("preset", \.presetName),
    RecipeField("encoder_layers", \.encoderLayerCount),
    RecipeField("decoder_layers", \.decoderLayerCount),
    RecipeField("hidden_size", \.hiddenSize),
    RecipeField("feed_forward_size", \.feedForwardSize),
    RecipeField("heads", \.headCount),
    RecipeField("key_size", \.keySize),
    RecipeField("positions", \.positions),
    RecipeField("norm", \.norm),
    RecipeField("dropout", \.dropout),
    RecipeField("attention_dropout", \.attentionDropout),
    RecipeField("activation_dropout", \.activationDropout),
    RecipeField("share_embeddings", \.shareEmbeddings),
    RecipeField("max_positions", \.maximumPositions),
  ]
}
