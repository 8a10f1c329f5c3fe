/// BERT: a post-norm text encoder with learned positions and segments (Devlin et al. 2019).
enum BERTTable: FamilyTable {
  static func configuration(_ fields: ConfigurationFields) throws(ConfigurationError)
    -> TransformerConfiguration
  {
    try BERTFields.configuration(
      fields, family: .bert, vocabularySize: 30_522, maximumPositions: 512, padToken: 0, endToken: nil,
      segmentCount: 2)
  }

  static func fields(of configuration: TransformerConfiguration) -> [String: ConfigurationValue] {
    BERTFields.fields(of: configuration, name: "Bert")
  }

  static func weights(of configuration: TransformerConfiguration) -> WeightTable {
    var table = BERTFields.weights(of: configuration, prefix: "bert.")
    switch configuration.head {
    case .states: break
    case .maskedLanguageModel, .preTraining:
      let there = "cls.predictions"
      table.linear("maskedHead.dense", "\(there).transform.dense")
      table.norm("maskedHead.norm", "\(there).transform.LayerNorm")
      table.names.append(WeightName("maskedHead.bias", "\(there).bias"))
      table.copies = [
        ("\(there).decoder.weight", "bert.embeddings.word_embeddings.weight"),
        ("\(there).decoder.bias", "\(there).bias"),
      ]
      if configuration.head == .preTraining {
        table.linear("nextSentenceHead", "cls.seq_relationship")
      } else {
        // Checkpoints of the pre-training have both of its heads.
        table.ignored += ["cls.seq_relationship.weight", "cls.seq_relationship.bias"]
      }
    case .sequenceClassification:
      table.linear("classifier.dense", "bert.pooler.dense")
      table.linear("classifier.output", "classifier")
    case .tokenClassification:
      table.linear("tokenHead", "classifier")
    case .questionAnswering:
      table.linear("tokenHead", "qa_outputs")
    }
    if !configuration.head.usesPooler {
      table.ignored += ["bert.pooler.dense.weight", "bert.pooler.dense.bias"]
    }
    return table
  }
}

extension EncoderHead {
  /// Whether the first token's state goes through the pooler on its way to the head.
  var usesPooler: Bool {
    switch self {
    case .states(let isPooled): isPooled
    case .preTraining, .sequenceClassification: true
    case .maskedLanguageModel, .tokenClassification, .questionAnswering: false
    }
  }
}
