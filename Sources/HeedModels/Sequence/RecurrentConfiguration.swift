import Foundation
import HeedTensor

/// A recurrent encoder-decoder: `heed_recurrent` in config.json.
public struct RecurrentConfiguration: SequenceConfiguration {
  /// How the decoder looks at the source.
  public enum Attention: String, Sendable, Hashable, CaseIterable, Codable {
    /// Not at all: it begins with the state that the encoder ended with (Sutskever et al. 2014, Cho et al. 2014).
    case none
    /// By a small network (Bahdanau et al. 2015).
    case additive
    /// By a product with a matrix in between (Luong et al. 2015).
    case multiplicative
  }

  /// What `model_type` says.
  public static let modelType = "heed_recurrent"
  /// The tokens.
  public var vocabulary: SequenceVocabulary
  /// The kind of cell.
  public var cell: RecurrentCell
  /// How the decoder looks at the source.
  public var attention: Attention
  /// The width of embeddings, and of what the logits follow from.
  public var embeddingSize: Int
  /// The width of states; each direction of the encoder has half of it.
  public var hiddenSize: Int
  /// The number of layers of the encoder, and as many of the decoder.
  public var layerCount: Int
  /// On embeddings, between layers, and before the logits.
  public var dropout: Float

  /// A configuration.
  /// - Precondition: The hidden size is even.
  public init(
    _ vocabulary: SequenceVocabulary, cell: RecurrentCell, attention: Attention, embeddingSize: Int,
    hiddenSize: Int, layerCount: Int = 1, dropout: Float = 0.1
  ) {
    precondition(hiddenSize.isMultiple(of: 2), "two directions cannot share a width of \(hiddenSize)")
    self.vocabulary = vocabulary
    self.cell = cell
    self.attention = attention
    self.embeddingSize = embeddingSize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
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
    cell = try fields.choice("cell", RecurrentCell.self)
    attention = try fields.choice("attention", Attention.self)
    embeddingSize = try fields.required("embedding_size", in: 1...65_536)
    hiddenSize = try fields.required("hidden_size", in: 2...65_536)
    guard hiddenSize.isMultiple(of: 2) else {
      throw fields.error(
        "hidden_size", "must be even, for the encoder's directions share it, found \(hiddenSize)")
    }
    layerCount = try fields.required("num_layers", in: ConfigurationFields.layers)
    dropout = try fields.probability("dropout", default: 0)
  }

  /// What config.json says.
  ///
  /// - Throws: What JSON cannot hold: nothing that a file has been read from.
  public func json(_ precision: WeightPrecision) throws -> Data {
    let own: [String: ConfigurationValue] = [
      "cell": .string(cell.rawValue), "attention": .string(attention.rawValue),
      "embedding_size": .int(embeddingSize), "hidden_size": .int(hiddenSize),
      "num_layers": .int(layerCount), "dropout": ConfigurationValue(dropout),
    ]
    return try SequenceFields.write(own, vocabulary, Self.modelType, precision)
  }

  /// The numbers in embeddings and matrices.
  public var weightCount: Int {
    vocabulary.rowCount * embeddingSize + layerCount * 4 * hiddenSize * hiddenSize
      + cell.gateCount * hiddenSize * embeddingSize
  }
}
