import Foundation
import HeedLayers
import HeedModels

extension Recipe {
  /// The encoder-decoder that this recipe, which is resolved, describes.
  ///
  /// - Throws: `ConfigurationError` for combinations that no checkpoint form can hold.
  public func encoderDecoderConfiguration(
    vocabularySize: Int, targetVocabularySize: Int
  ) throws(ConfigurationError) -> TransformerConfiguration {
    let block = BlockConfiguration(
      hiddenSize: model.hiddenSize, headCount: model.headCount, feedForwardSize: model.feedForwardSize,
      normPlacement: model.norm == .after ? .after : .before, dropout: Float(model.dropout ?? 0),
      attentionDropout: Float(model.attentionDropout ?? 0),
      activationDropout: Float(model.activationDropout ?? 0))
    let sharesEmbeddings = model.shareEmbeddings ?? vocabulary.joint
    return try TransformerConfiguration(
      block, encoderLayerCount: model.encoderLayerCount, decoderLayerCount: model.decoderLayerCount,
      vocabularySize: vocabularySize, targetVocabularySize: sharesEmbeddings ? nil : targetVocabularySize,
      maximumPositions: model.maximumPositions, learnsPositions: model.positions == .learned)
  }

  /// The recurrent model that this recipe, which is resolved, describes.
  func recurrentConfiguration(_ tokens: SequenceVocabulary) -> RecurrentConfiguration {
    RecurrentConfiguration(
      tokens, cell: model.architecture == .lstm ? .lstm : .gru, attention: model.attention.kind,
      embeddingSize: model.hiddenSize, hiddenSize: model.hiddenSize,
      layerCount: model.encoderLayerCount, dropout: Float(model.dropout ?? 0))
  }

  /// The convolutional model that this recipe, which is resolved, describes.
  func convolutionalConfiguration(_ tokens: SequenceVocabulary) -> ConvolutionalConfiguration {
    ConvolutionalConfiguration(
      tokens, embeddingSize: model.hiddenSize, hiddenSize: model.hiddenSize,
      encoderLayerCount: model.encoderLayerCount, decoderLayerCount: model.decoderLayerCount,
      kernelSize: model.kernelSize, maximumPositions: model.maximumPositions,
      dropout: Float(model.dropout ?? 0))
  }

  /// The vocabulary of a recurrent or convolutional model of this recipe.
  func sequenceVocabulary(sourceSize: Int, targetSize: Int) -> SequenceVocabulary {
    let special = TransformerConfiguration.SpecialTokens()
    let sharesEmbeddings = model.shareEmbeddings ?? vocabulary.joint
    return SequenceVocabulary(
      sourceSize: sourceSize, targetSize: sharesEmbeddings ? nil : targetSize, startToken: special.pad,
      endToken: special.end, padToken: special.pad)
  }

  /// How many numbers the translating model of this recipe, which is resolved, has to learn; its values are not
  /// made for that.
  ///
  /// Columns of queries and keys beyond `model.key_size`, which stay zero, are not counted.
  ///
  /// - Throws: `ConfigurationError` for combinations that no checkpoint form can hold.
  package func parameterCount(
    vocabularySize: Int, targetVocabularySize: Int
  ) throws(ConfigurationError) -> Int {
    var placeholder = ParameterInitializer.placeholder
    let tokens = sequenceVocabulary(sourceSize: vocabularySize, targetSize: targetVocabularySize)
    switch model.architecture {
    case .lstm, .gru:
      return RecurrentEncoderDecoder(recurrentConfiguration(tokens), &placeholder).parameterCount
    case .convolution:
      return ConvolutionalEncoderDecoder(convolutionalConfiguration(tokens), &placeholder).parameterCount
    case .transformer:
      let configuration = try encoderDecoderConfiguration(
        vocabularySize: vocabularySize, targetVocabularySize: targetVocabularySize)
      let whole = EncoderDecoder(configuration, &placeholder).parameterCount
      let headSize = model.hiddenSize / model.headCount
      let columns = model.headCount * (headSize - (model.keySize ?? headSize))
      let attentionCount = model.encoderLayerCount + 2 * model.decoderLayerCount
      return whole - attentionCount * 2 * columns * (model.hiddenSize + 1)
    }
  }

