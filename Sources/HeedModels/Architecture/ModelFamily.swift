/// The form that a checkpoint takes: `model_type` in config.json.
public enum ModelFamily: String, Sendable, Hashable, CaseIterable, Codable {
  /// Post-norm encoder-decoders, as in the paper.
  case marian
  /// Pre-norm encoder-decoders.
  case m2m100 = "m2m_100"
  /// Post-norm encoder-decoders with learned positions (Lewis et al. 2020).
  case bart
  /// The paper's encoder-decoders with learned positions: a form of Heed's own.
  case paper = "heed_transformer"
  /// Encoder-decoders with relative positions (Raffel et al. 2020); version 1.1 and Flan are the same family.
  case t5
  /// Text encoders (Devlin et al. 2019).
  case bert
  /// BERT trained longer, without segments (Liu et al. 2019).
  case roberta
  /// A smaller BERT (Sanh et al. 2019).
  case distilbert
  /// Language models with learned positions (Radford et al. 2019).
  case gpt2
  /// Language models with rotary positions and grouped heads (Touvron et al. 2023).
  case llama
  /// Llama with biases in the projections (Yang et al. 2024).
  case qwen2

  /// Which of the three shapes of Transformer the family has.
  public var shape: ModelShape {
    switch self {
    case .marian, .m2m100, .bart, .paper, .t5: .encoderDecoder
    case .bert, .roberta, .distilbert: .encoder
    case .gpt2, .llama, .qwen2: .decoder
    }
  }

  /// Its configuration and its names.
  var table: any FamilyTable.Type {
    switch self {
    case .marian: MarianTable.self
    case .m2m100: M2M100Table.self
    case .bart: BARTTable.self
    case .paper: PaperTable.self
    case .t5: T5Table.self
    case .bert: BERTTable.self
    case .roberta: RoBERTaTable.self
    case .distilbert: DistilBERTTable.self
    case .gpt2: GPT2Table.self
    case .llama: LlamaTable.self
    case .qwen2: Qwen2Table.self
    }
  }
}

/// The three shapes of Transformer.
public enum ModelShape: String, Sendable, Hashable, CaseIterable, Codable {
  /// Reads a sequence and writes another.
  case encoderDecoder = "encoder and decoder"
  /// Reads a sequence.
  case encoder
  /// Continues a sequence.
  case decoder
}

/// One family: how its config.json describes a Transformer, and what its checkpoints call the parameters.
protocol FamilyTable {
  /// Checks every field once, so that layers need not.
  static func configuration(_ fields: ConfigurationFields) throws(ConfigurationError)
    -> TransformerConfiguration
  /// The fields that describe a Transformer of the family, `model_type` apart.
  static func fields(of configuration: TransformerConfiguration) -> [String: ConfigurationValue]
  /// The names of the parameters.
  static func weights(of configuration: TransformerConfiguration) -> WeightTable
}
