/// BART: a post-norm encoder-decoder with learned positions and normalised embeddings (Lewis et al. 2020).
enum BARTTable: FamilyTable {
  static func configuration(_ fields: ConfigurationFields) throws(ConfigurationError)
    -> TransformerConfiguration
  {
    try fields.require("normalize_before", .bool(false), "norms come after sublayers in this family")
    try fields.require("add_final_layer_norm", .bool(false), "norms come after sublayers in this family")
    try fields.require("normalize_embedding", .bool(true), "embeddings are normalised in this family")
    return try FairseqFields.configuration(
      fields,
      // The table of positions begins with two rows that no token takes, as fairseq's did.
      FairseqFields.Traits(
        family: .bart, normPlacement: .after, positions: .learned, firstPosition: 2,
        normalizesEmbeddings: true, hasOutputBias: true, vocabularySize: 50_265, padToken: 1, endToken: 2,
        startToken: 2, scalesEmbeddings: false, activation: .gelu))
  }

  static func fields(of configuration: TransformerConfiguration) -> [String: ConfigurationValue] {
    let own: [String: ConfigurationValue] = [
      "architectures": .array([.string("BartForConditionalGeneration")])
    ]
    return FairseqFields.fields(of: configuration).merging(own) { $1 }
  }

  static func weights(of configuration: TransformerConfiguration) -> WeightTable {
    FairseqFields.weights(of: configuration)
  }
}
