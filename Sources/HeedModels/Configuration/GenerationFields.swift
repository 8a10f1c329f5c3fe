/// `generation_config.json` as Heed writes it.
enum GenerationFields {
  static func fields(of configuration: TransformerConfiguration) -> [String: ConfigurationValue] {
    var fields: [String: ConfigurationValue] = [
      "eos_token_id": configuration.endTokens.count > 1
        ? .array(configuration.endTokens.map { .int(Int($0)) })
        : ConfigurationValue(configuration.endTokens.first)
    ]
    if let token = configuration.beginToken { fields["bos_token_id"] = ConfigurationValue(token) }
    if let token = configuration.padToken { fields["pad_token_id"] = ConfigurationValue(token) }
    guard configuration.family.shape == .encoderDecoder else { return fields }
    fields["decoder_start_token_id"] = .int(Int(configuration.startToken))
    fields["num_beams"] = .int(4)
    fields["max_length"] = .int(min(512, configuration.maximumPositions))
    // Never generates the pad, which the paper's vocabulary does not have.
    if let pad = configuration.padToken { fields["bad_words_ids"] = .array([.array([.int(Int(pad))])]) }
    return fields
  }

  /// Those of a model that the Transformer replaced.
  static func fields(of tokens: SequenceVocabulary) -> [String: ConfigurationValue] {
    var fields: [String: ConfigurationValue] = [
      "eos_token_id": .int(Int(tokens.endToken)), "pad_token_id": .int(Int(tokens.padToken)),
      "decoder_start_token_id": .int(Int(tokens.startToken)), "num_beams": .int(4), "max_length": .int(512),
    ]
    if tokens.padToken != tokens.endToken {
      fields["bad_words_ids"] = .array([.array([.int(Int(tokens.padToken))])])
    }
    return fields
  }
}
