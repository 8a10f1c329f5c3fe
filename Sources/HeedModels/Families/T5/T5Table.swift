import HeedLayers
import HeedTensor

/// T5: a pre-norm encoder-decoder with relative positions, root-mean-square norms and no biases (Raffel et al. 2020);
/// version 1.1 gates its feed-forward network.
enum T5Table: FamilyTable {
  static func configuration(_ fields: ConfigurationFields) throws(ConfigurationError)
    -> TransformerConfiguration
  {
    let hiddenSize = try fields.int("d_model", in: 1...65_536, default: 512)
    let vocabularySize = try fields.int("vocab_size", in: ConfigurationFields.counts, default: 32_128)
    let heads = try fields.int("num_heads", in: ConfigurationFields.layers, default: 8)
    let layers = try fields.int("num_layers", in: ConfigurationFields.layers, default: 6)
    let (isGated, activation) = try feedForward(fields)
    let buckets = try fields.int("relative_attention_num_buckets", in: 4...100_000, default: 32)
    guard buckets.isMultiple(of: 2) else {
      throw fields.error("relative_attention_num_buckets", "must be even, found \(buckets)")
    }
    // Half of the buckets of the decoder hold one distance each; the rest must reach farther.
    let distance = try fields.int(
      "relative_attention_max_distance", in: (buckets / 2 + 1)...1_000_000_000, default: 128)
    let block = BlockConfiguration(
      hiddenSize: hiddenSize, headCount: heads,
      headSize: try fields.int("d_kv", in: 1...65_536, default: 64), attentionScale: 1,
      attentionPositions: .relative(RelativePositions(bucketCount: buckets, maximumDistance: distance)),
      feedForwardSize: try fields.int("d_ff", in: ConfigurationFields.extents, default: 2048),
      activation: activation, isGated: isGated, biases: [], normKind: .rootMeanSquare, normPlacement: .before,
      normEpsilon: try fields.epsilon("layer_norm_epsilon", default: 1e-6),
      dropout: try fields.probability("dropout_rate", default: 0.1),
      attentionDropout: try fields.probability("dropout_rate", default: 0.1),
      activationDropout: try fields.probability("dropout_rate", default: 0.1))
    let isTied = try fields.bool("tie_word_embeddings", default: true)
    let pad = try fields.token("pad_token_id", default: 0, vocabularySize)
    return TransformerConfiguration(
      family: .t5, sourceVocabularySize: vocabularySize, targetVocabularySize: vocabularySize,
      tiesOutput: isTied, encoder: block, encoderLayerCount: layers, decoder: block,
      decoderLayerCount: try fields.int(
        "num_decoder_layers", in: ConfigurationFields.layers, default: layers),
      maximumPositions: try fields.int("n_positions", in: ConfigurationFields.counts, default: 512),
      positionsGrow: true,
      scalesDecoderOutput: try fields.bool("scale_decoder_outputs", default: isTied), padToken: pad,
      endTokens: try fields.endTokens(default: 1, vocabularySize),
      startToken: try fields.token("decoder_start_token_id", default: pad.map(Int.init), vocabularySize) ?? 0)
  }

  /// `relu`, `gated-gelu`, `gated-silu`: what `feed_forward_proj` says.
  private static func feedForward(
    _ fields: ConfigurationFields
  ) throws(ConfigurationError) -> (isGated: Bool, Activation) {
    let text = try fields.string("feed_forward_proj") ?? "relu"
    let isGated = text.hasPrefix("gated-")
    // The one name that means another function here than elsewhere.
    if text == "gated-gelu" { return (true, .geluTanh) }
    guard let activation = Activation(checkpointName: isGated ? String(text.dropFirst(6)) : text) else {
      throw fields.error("feed_forward_proj", "must be relu, gated-gelu or gated-silu, found '\(text)'")
    }
    return (isGated, activation)
  }

