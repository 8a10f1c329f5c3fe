import HeedLayers
import HeedTensor

/// GPT-2: a pre-norm language model with learned positions (Radford et al. 2019); its checkpoints hold the transposed
/// weights.
enum GPT2Table: FamilyTable {
  static func configuration(_ fields: ConfigurationFields) throws(ConfigurationError)
    -> TransformerConfiguration
  {
    let hiddenSize = try fields.int("n_embd", in: 1...65_536, default: 768)
    let heads = try fields.int("n_head", in: ConfigurationFields.layers, default: 12)
    try fields.check("n_head", hiddenSize, dividedBy: heads, "n_embd")
    try fields.require(
      "scale_attn_by_inverse_layer_idx", .bool(false), "scores that depend on the layer are not supported")
    try fields.require(
      "add_cross_attention", .bool(false), "only language models of this family are supported")
    let vocabulary = try fields.int("vocab_size", in: ConfigurationFields.counts, default: 50_257)
    // <|endoftext|>, in the vocabulary that it belongs to.
    let usual = vocabulary > 50_256 ? 50_256 : nil
    let scales = try fields.bool("scale_attn_weights", default: true)
    let block = BlockConfiguration(
      hiddenSize: hiddenSize, headCount: heads, attentionScale: scales ? nil : 1,
      feedForwardSize: try fields.int("n_inner", in: ConfigurationFields.extents, default: 4 * hiddenSize),
      activation: try fields.activation("activation_function", default: .geluTanh), normPlacement: .before,
      normEpsilon: try fields.epsilon("layer_norm_epsilon", default: 1e-5),
      dropout: try fields.probability("resid_pdrop", default: 0.1),
      attentionDropout: try fields.probability("attn_pdrop", default: 0.1))
    return TransformerConfiguration(
      family: .gpt2, sourceVocabularySize: vocabulary, targetVocabularySize: vocabulary,
      tiesOutput: try fields.bool("tie_word_embeddings", default: true), encoder: block, encoderLayerCount: 0,
      decoder: block,
      decoderLayerCount: try fields.int("n_layer", in: ConfigurationFields.layers, default: 12),
      positions: .learned,
      maximumPositions: try fields.int("n_positions", in: ConfigurationFields.counts, default: 1024),
      padToken: try fields.token("pad_token_id", default: nil, vocabulary),
      endTokens: try fields.tokens("eos_token_id", default: usual.map { [$0] } ?? [], vocabulary),
      beginToken: try fields.token("bos_token_id", default: usual, vocabulary))
  }

  static func fields(of configuration: TransformerConfiguration) -> [String: ConfigurationValue] {
    let block = configuration.decoder
    return [
      "architectures": .array([.string("GPT2LMHeadModel")]),
      "vocab_size": .int(configuration.targetVocabularySize),
      "n_embd": .int(configuration.hiddenSize),
      "n_layer": .int(configuration.decoderLayerCount),
      "n_head": .int(block.headCount),
      "n_inner": .int(block.feedForwardSize),
      "n_positions": .int(configuration.maximumPositions),
      "activation_function": .string(block.activation.checkpointName),
      "scale_attn_weights": .bool(block.attentionScale != 1),
      "layer_norm_epsilon": ConfigurationValue(block.normEpsilon),
      "resid_pdrop": ConfigurationValue(block.dropout),
      "embd_pdrop": ConfigurationValue(block.dropout),
      "attn_pdrop": ConfigurationValue(block.attentionDropout),
      "tie_word_embeddings": .bool(configuration.tiesOutput),
      "pad_token_id": ConfigurationValue(configuration.padToken),
      "bos_token_id": ConfigurationValue(configuration.beginToken),
      "eos_token_id": ConfigurationValue(configuration.endTokens.first),
    ]
  }

  static func weights(of configuration: TransformerConfiguration) -> WeightTable {
    var table = WeightTable()
    table.prefix = "transformer."
    let (here, there) = ("decoder.blocks.*", "transformer.h.*")
    table.linear("\(here).attention.projection", "\(there).attn.c_attn", form: .transposed)
    table.linear("\(here).attention.output", "\(there).attn.c_proj", form: .transposed)
    table.norm("\(here).attentionNorm", "\(there).ln_1")
    table.linear("\(here).feedForward.inner", "\(there).mlp.c_fc", form: .transposed)
    table.linear("\(here).feedForward.outer", "\(there).mlp.c_proj", form: .transposed)
    table.norm("\(here).feedForwardNorm", "\(there).ln_2")
    table.norm("decoder.finalNorm", "transformer.ln_f")
    table.names += [
      WeightName("embedding", "transformer.wte.weight"),
      WeightName("input.positions", "transformer.wpe.weight"),
      WeightName("output", "lm_head.weight"),
    ]
    if configuration.tiesOutput { table.copies = [("lm_head.weight", "transformer.wte.weight")] }
    // The mask of causal attention, which earlier versions stored.
    table.ignored = ["\(there).attn.bias", "\(there).attn.masked_bias"]
    return table
  }
}
