/// Marian: the paper's Transformer, post-norm, with its sinusoids (Junczys-Dowmunt et al. 2018).
enum MarianTable: FamilyTable {
  static func configuration(_ fields: ConfigurationFields) throws(ConfigurationError)
    -> TransformerConfiguration
  {
    try FairseqFields.configuration(
      fields,
      FairseqFields.Traits(
        family: .marian, normPlacement: .after, positions: .sinusoidal(.paper), hasOutputBias: true,
        vocabularySize: 58_101, padToken: 58_100, endToken: 0, startToken: 58_100, scalesEmbeddings: false,
        activation: .gelu, allowsSeparateVocabularies: true))
  }

  static func fields(of configuration: TransformerConfiguration) -> [String: ConfigurationValue] {
    let own: [String: ConfigurationValue] = [
      "architectures": .array([.string("MarianMTModel")]),
      "decoder_vocab_size": .int(configuration.targetVocabularySize),
      "share_encoder_decoder_embeddings": .bool(configuration.sharesEmbeddings),
    ]
    return FairseqFields.fields(of: configuration).merging(own) { $1 }
  }

  static func weights(of configuration: TransformerConfiguration) -> WeightTable {
    FairseqFields.weights(of: configuration)
  }
}