  static func fields(of configuration: TransformerConfiguration) -> [String: ConfigurationValue] {
    let block = configuration.encoder
    var buckets = (32, 128)
    if case .relative(let positions) = block.attentionPositions {
      buckets = (positions.bucketCount, positions.maximumDistance)
    }
    let activation = block.activation == .geluTanh && block.isGated ? "gelu" : block.activation.checkpointName
    return [
      "architectures": .array([.string("T5ForConditionalGeneration")]),
      "vocab_size": .int(configuration.sourceVocabularySize),
      "d_model": .int(configuration.hiddenSize),
      "d_kv": .int(block.headSize),
      "d_ff": .int(block.feedForwardSize),
      "num_heads": .int(block.headCount),
      "num_layers": .int(configuration.encoderLayerCount),
      "num_decoder_layers": .int(configuration.decoderLayerCount),
      "feed_forward_proj": .string((block.isGated ? "gated-" : "") + activation),
      "relative_attention_num_buckets": .int(buckets.0),
      "relative_attention_max_distance": .int(buckets.1),
      "layer_norm_epsilon": ConfigurationValue(block.normEpsilon),
      "dropout_rate": ConfigurationValue(block.dropout),
      "n_positions": .int(configuration.maximumPositions),
      "tie_word_embeddings": .bool(configuration.tiesOutput),
      "scale_decoder_outputs": .bool(configuration.scalesDecoderOutput),
      "is_encoder_decoder": .bool(true),
      "pad_token_id": ConfigurationValue(configuration.padToken),
      "eos_token_id": ConfigurationValue(configuration.endTokens.first),
      "decoder_start_token_id": .int(Int(configuration.startToken)),
    ]
  }

  static func weights(of configuration: TransformerConfiguration) -> WeightTable {
    var table = WeightTable()
    for stack in ["encoder", "decoder"] {
      let (here, there) = ("\(stack).blocks.*", "\(stack).block.*.layer")
      let attention = "\(there).0.SelfAttention"
      table.stacked("\(here).attention.projection", "\(attention).q", "\(attention).k", "\(attention).v")
      table.linear("\(here).attention.output", "\(attention).o")
      table.norm("\(here).attentionNorm", "\(there).0.layer_norm")
      let feedForward = stack == "encoder" ? "\(there).1" : "\(there).2"
      if configuration.encoder.isGated {
        table.stacked(
          "\(here).feedForward.inner", "\(feedForward).DenseReluDense.wi_0",
          "\(feedForward).DenseReluDense.wi_1")
      } else {
        table.linear("\(here).feedForward.inner", "\(feedForward).DenseReluDense.wi")
      }
      table.linear("\(here).feedForward.outer", "\(feedForward).DenseReluDense.wo")
      table.norm("\(here).feedForwardNorm", "\(feedForward).layer_norm")
      table.names.append(
        WeightName(
          "\(stack).positions.relativeBias",
          "\(stack).block.0.layer.0.SelfAttention.relative_attention_bias.weight"))
      table.norm("\(stack).finalNorm", "\(stack).final_layer_norm")
    }
    let there = "decoder.block.*.layer.1"
    table.linear("decoder.blocks.*.crossAttention.query", "\(there).EncDecAttention.q")
    table.stacked(
      "decoder.blocks.*.crossAttention.memory", "\(there).EncDecAttention.k", "\(there).EncDecAttention.v")
    table.linear("decoder.blocks.*.crossAttention.output", "\(there).EncDecAttention.o")
    table.norm("decoder.blocks.*.crossAttentionNorm", "\(there).layer_norm")
    table.names.append(WeightName("embedding", "shared.weight"))
    table.names.append(WeightName("output", "lm_head.weight"))
    table.copies = ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"].map {
      ($0, "shared.weight")
    }
    if configuration.tiesOutput { table.copies.append(("lm_head.weight", "shared.weight")) }
    // Early checkpoints hold a bias of cross-attention that was never used.
    table.ignored = ["decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight"]
    return table
  }
}
