import Foundation
import HeedLayers
import HeedTensor

/// The fields of `config.json` that the encoder-decoders of fairseq's line (Marian, M2M100) have in common.
struct EncoderDecoderFields: Codable, Sendable {
  var modelType: String
  var architectures: [String]?
  var vocabularySize: Int
  var decoderVocabularySize: Int?
  var hiddenSize: Int
  var encoderLayerCount: Int
  var decoderLayerCount: Int
  var encoderHeadCount: Int
  var decoderHeadCount: Int
  var encoderFeedForwardSize: Int
  var decoderFeedForwardSize: Int
  var activation: String
  var dropout: Float?
  var attentionDropout: Float?
  var activationDropout: Float?
  var scalesEmbeddings: Bool?
  var maximumPositions: Int
  var padToken: Int?
  var endToken: Int?
  var startToken: Int?
  var beginToken: Int?
  var sharesEmbeddings: Bool?
  var tiesOutput: Bool?
  var isEncoderDecoder: Bool?
  var initDeviation: Float?
  var elementType: String?
  var heedVersion: String?
  var quantization: QuantizationFields?

  enum CodingKeys: String, CodingKey {
    case modelType = "model_type"
    case architectures
    case vocabularySize = "vocab_size"
    case decoderVocabularySize = "decoder_vocab_size"
    case hiddenSize = "d_model"
    case encoderLayerCount = "encoder_layers"
    case decoderLayerCount = "decoder_layers"
    case encoderHeadCount = "encoder_attention_heads"
    case decoderHeadCount = "decoder_attention_heads"
    case encoderFeedForwardSize = "encoder_ffn_dim"
    case decoderFeedForwardSize = "decoder_ffn_dim"
    case activation = "activation_function"
    case dropout
    case attentionDropout = "attention_dropout"
    case activationDropout = "activation_dropout"
    case scalesEmbeddings = "scale_embedding"
    case maximumPositions = "max_position_embeddings"
    case padToken = "pad_token_id"
    case endToken = "eos_token_id"
    case startToken = "decoder_start_token_id"
    case beginToken = "bos_token_id"
    case sharesEmbeddings = "share_encoder_decoder_embeddings"
    case tiesOutput = "tie_word_embeddings"
    case isEncoderDecoder = "is_encoder_decoder"
    case initDeviation = "init_std"
    case elementType = "dtype"
    case heedVersion = "heed_version"
    case quantization = "quantization_config"
  }
}

/// `quantization_config`: how the numbers of the checkpoint are stored.
struct QuantizationFields: Codable, Sendable, Hashable {
  /// Always "heed".
  var method: String
  /// "int8": I8 `NAME` `[rows, inner]` with F32 `NAME.scale` `[rows]`.
  var form: String

  enum CodingKeys: String, CodingKey {
    case method = "quant_method"
    case form
  }
}

extension EncoderDecoderFields {
  /// Checks every field once, so that layers need not, and describes the Transformer.
  func configuration(family: ModelFamily) throws(ConfigurationError) -> TransformerConfiguration {
    try check("vocab_size", vocabularySize, in: 1...10_000_000)
    try check("d_model", hiddenSize, in: 1...65_536)
    try check("encoder_layers", encoderLayerCount, in: 1...1000)
    try check("decoder_layers", decoderLayerCount, in: 1...1000)
    try check("encoder_attention_heads", encoderHeadCount, in: 1...1024)
    try check("decoder_attention_heads", decoderHeadCount, in: 1...1024)
    try check("encoder_ffn_dim", encoderFeedForwardSize, in: 1...1_000_000)
    try check("decoder_ffn_dim", decoderFeedForwardSize, in: 1...1_000_000)
    try check("max_position_embeddings", maximumPositions, in: 1...10_000_000)
    for (field, heads) in [
      ("encoder_attention_heads", encoderHeadCount), ("decoder_attention_heads", decoderHeadCount),
    ] where !hiddenSize.isMultiple(of: heads) {
      throw ConfigurationError(field, "d_model \(hiddenSize) is not divisible by \(heads) heads")
    }
    guard tiesOutput ?? true else {
      throw ConfigurationError("tie_word_embeddings", "must be true for \(family.rawValue), found false")
    }
    let shares = sharesEmbeddings ?? true
    let targetVocabularySize = shares ? vocabularySize : decoderVocabularySize ?? vocabularySize
    if shares, let size = decoderVocabularySize, size != vocabularySize {
      throw ConfigurationError(
        "decoder_vocab_size", "must equal vocab_size \(vocabularySize) with shared embeddings, found \(size)")
    }
    try check("decoder_vocab_size", targetVocabularySize, in: 1...10_000_000)
    let pad = try token(
      "pad_token_id", padToken, default: family == .marian ? 58_100 : 1, targetVocabularySize)
    let end = try token("eos_token_id", endToken, default: family == .marian ? 0 : 2, targetVocabularySize)
    let start = try token(
      "decoder_start_token_id", startToken, default: family == .marian ? 58_100 : 2, targetVocabularySize)
    func block(_ heads: Int, _ feedForward: Int) throws(ConfigurationError) -> BlockConfiguration {
      BlockConfiguration(
        hiddenSize: hiddenSize, headCount: heads, feedForwardSize: feedForward,
        activation: try parsedActivation(),
        normPlacement: family == .marian ? .after : .before, normEpsilon: 1e-5,
        dropout: try probability("dropout", dropout ?? 0.1),
        attentionDropout: try probability("attention_dropout", attentionDropout ?? 0),
        activationDropout: try probability("activation_dropout", activationDropout ?? 0))
    }
    return TransformerConfiguration(
      family: family, sourceVocabularySize: vocabularySize, targetVocabularySize: targetVocabularySize,
      sharesEmbeddings: shares, encoder: try block(encoderHeadCount, encoderFeedForwardSize),
      encoderLayerCount: encoderLayerCount, decoder: try block(decoderHeadCount, decoderFeedForwardSize),
      decoderLayerCount: decoderLayerCount, scalesEmbeddings: scalesEmbeddings ?? (family == .m2m100),
      positions: family == .marian ? .paper : .inclusive, firstPosition: family == .marian ? 0 : Int(pad) + 1,
      maximumPositions: maximumPositions, positionsGrow: family == .m2m100, hasOutputBias: family == .marian,
      padToken: pad, endToken: end, startToken: start, beginToken: beginToken.flatMap { Int32(exactly: $0) })
  }

