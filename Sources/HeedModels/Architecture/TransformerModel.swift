import Foundation
import HeedLayers
import HeedTensor

/// What the three shapes of Transformer have in common: a configuration, and parameters that a checkpoint holds.
public protocol TransformerModel: StoredModel {
  /// The choices that make this Transformer.
  var configuration: TransformerConfiguration { get }
  /// A Transformer with first values from the initializer.
  init(_ configuration: TransformerConfiguration, _ initializer: inout ParameterInitializer)
}

extension TransformerModel {
  /// The family, as config.json names it.
  public var modelType: String { configuration.family.rawValue }

  /// Writes configuration and weights in the form of the family.
  public func write(
    to directory: ModelDirectory, precision: WeightPrecision = .float32, from source: ModelDirectory? = nil
  ) throws {
    try directory.save(self, precision: precision, from: source)
  }

  /// The same architecture with the weights of a file.
  public func reading(_ weights: any CheckpointFile) throws(CheckpointError) -> Self {
    try ModelReader.model(configuration, weights)
  }

  /// Writes the weights alone.
  public func writeWeights(to file: URL, precision: WeightPrecision = .float32) throws {
    let table = configuration.family.table.weights(of: configuration)
    let writer = WeightWriter(table: table, precision: precision)
    try SafetensorsWriter.write(writer.tensors(of: self), metadata: ["format": "pt"], to: file)
  }
}

/// A model of whichever shape a directory holds.
public enum AnyModel: Sendable {
  /// Reads a sequence and writes another.
  case encoderDecoder(EncoderDecoder)
  /// Reads a sequence.
  case encoder(TextEncoder)
  /// Continues a sequence.
  case decoder(LanguageModel)

  /// The choices that make this Transformer.
  public var configuration: TransformerConfiguration {
    switch self {
    case .encoderDecoder(let model): model.configuration
    case .encoder(let model): model.configuration
    case .decoder(let model): model.configuration
    }
  }

  /// The number of trainable numbers.
  public var parameterCount: Int {
    switch self {
    case .encoderDecoder(let model): model.parameterCount
    case .encoder(let model): model.parameterCount
    case .decoder(let model): model.parameterCount
    }
  }
}
