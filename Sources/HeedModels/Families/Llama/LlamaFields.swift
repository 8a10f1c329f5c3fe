import HeedLayers
import HeedTensor

/// What Llama and Qwen2 have in common: rotary positions, root-mean-square norms, gated feed-forward networks, grouped
/// heads.
enum LlamaFields {
  static func configuration(
    _ fields: ConfigurationFields, family: ModelFamily, biases: BlockConfiguration.Biases,
    vocabularySize: Int, maximumPositions: Int, beginToken: Int?, endToken: Int?
  ) throws(ConfigurationError) -> TransformerConfiguration {
    let hiddenSize = try fields.int("hidden_size", in: 1...65_536, default: 4096)
    let heads = try fields.int("num_attention_heads", in: ConfigurationFields.layers, default: 32)
    let groups = try fields.int("num_key_value_heads", in: ConfigurationFields.layers, default: heads)
    guard heads.isMultiple(of: groups) else {
      throw fields.error("num_key_value_heads", "must divide num_attention_heads \(heads), found \(groups)")
    }
    var headSize = try fields.int("head_dim", in: 1...65_536)
    if headSize == nil {
      try fields.check("num_attention_heads", hiddenSize, dividedBy: heads, "hidden_size")
      headSize = hiddenSize / heads
    }
    let size = headSize ?? 1
    guard size.isMultiple(of: 2) else { throw fields.error("head_dim", "must be even, found \(size)") }
    let vocabulary = try fields.int("vocab_size", in: ConfigurationFields.counts, default: vocabularySize)
    let positions = try fields.int(
      "max_position_embeddings", in: ConfigurationFields.counts, default: maximumPositions)
    let block = BlockConfiguration(
      hiddenSize: hiddenSize, headCount: heads, keyValueHeadCount: groups, headSize: size,
      attentionPositions: .rotary(try RotaryFields.positions(fields, headSize: size)),
      feedForwardSize: try fields.int("intermediate_size", in: ConfigurationFields.extents, default: 11_008),
      activation: try fields.activation("hidden_act", default: .silu), isGated: true, biases: biases,
      normKind: .rootMeanSquare, normPlacement: .before,
      normEpsilon: try fields.epsilon("rms_norm_eps", default: 1e-6), dropout: 0,
      attentionDropout: try fields.probability("attention_dropout", default: 0))
    return TransformerConfiguration(
      family: family, sourceVocabularySize: vocabulary, targetVocabularySize: vocabulary,
      tiesOutput: try fields.bool("tie_word_embeddings", default: false), encoder: block,
      encoderLayerCount: 0, decoder: block,
      decoderLayerCount: try fields.int("num_hidden_layers", in: ConfigurationFields.layers, default: 32),
      maximumPositions: positions, padToken: try fields.token("pad_token_id", default: nil, vocabulary),
      endTokens: try fields.tokens(
        "eos_token_id", default: endToken.flatMap { $0 < vocabulary ? [$0] : nil } ?? [], vocabulary),
      beginToken: try fields.token(
        "bos_token_id", default: beginToken.flatMap { $0 < vocabulary ? $0 : nil }, vocabulary))
  }

  static func fields(of configuration: TransformerConfiguration) -> [String: ConfigurationValue] {
    let block = configuration.decoder
    var fields: [String: ConfigurationValue] = [
      "vocab_size": .int(configuration.targetVocabularySize),
      "hidden_size": .int(configuration.hiddenSize),
      "num_hidden_layers": .int(configuration.decoderLayerCount),
      "num_attention_heads": .int(block.headCount),
      "num_key_value_heads": .int(block.keyValueHeadCount),
      "head_dim": .int(block.headSize),
      "intermediate_size": .int(block.feedForwardSize),
      "hidden_act": .string(block.activation.checkpointName),
      "max_position_embeddings": .int(configuration.maximumPositions),
      "rms_norm_eps": ConfigurationValue(block.normEpsilon),
      "attention_dropout": ConfigurationValue(block.attentionDropout),
      "tie_word_embeddings": .bool(configuration.tiesOutput),
      "pad_token_id": ConfigurationValue(configuration.padToken),
      "bos_token_id": ConfigurationValue(configuration.beginToken),
      "eos_token_id": configuration.endTokens.count > 1
        ? .array(configuration.endTokens.map { .int(Int($0)) })
        : ConfigurationValue(configuration.endTokens.first),
    ]
    if case .rotary(let positions) = block.attentionPositions {
      fields.merge(RotaryFields.fields(of: positions, headSize: block.headSize)) { $1 }
    }
    return fields
  }

  static func weights(of configuration: TransformerConfiguration) -> WeightTable {
    let block = configuration.decoder
    var table = WeightTable()
    table.prefix = "model."
    let (here, there) = ("decoder.blocks.*", "model.layers.*")
    table.stacked(
      "\(here).attention.projection",
      [
        ("\(there).self_attn.q_proj", block.headCount / block.keyValueHeadCount),
        ("\(there).self_attn.k_proj", 1), ("\(there).self_attn.v_proj", 1),
      ])
    table.linear("\(here).attention.output", "\(there).self_attn.o_proj")
    table.norm("\(here).attentionNorm", "\(there).input_layernorm")
    table.stacked("\(here).feedForward.inner", "\(there).mlp.gate_proj", "\(there).mlp.up_proj")
    table.linear("\(here).feedForward.outer", "\(there).mlp.down_proj")
    table.norm("\(here).feedForwardNorm", "\(there).post_attention_layernorm")
    table.norm("decoder.finalNorm", "model.norm")
    table.names += [
      WeightName("embedding", "model.embed_tokens.weight"), WeightName("output", "lm_head.weight"),
    ]
    if configuration.tiesOutput { table.copies = [("lm_head.weight", "model.embed_tokens.weight")] }
    // The frequencies of rotation, which earlier versions stored.
    table.ignored = ["\(there).self_attn.rotary_emb.inv_freq", "model.rotary_emb.inv_freq"]
    return table
  }
}
