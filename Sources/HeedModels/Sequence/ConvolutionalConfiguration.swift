import Foundation

/// A convolutional encoder-decoder (Gehring et al. 2017): `heed_convolutional` in config.json.
public struct ConvolutionalConfiguration: SequenceConfiguration {
  /// What `model_type` says.
  public static let modelType = "heed_convolutional"
  /// The tokens.
  public var vocabulary: SequenceVocabulary
  /// The width of embeddings, of the memory, and of what the logits follow from.
  public var embeddingSize: Int
  /// The width of the layers' states.
  public var hiddenSize: Int
  /// The number of layers of the encoder.
  public var encoderLayerCount: Int
  /// The number of layers of the decoder, each with its attention.
  public var decoderLayerCount: Int
  /// The tokens that a convolution sees.
  public var kernelSize: Int
  /// The positions that have an embedding; those past them share the last.
  public var maximumPositions: Int
  /// On embeddings, on the input of every convolution, and before the logits.
  public var dropout: Float

  /// A configuration.
  public init(
    _ vocabulary: SequenceVocabulary, embeddingSize: Int, hiddenSize: Int, encoderLayerCount: Int,
    decoderLayerCount: Int, kernelSize: Int = 3, maximumPositions: Int = 512, dropout: Float = 0.1
  ) {
    self.vocabulary = vocabulary
    self.embeddingSize = embeddingSize
    self.hiddenSize = hiddenSize
    self.encoderLayerCount = encoderLayerCount
    self.decoderLayerCount = decoderLayerCount
    self.kernelSize = kernelSize
    self.maximumPositions = maximumPositions
    self.dropout = dropout
  }

  /// Reads config.json.
  ///
  /// - Throws: `ConfigurationError` for a field that cannot be used.
  public init(json: Data, file: String) throws(ConfigurationError) {
    self = try SequenceFields.read(json, file, Self.modelType) { (fields) throws(ConfigurationError) in
      try Self(fields)
    }
  }

  init(_ fields: ConfigurationFields) throws(ConfigurationError) {
    vocabulary = try SequenceVocabulary(fields)
    embeddingSize = try fields.required("embedding_size", in: 1...65_536)
    hiddenSize = try fields.required("hidden_size", in: 1...65_536)
    encoderLayerCount = try fields.required("num_encoder_layers", in: ConfigurationFields.layers)
    decoderLayerCount = try fields.required("num_decoder_layers", in: ConfigurationFields.layers)
    kernelSize = try fields.required("kernel_size", in: 1...1024)
    maximumPositions = try fields.required("max_position_embeddings", in: ConfigurationFields.counts)
    dropout = try fields.probability("dropout", default: 0)
  }

  /// What config.json says.
  ///
  /// - Throws: What JSON cannot hold: nothing that a file has been read from.
  public func json(_ precision: WeightPrecision) throws -> Data {
    let own: [String: ConfigurationValue] = [
      "embedding_size": .int(embeddingSize), "hidden_size": .int(hiddenSize),
      "num_encoder_layers": .int(encoderLayerCount), "num_decoder_layers": .int(decoderLayerCount),
      "kernel_size": .int(kernelSize), "max_position_embeddings": .int(maximumPositions),
      "dropout": ConfigurationValue(dropout),
    ]
    return try SequenceFields.write(own, vocabulary, Self.modelType, precision)
  }

  /// The numbers in embeddings and matrices.
  public var weightCount: Int {
    (vocabulary.rowCount + 2 * maximumPositions) * embeddingSize
      + (encoderLayerCount + decoderLayerCount) * 2 * kernelSize * hiddenSize * hiddenSize
  }
}
