/// Qwen2 and 2.5: Llama with biases in the projections to queries, keys and values (Yang et al. 2024).
enum Qwen2Table: FamilyTable {
  static func configuration(_ fields: ConfigurationFields) throws(ConfigurationError)
    -> TransformerConfiguration
  {
    try fields.require("use_sliding_window", .bool(false), "attention within a window is not supported")
    return try LlamaFields.configuration(
      fields, family: .qwen2, biases: .projections, vocabularySize: 151_936, maximumPositions: 32_768,
      beginToken: nil, endToken: nil)
  }

  static func fields(of configuration: TransformerConfiguration) -> [String: ConfigurationValue] {
    let own: [String: ConfigurationValue] = [
      "architectures": .array([.string("Qwen2ForCausalLM")]), "use_sliding_window": .bool(false),
    ]
    return LlamaFields.fields(of: configuration).merging(own) { $1 }
  }

  static func weights(of configuration: TransformerConfiguration) -> WeightTable {
    LlamaFields.weights(of: configuration)
  }
}
