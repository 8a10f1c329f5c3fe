import HeedLayers
import HeedTensor

/// What the encoder-decoders of fairseq's line (Marian, M2M100, BART) have in common: their fields and their names.
enum FairseqFields {
  /// What sets one of them apart from the others.
  struct Traits {
    var family: ModelFamily
    var normPlacement: NormPlacement
    var positions: PositionEmbedding
    /// The row of the table of positions that the first token takes, behind the pad's where `followsPad`.
    var firstPosition = 0
    var followsPad = false
    var positionsGrow = false
    var normalizesEmbeddings = false
    var hasOutputBias: Bool
    var vocabularySize: Int
    var padToken: Int
    var endToken: Int
    var startToken: Int
    var scalesEmbeddings: Bool
    var activation: Activation
    /// Whether source and target may have vocabularies of their own.
    var allowsSeparateVocabularies = false
  }

  static func configuration(
    _ fields: ConfigurationFields, _ traits: Traits
  ) throws(ConfigurationError) -> TransformerConfiguration {
    let vocabularySize = try fields.int(
      "vocab_size", in: ConfigurationFields.counts, default: traits.vocabularySize)
    let hiddenSize = try fields.int("d_model", in: 1...65_536, default: 1024)
    try fields.require(
      "tie_word_embeddings", .bool(true), "\(traits.family.rawValue) projects with its embeddings")
    try fields.require("is_encoder_decoder", .bool(true), "\(traits.family.rawValue) is an encoder-decoder")
    let shares =
      traits.allowsSeparateVocabularies
      ? try fields.bool("share_encoder_decoder_embeddings", default: true) : true
    let targetSize = try fields.int("decoder_vocab_size", in: ConfigurationFields.counts) ?? vocabularySize
    if shares, traits.allowsSeparateVocabularies, targetSize != vocabularySize {
      throw fields.error(
        "decoder_vocab_size",
        "must equal vocab_size \(vocabularySize) with shared embeddings, found \(targetSize)")
    }
    let targetVocabularySize = shares ? vocabularySize : targetSize
    func block(_ stack: String) throws(ConfigurationError) -> BlockConfiguration {
      let heads = try fields.int("\(stack)_attention_heads", in: ConfigurationFields.layers, default: 16)
      try fields.check("\(stack)_attention_heads", hiddenSize, dividedBy: heads, "d_model")
      return BlockConfiguration(
        hiddenSize: hiddenSize, headCount: heads,
        feedForwardSize: try fields.int("\(stack)_ffn_dim", in: ConfigurationFields.extents, default: 4096),
        activation: try fields.activation("activation_function", default: traits.activation),
        normPlacement: traits.normPlacement, normEpsilon: 1e-5,
        dropout: try fields.probability("dropout", default: 0.1),
        attentionDropout: try fields.probability("attention_dropout", default: 0),
        activationDropout: try fields.probability("activation_dropout", default: 0))
    }
    let pad = try fields.token("pad_token_id", default: traits.padToken, targetVocabularySize)
    return TransformerConfiguration(
      family: traits.family, sourceVocabularySize: vocabularySize,
      targetVocabularySize: targetVocabularySize, sharesEmbeddings: shares,
      encoder: try block("encoder"),
      encoderLayerCount: try fields.int("encoder_layers", in: ConfigurationFields.layers, default: 12),
      decoder: try block("decoder"),
      decoderLayerCount: try fields.int("decoder_layers", in: ConfigurationFields.layers, default: 12),
      scalesEmbeddings: try fields.bool("scale_embedding", default: traits.scalesEmbeddings),
      positions: traits.positions,
      firstPosition: traits.followsPad ? Int(pad ?? 0) + 1 : traits.firstPosition,
      maximumPositions: try fields.int(
        "max_position_embeddings", in: ConfigurationFields.counts, default: 1024),
      positionsGrow: traits.positionsGrow, normalizesEmbeddings: traits.normalizesEmbeddings,
      hasOutputBias: traits.hasOutputBias, padToken: pad,
      endTokens: try fields.endTokens(default: traits.endToken, targetVocabularySize),
      startToken: try fields.token("decoder_start_token_id", default: traits.startToken, targetVocabularySize)
        ?? 0,
      beginToken: try fields.token("bos_token_id", default: nil, Int(Int32.max)))
  }

