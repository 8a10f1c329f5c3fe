import HeedLayers
import HeedTensor

/// DistilBERT: a smaller BERT without segments and pooler (Sanh et al. 2019).
enum DistilBERTTable: FamilyTable {
  static func configuration(_ fields: ConfigurationFields) throws(ConfigurationError)
    -> TransformerConfiguration
  {
    let hiddenSize = try fields.int("dim", in: 1...65_536, default: 768)
    let heads = try fields.int("n_heads", in: ConfigurationFields.layers, default: 12)
    try fields.check("n_heads", hiddenSize, dividedBy: heads, "dim")
    let vocabulary = try fields.int("vocab_size", in: ConfigurationFields.counts, default: 30_522)
    // Sinusoids, where a model was trained with them, stand in the checkpoint like learned positions.
    let block = BlockConfiguration(
      hiddenSize: hiddenSize, headCount: heads,
      feedForwardSize: try fields.int("hidden_dim", in: ConfigurationFields.extents, default: 3072),
      activation: try fields.activation("activation", default: .gelu), normPlacement: .after,
      normEpsilon: 1e-12, dropout: try fields.probability("dropout", default: 0.1),
      attentionDropout: try fields.probability("attention_dropout", default: 0.1))
    return TransformerConfiguration(
      family: .distilbert, sourceVocabularySize: vocabulary, targetVocabularySize: vocabulary, encoder: block,
      encoderLayerCount: try fields.int("n_layers", in: ConfigurationFields.layers, default: 6),
      decoder: block, decoderLayerCount: 0, positions: .learned,
      maximumPositions: try fields.int(
        "max_position_embeddings", in: ConfigurationFields.counts, default: 512),
      normalizesEmbeddings: true, head: try BERTFields.head(fields, poolsByDefault: false),
      problem: try BERTFields.problem(fields),
      padToken: try fields.token("pad_token_id", default: 0, vocabulary))
  }

  static func fields(of configuration: TransformerConfiguration) -> [String: ConfigurationValue] {
    let block = configuration.encoder
    let fields: [String: ConfigurationValue] = [
      "architectures": .array([.string("DistilBert" + configuration.head.architecture)]),
      "vocab_size": .int(configuration.sourceVocabularySize),
      "dim": .int(configuration.hiddenSize),
      "n_layers": .int(configuration.encoderLayerCount),
      "n_heads": .int(block.headCount),
      "hidden_dim": .int(block.feedForwardSize),
      "activation": .string(block.activation.checkpointName),
      "dropout": ConfigurationValue(block.dropout),
      "attention_dropout": ConfigurationValue(block.attentionDropout),
      "max_position_embeddings": .int(configuration.maximumPositions),
      "pad_token_id": ConfigurationValue(configuration.padToken),
    ]
    return fields.merging(configuration.labelFields) { $1 }
  }

  static func weights(of configuration: TransformerConfiguration) -> WeightTable {
    var table = WeightTable()
    table.prefix = "distilbert."
    table.readsOldNormNames = true
    let base = configuration.head.isAbsent ? "" : table.prefix
    let (here, there) = ("encoder.blocks.*", "\(base)transformer.layer.*")
    table.stacked(
      "\(here).attention.projection", "\(there).attention.q_lin", "\(there).attention.k_lin",
      "\(there).attention.v_lin")
    table.linear("\(here).attention.output", "\(there).attention.out_lin")
    table.norm("\(here).attentionNorm", "\(there).sa_layer_norm")
    table.linear("\(here).feedForward.inner", "\(there).ffn.lin1")
    table.linear("\(here).feedForward.outer", "\(there).ffn.lin2")
    table.norm("\(here).feedForwardNorm", "\(there).output_layer_norm")
    table.names += [
      WeightName("embedding", "\(base)embeddings.word_embeddings.weight"),
      WeightName("input.positions", "\(base)embeddings.position_embeddings.weight"),
    ]
    table.norm("input.norm", "\(base)embeddings.LayerNorm")
    table.ignored = ["\(base)embeddings.position_ids"]
    switch configuration.head {
    case .states, .preTraining: break
    case .maskedLanguageModel:
      table.linear("maskedHead.dense", "vocab_transform")
      table.norm("maskedHead.norm", "vocab_layer_norm")
      table.names.append(WeightName("maskedHead.bias", "vocab_projector.bias"))
      table.copies = [("vocab_projector.weight", "\(base)embeddings.word_embeddings.weight")]
    case .sequenceClassification:
      table.linear("classifier.dense", "pre_classifier")
      table.linear("classifier.output", "classifier")
    case .tokenClassification:
      table.linear("tokenHead", "classifier")
    case .questionAnswering:
      table.linear("tokenHead", "qa_outputs")
    }
    return table
  }
}
