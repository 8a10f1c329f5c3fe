import HeedLayers
import HeedTensor

/// What the three shapes of Transformer have in common: a configuration, and parameters that a checkpoint holds.
public protocol TransformerModel: Module {
  /// The choices that make this Transformer.
  var configuration: TransformerConfiguration { get }
  /// A Transformer with first values from the initializer.
  init(_ configuration: TransformerConfiguration, _ initializer: inout ParameterInitializer)
  /// Hands each constant that a checkpoint holds beside the parameters to the visitor.
  mutating func visitConstants(_ visitor: inout some ParameterVisitor) throws
}

extension TransformerModel {
  /// None.
  public mutating func visitConstants(_ visitor: inout some ParameterVisitor) throws {}
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
