import HeedLayers

/// The paper's Transformer where no family that others know has its form: with learned positions and embeddings
/// that are not normalised (row E of table 3 of the paper), norms before or after the sublayers.
///
/// Its names are those of Marian and M2M100. That it has a type of its own keeps others from reading it as one of
/// them and computing something else.
enum PaperTable: FamilyTable {
  static func configuration(_ fields: ConfigurationFields) throws(ConfigurationError)
    -> TransformerConfiguration
  {
    try fields.require(
      "position_embedding_type", .string("learned"), "with sinusoids such a model is marian or m2m_100")
    let isPreNorm = try fields.bool("normalize_before", default: false)
    return try FairseqFields.configuration(
      fields,
      FairseqFields.Traits(
        family: .paper, normPlacement: isPreNorm ? .before : .after, positions: .learned,
        hasOutputBias: !isPreNorm, vocabularySize: 8000, padToken: 1, endToken: 2,
        startToken: isPreNorm ? 2 : 1, scalesEmbeddings: true, activation: .relu,
        allowsSeparateVocabularies: true))
  }

  static func fields(of configuration: TransformerConfiguration) -> [String: ConfigurationValue] {
    let own: [String: ConfigurationValue] = [
      "position_embedding_type": .string("learned"),
      "normalize_before": .bool(configuration.encoder.normPlacement == .before),
      "decoder_vocab_size": .int(configuration.targetVocabularySize),
      "share_encoder_decoder_embeddings": .bool(configuration.sharesEmbeddings),
    ]
    return FairseqFields.fields(of: configuration).merging(own) { $1 }
  }

  static func weights(of configuration: TransformerConfiguration) -> WeightTable {
    FairseqFields.weights(of: configuration)
  }
}