  static func fields(of configuration: TransformerConfiguration) -> [String: ConfigurationValue] {
    let (encoder, decoder) = (configuration.encoder, configuration.decoder)
    return [
      "vocab_size": .int(configuration.sourceVocabularySize),
      "d_model": .int(configuration.hiddenSize),
      "encoder_layers": .int(configuration.encoderLayerCount),
      "decoder_layers": .int(configuration.decoderLayerCount),
      "encoder_attention_heads": .int(encoder.headCount),
      "decoder_attention_heads": .int(decoder.headCount),
      "encoder_ffn_dim": .int(encoder.feedForwardSize),
      "decoder_ffn_dim": .int(decoder.feedForwardSize),
      "activation_function": .string(encoder.activation.checkpointName),
      "dropout": ConfigurationValue(encoder.dropout),
      "attention_dropout": ConfigurationValue(encoder.attentionDropout),
      "activation_dropout": ConfigurationValue(encoder.activationDropout),
      "scale_embedding": .bool(configuration.scalesEmbeddings),
      "max_position_embeddings": .int(configuration.maximumPositions),
      "pad_token_id": ConfigurationValue(configuration.padToken),
      "eos_token_id": ConfigurationValue(configuration.endTokens.first),
      "bos_token_id": ConfigurationValue(configuration.beginToken),
      "decoder_start_token_id": .int(Int(configuration.startToken)),
      "tie_word_embeddings": .bool(true),
      "is_encoder_decoder": .bool(true),
      "init_std": .double(0.02),
    ]
  }

  static func weights(of configuration: TransformerConfiguration) -> WeightTable {
    var table = WeightTable()
    table.prefix = "model."
    for stack in ["encoder", "decoder"] {
      let (here, there) = ("\(stack).blocks.*", "model.\(stack).layers.*")
      table.stacked(
        "\(here).attention.projection", "\(there).self_attn.q_proj", "\(there).self_attn.k_proj",
        "\(there).self_attn.v_proj")
      table.linear("\(here).attention.output", "\(there).self_attn.out_proj")
      table.norm("\(here).attentionNorm", "\(there).self_attn_layer_norm")
      table.linear("\(here).feedForward.inner", "\(there).fc1")
      table.linear("\(here).feedForward.outer", "\(there).fc2")
      table.norm("\(here).feedForwardNorm", "\(there).final_layer_norm")
      table.norm("\(stack).finalNorm", "model.\(stack).layer_norm")
      let input = stack == "encoder" ? "sourceInput" : "targetInput"
      table.norm("\(input).norm", "model.\(stack).layernorm_embedding")
      if configuration.positions == .learned {
        table.names.append(WeightName("\(input).positions", "model.\(stack).embed_positions.weight"))
      } else {
        table.ignored += ["model.\(stack).embed_positions.weight", "model.\(stack).embed_positions.weights"]
      }
      table.ignored.append("model.\(stack).version")
    }
    let (here, there) = ("decoder.blocks.*", "model.decoder.layers.*.encoder_attn")
    table.linear("\(here).crossAttention.query", "\(there).q_proj")
    table.stacked("\(here).crossAttention.memory", "\(there).k_proj", "\(there).v_proj")
    table.linear("\(here).crossAttention.output", "\(there).out_proj")
    table.norm("\(here).crossAttentionNorm", "model.decoder.layers.*.encoder_attn_layer_norm")
    if configuration.sharesEmbeddings {
      table.names.append(WeightName("embedding", "model.shared.weight"))
      table.copies = [
        "model.encoder.embed_tokens.weight", "model.decoder.embed_tokens.weight", "lm_head.weight",
      ]
      .map { ($0, "model.shared.weight") }
    } else {
      table.names.append(WeightName("embedding", "model.encoder.embed_tokens.weight"))
      table.names.append(WeightName("targetEmbedding", "model.decoder.embed_tokens.weight"))
      table.copies = [("lm_head.weight", "model.decoder.embed_tokens.weight")]
    }
    table.names.append(WeightName("outputBias", "final_logits_bias", form: .row))
    return table
  }
}
