import HeedLayers
import HeedTensor

/// What BERT and RoBERTa have in common: their fields, their names, and their heads.
enum BERTFields {
  static func configuration(
    _ fields: ConfigurationFields, family: ModelFamily, vocabularySize: Int, maximumPositions: Int,
    padToken: Int, endToken: Int?, segmentCount: Int
  ) throws(ConfigurationError) -> TransformerConfiguration {
    let hiddenSize = try fields.int("hidden_size", in: 1...65_536, default: 768)
    let heads = try fields.int("num_attention_heads", in: ConfigurationFields.layers, default: 12)
    try fields.check("num_attention_heads", hiddenSize, dividedBy: heads, "hidden_size")
    try fields.require("position_embedding_type", .string("absolute"), "other positions are not part of BERT")
    try fields.require("is_decoder", .bool(false), "only encoders of this family are supported")
    try fields.require("add_cross_attention", .bool(false), "only encoders of this family are supported")
    let vocabulary = try fields.int("vocab_size", in: ConfigurationFields.counts, default: vocabularySize)
    let block = BlockConfiguration(
      hiddenSize: hiddenSize, headCount: heads,
      feedForwardSize: try fields.int("intermediate_size", in: ConfigurationFields.extents, default: 3072),
      activation: try fields.activation("hidden_act", default: .gelu), normPlacement: .after,
      normEpsilon: try fields.epsilon("layer_norm_eps", default: 1e-12),
      dropout: try fields.probability("hidden_dropout_prob", default: 0.1),
      attentionDropout: try fields.probability("attention_probs_dropout_prob", default: 0.1))
    let pad = try fields.token("pad_token_id", default: padToken, vocabulary)
    // RoBERTa counts positions from behind the pad's row, and its table has those rows as well.
    let first = family == .roberta ? Int(pad ?? 0) + 1 : 0
    let positions = try fields.int(
      "max_position_embeddings", in: (first + 1)...10_000_000, default: maximumPositions)
    return TransformerConfiguration(
      family: family, sourceVocabularySize: vocabulary, targetVocabularySize: vocabulary, encoder: block,
      encoderLayerCount: try fields.int("num_hidden_layers", in: ConfigurationFields.layers, default: 12),
      decoder: block, decoderLayerCount: 0, positions: .learned, firstPosition: first,
      maximumPositions: positions - first,
      segmentCount: try fields.int("type_vocab_size", in: 1...1000, default: segmentCount),
      normalizesEmbeddings: true, head: try head(fields, hasPreTraining: family == .bert),
      problem: try problem(fields), padToken: pad,
      endTokens: try fields.tokens("eos_token_id", default: endToken.map { [$0] } ?? [], vocabulary),
      beginToken: try fields.token("bos_token_id", default: nil, vocabulary))
  }

  /// What `architectures` says that the model ends with.
  ///
  /// - Parameters:
  ///   - fields: The fields of config.json.
  ///   - poolsByDefault: Whether the class without a head has a pooler.
  ///   - hasPreTraining: Whether the family has a class with both heads of BERT's pre-training.
  /// - Returns: The head.
  /// - Throws: `ConfigurationError` for a class that is not supported.
  static func head(
    _ fields: ConfigurationFields, poolsByDefault: Bool = true, hasPreTraining: Bool = false
  ) throws(ConfigurationError) -> EncoderHead {
    guard let architecture = try fields.strings("architectures")?.first else {
      return .states(isPooled: poolsByDefault)
    }
    switch architecture.firstRange(of: "For").map({ architecture[$0.lowerBound...] }) ?? "Model" {
    case "Model": return .states(isPooled: poolsByDefault)
    case "ForMaskedLM": return .maskedLanguageModel
    case "ForPreTraining": return hasPreTraining ? .preTraining : .maskedLanguageModel
    case "ForSequenceClassification": return .sequenceClassification(labels: try labels(fields))
    case "ForTokenClassification": return .tokenClassification(labels: try labels(fields))
    case "ForQuestionAnswering": return .questionAnswering
    default:
      throw fields.error(
        "architectures",
        "'\(architecture)' is not supported; supported are Model, ForMaskedLM, ForPreTraining, "
          + "ForSequenceClassification, ForTokenClassification and ForQuestionAnswering")
    }
  }

  /// What `problem_type` says that labels are to each other.
  static func problem(_ fields: ConfigurationFields) throws(ConfigurationError) -> ClassificationProblem? {
    guard let name = try fields.string("problem_type") else { return nil }
    guard let problem = ClassificationProblem(rawValue: name) else {
      let known = ClassificationProblem.allCases.map(\.rawValue).joined(separator: ", ")
      throw fields.error("problem_type", "'\(name)' is not one of \(known)")
    }
    return problem
  }