  /// The GPT-2 that this recipe describes: `model.decoder_layers` blocks.
  func languageModelConfiguration(_ vocabulary: LanguageVocabulary) throws -> TransformerConfiguration {
    try configuration([
      "model_type": .string(ModelFamily.gpt2.rawValue),
      "vocab_size": .int(vocabulary.tokenizer.vocabularySize),
      "n_embd": .int(model.hiddenSize), "n_layer": .int(model.decoderLayerCount),
      "n_head": .int(model.headCount),
      "n_inner": .int(model.feedForwardSize), "n_positions": .int(model.maximumPositions),
      "resid_pdrop": .double(model.dropout ?? 0), "attn_pdrop": .double(model.attentionDropout ?? 0),
      "bos_token_id": .int(Int(vocabulary.id(.beginning))), "eos_token_id": .int(Int(vocabulary.id(.end))),
    ])
  }

  /// The BERT that this recipe describes: `model.encoder_layers` blocks.
  func maskedModelConfiguration(_ vocabulary: LanguageVocabulary) throws -> TransformerConfiguration {
    try configuration([
      "model_type": .string(ModelFamily.bert.rawValue),
      "architectures": .array([.string(masking.nextSentence ? "BertForPreTraining" : "BertForMaskedLM")]),
      "vocab_size": .int(vocabulary.tokenizer.vocabularySize), "hidden_size": .int(model.hiddenSize),
      "num_hidden_layers": .int(model.encoderLayerCount), "num_attention_heads": .int(model.headCount),
      "intermediate_size": .int(model.feedForwardSize),
      "max_position_embeddings": .int(model.maximumPositions),
      "hidden_dropout_prob": .double(model.dropout ?? 0),
      "attention_probs_dropout_prob": .double(model.attentionDropout ?? 0), "type_vocab_size": .int(2),
      "pad_token_id": .int(Int(vocabulary.id(.padding))),
    ])
  }

  /// The T5 that this recipe describes, with the gated layers of version 1.1.
  func spanModelConfiguration(_ vocabulary: LanguageVocabulary) throws -> TransformerConfiguration {
    try configuration([
      "model_type": .string(ModelFamily.t5.rawValue), "vocab_size": .int(vocabulary.tokenizer.vocabularySize),
      "d_model": .int(model.hiddenSize), "d_kv": .int(model.hiddenSize / model.headCount),
      "d_ff": .int(model.feedForwardSize), "num_layers": .int(model.encoderLayerCount),
      "num_decoder_layers": .int(model.decoderLayerCount), "num_heads": .int(model.headCount),
      "feed_forward_proj": .string("gated-gelu"), "dropout_rate": .double(model.dropout ?? 0),
      "n_positions": .int(model.maximumPositions), "tie_word_embeddings": .bool(true),
      "pad_token_id": .int(Int(vocabulary.id(.padding))), "eos_token_id": .int(Int(vocabulary.id(.end))),
      "decoder_start_token_id": .int(Int(vocabulary.id(.padding))),
    ])
  }

  /// A configuration in the words of config.json, so that what is trained is what others will read.
  private func configuration(_ fields: [String: ConfigurationValue]) throws -> TransformerConfiguration {
    try ModelReader.configuration(try JSONEncoder().encode(fields), file: "the recipe's model")
  }
}

extension ModelRecipe.Attention {
  fileprivate var kind: RecurrentConfiguration.Attention {
    switch self {
    case .none: .none
    case .additive: .additive
    case .multiplicative: .multiplicative
    }
  }
}
