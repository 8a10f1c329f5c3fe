/// M2M100: a pre-norm Transformer for many languages (Fan et al. 2021); NLLB has its form.
enum M2M100Table: FamilyTable {
  static func configuration(_ fields: ConfigurationFields) throws(ConfigurationError)
    -> TransformerConfiguration
  {
    try FairseqFields.configuration(
      fields,
      FairseqFields.Traits(
        family: .m2m100, normPlacement: .before, positions: .sinusoidal(.inclusive), followsPad: true,
        positionsGrow: true, hasOutputBias: false, vocabularySize: 128_112, padToken: 1, endToken: 2,
        startToken: 2, scalesEmbeddings: true, activation: .relu))
  }

  static func fields(of configuration: TransformerConfiguration) -> [String: ConfigurationValue] {
    let own: [String: ConfigurationValue] = [
      "architectures": .array([.string("M2M100ForConditionalGeneration")])
    ]
    return FairseqFields.fields(of: configuration).merging(own) { $1 }
  }

  static func weights(of configuration: TransformerConfiguration) -> WeightTable {
    FairseqFields.weights(of: configuration)
  }
}