  /// `id2label`, in the order of the ids; two labels where it is absent.
  private static func labels(_ fields: ConfigurationFields) throws(ConfigurationError) -> [String] {
    guard let names = try fields.object("id2label") else {
      let count = try fields.int("num_labels", in: 1...100_000, default: 2)
      return (0..<count).map { "LABEL_\($0)" }
    }
    var labels: [String] = []
    while let label = try names.string("\(labels.count)") { labels.append(label) }
    guard !labels.isEmpty else { throw fields.error("id2label", "must name the labels 0, 1, …") }
    return labels
  }

  static func fields(of configuration: TransformerConfiguration, name: String) -> [String: ConfigurationValue]
  {
    let block = configuration.encoder
    var fields: [String: ConfigurationValue] = [
      "architectures": .array([.string(name + configuration.head.architecture)]),
      "vocab_size": .int(configuration.sourceVocabularySize),
      "hidden_size": .int(configuration.hiddenSize),
      "num_hidden_layers": .int(configuration.encoderLayerCount),
      "num_attention_heads": .int(block.headCount),
      "intermediate_size": .int(block.feedForwardSize),
      "hidden_act": .string(block.activation.checkpointName),
      "layer_norm_eps": ConfigurationValue(block.normEpsilon),
      "hidden_dropout_prob": ConfigurationValue(block.dropout),
      "attention_probs_dropout_prob": ConfigurationValue(block.attentionDropout),
      "max_position_embeddings": .int(configuration.maximumPositions + configuration.firstPosition),
      "type_vocab_size": .int(configuration.segmentCount),
      "pad_token_id": ConfigurationValue(configuration.padToken),
      "bos_token_id": ConfigurationValue(configuration.beginToken),
      "eos_token_id": ConfigurationValue(configuration.endTokens.first),
    ]
    fields.merge(configuration.labelFields) { $1 }
    return fields
  }

  /// The names of the layers, which both families share; `prefix` is `bert.` or `roberta.` where there is a head.
  static func weights(of configuration: TransformerConfiguration, prefix: String) -> WeightTable {
    var table = WeightTable()
    table.prefix = prefix
    table.readsOldNormNames = true
    let base = configuration.head.isAbsent ? "" : prefix
    let (here, there) = ("encoder.blocks.*", "\(base)encoder.layer.*")
    let attention = "\(there).attention.self"
    table.stacked(
      "\(here).attention.projection", "\(attention).query", "\(attention).key", "\(attention).value")
    table.linear("\(here).attention.output", "\(there).attention.output.dense")
    table.norm("\(here).attentionNorm", "\(there).attention.output.LayerNorm")
    table.linear("\(here).feedForward.inner", "\(there).intermediate.dense")
    table.linear("\(here).feedForward.outer", "\(there).output.dense")
    table.norm("\(here).feedForwardNorm", "\(there).output.LayerNorm")
    table.names += [
      WeightName("embedding", "\(base)embeddings.word_embeddings.weight"),
      WeightName("input.positions", "\(base)embeddings.position_embeddings.weight"),
      WeightName("input.segments", "\(base)embeddings.token_type_embeddings.weight"),
    ]
    table.norm("input.norm", "\(base)embeddings.LayerNorm")
    table.linear("pooler", "\(base)pooler.dense")
    table.ignored = ["\(base)embeddings.position_ids"]
    return table
  }
}

extension EncoderHead {
  var isAbsent: Bool { if case .states = self { true } else { false } }

  /// What the class of a model with this head is called, behind the family's name.
  var architecture: String {
    switch self {
    case .states: "Model"
    case .maskedLanguageModel: "ForMaskedLM"
    case .preTraining: "ForPreTraining"
    case .sequenceClassification: "ForSequenceClassification"
    case .tokenClassification: "ForTokenClassification"
    case .questionAnswering: "ForQuestionAnswering"
    }
  }

}

extension TransformerConfiguration {
  /// What the labels are called, and what they are to each other.
  var labelFields: [String: ConfigurationValue] {
    guard !head.labels.isEmpty else {
      // What the model that this one was made of had labels for is no longer so.
      return ["id2label": .null, "label2id": .null, "problem_type": .null, "num_labels": .null]
    }
    let names = head.labels.enumerated()
    return [
      "id2label": .object(
        Dictionary(names.map { ("\($0.offset)", .string($0.element)) }) { first, _ in first }),
      "label2id": .object(Dictionary(names.map { ($0.element, .int($0.offset)) }) { first, _ in first }),
      "num_labels": .null,
      "problem_type": problem.map { .string($0.rawValue) } ?? .null,
    ]
  }
}