  /// The fields that describe a Transformer, as its family writes them.
  init(_ configuration: TransformerConfiguration, quantization: QuantizationFields?) {
    let isMarian = configuration.family == .marian
    modelType = configuration.family.rawValue
    architectures = [isMarian ? "MarianMTModel" : "M2M100ForConditionalGeneration"]
    vocabularySize = configuration.sourceVocabularySize
    decoderVocabularySize = isMarian ? configuration.targetVocabularySize : nil
    hiddenSize = configuration.hiddenSize
    encoderLayerCount = configuration.encoderLayerCount
    decoderLayerCount = configuration.decoderLayerCount
    encoderHeadCount = configuration.encoder.headCount
    decoderHeadCount = configuration.decoder.headCount
    encoderFeedForwardSize = configuration.encoder.feedForwardSize
    decoderFeedForwardSize = configuration.decoder.feedForwardSize
    activation = configuration.encoder.activation.checkpointName
    dropout = configuration.encoder.dropout
    attentionDropout = configuration.encoder.attentionDropout
    activationDropout = configuration.encoder.activationDropout
    scalesEmbeddings = configuration.scalesEmbeddings
    maximumPositions = configuration.maximumPositions
    padToken = Int(configuration.padToken)
    endToken = Int(configuration.endToken)
    startToken = Int(configuration.startToken)
    beginToken = configuration.beginToken.map(Int.init)
    sharesEmbeddings = isMarian ? configuration.sharesEmbeddings : nil
    tiesOutput = true
    isEncoderDecoder = true
    initDeviation = 0.02
    elementType = "float32"
    self.quantization = quantization
  }

  private func check(_ field: String, _ value: Int, in range: ClosedRange<Int>) throws(ConfigurationError) {
    guard range.contains(value) else {
      throw ConfigurationError(
        field, "must be from \(range.lowerBound) to \(range.upperBound), found \(value)")
    }
  }

  private func token(
    _ field: String, _ value: Int?, default fallback: Int, _ size: Int
  ) throws(ConfigurationError) -> Int32 {
    let value = value ?? fallback
    guard (0..<size).contains(value) else {
      throw ConfigurationError(field, "must be a token of the vocabulary of \(size), found \(value)")
    }
    return Int32(value)
  }

  private func probability(_ field: String, _ value: Float) throws(ConfigurationError) -> Float {
    guard (0..<1).contains(value) else { throw ConfigurationError(field, "must be in 0..<1, found \(value)") }
    return value
  }

  private func parsedActivation() throws(ConfigurationError) -> Activation {
    guard let known = Activation.allCases.first(where: { $0.checkpointNames.contains(activation) }) else {
      throw ConfigurationError(
        "activation_function", "'\(activation)' is not one of relu, gelu, gelu_new, silu, tanh")
    }
    return known
  }
}

extension Activation {
  /// What configurations call it.
  var checkpointNames: [String] {
    switch self {
    case .none: ["linear"]
    case .relu: ["relu"]
    case .gelu: ["gelu"]
    case .geluTanh: ["gelu_new", "gelu_pytorch_tanh"]
    case .silu: ["silu", "swish"]
    case .tanh: ["tanh"]
    }
  }

  var checkpointName: String { checkpointNames[0] }
}
