import HeedLayers

/// Llama: a pre-norm language model with rotary positions and gated feed-forward networks (Touvron et al. 2023).
/// SmolLM, TinyLlama and Mistral without its window have its form.
enum LlamaTable: FamilyTable {
  static func configuration(_ fields: ConfigurationFields) throws(ConfigurationError)
    -> TransformerConfiguration
  {
    var biases: BlockConfiguration.Biases = []
    if try fields.bool("attention_bias", default: false) {
      biases.formUnion([.projections, .attentionOutput])
    }
    if try fields.bool("mlp_bias", default: false) { biases.insert(.feedForward) }
    return try LlamaFields.configuration(
      fields, family: .llama, biases: biases, vocabularySize: 32_000, maximumPositions: 2048, beginToken: 1,
      endToken: 2)
  }

  static func fields(of configuration: TransformerConfiguration) -> [String: ConfigurationValue] {
    let biases = configuration.decoder.biases
    let own: [String: ConfigurationValue] = [
      "architectures": .array([.string("LlamaForCausalLM")]),
      "attention_bias": .bool(biases.contains(.projections)),
      "mlp_bias": .bool(biases.contains(.feedForward)),
    ]
    return LlamaFields.fields(of: configuration).merging(own) { $1 }
  }

  static func weights(of configuration: TransformerConfiguration) -> WeightTable {
    LlamaFields.weights(of: configuration)
  }
}
