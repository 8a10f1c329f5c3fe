/// RoBERTa: BERT without segments, its positions counted from behind the pad (Liu et al. 2019).
enum RoBERTaTable: FamilyTable {
  static func configuration(_ fields: ConfigurationFields) throws(ConfigurationError)
    -> TransformerConfiguration
  {
    var configuration = try BERTFields.configuration(
      fields, family: .roberta, vocabularySize: 50_265, maximumPositions: 514, padToken: 1, endToken: 2,
      segmentCount: 1)
    // The class without a head has a pooler; those with one have none.
    if configuration.beginToken == nil { configuration.beginToken = 0 }
    return configuration
  }

  static func fields(of configuration: TransformerConfiguration) -> [String: ConfigurationValue] {
    BERTFields.fields(of: configuration, name: "Roberta")
  }

  static func weights(of configuration: TransformerConfiguration) -> WeightTable {
    var table = BERTFields.weights(of: configuration, prefix: "roberta.")
    switch configuration.head {
    case .states, .preTraining: break
    case .maskedLanguageModel:
      table.linear("maskedHead.dense", "lm_head.dense")
      table.norm("maskedHead.norm", "lm_head.layer_norm")
      table.names.append(WeightName("maskedHead.bias", "lm_head.bias"))
      table.copies = [
        ("lm_head.decoder.weight", "roberta.embeddings.word_embeddings.weight"),
        ("lm_head.decoder.bias", "lm_head.bias"),
      ]
    case .sequenceClassification:
      table.linear("classifier.dense", "classifier.dense")
      table.linear("classifier.output", "classifier.out_proj")
    case .tokenClassification:
      table.linear("tokenHead", "classifier")
    case .questionAnswering:
      table.linear("tokenHead", "qa_outputs")
    }
    if !configuration.head.isAbsent {
      table.ignored += ["roberta.pooler.dense.weight", "roberta.pooler.dense.bias"]
    }
    return table
  }
}
