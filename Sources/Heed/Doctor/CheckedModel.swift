import HeedGeneration
import HeedLayers
import HeedModels
import HeedTensor

/// A model of any architecture whose outputs are compared with a reference.
package enum CheckedModel: Sendable {
  /// A Transformer of any shape.
  case transformer(AnyModel)
  /// A recurrent or convolutional model.
  case sequence(TranslationModel)

  /// Vocabularies, special tokens and limits.
  package var interface: SequenceInterface {
    switch self {
    case .transformer(let model): SequenceInterface(model.configuration)
    case .sequence(let model): model.interface
    }
  }

  /// How many segments a text may have.
  var segmentCount: Int {
    switch self {
    case .transformer(let model): model.configuration.segmentCount
    case .sequence: 1
    }
  }

  /// What reads a sequence and writes another, if the model does.
  package var translationModel: TranslationModel? {
    switch self {
    case .transformer(.encoderDecoder(let model)): .transformer(model)
    case .transformer: nil
    case .sequence(let model): model
    }
  }

  /// The number of trainable numbers.
  package var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// The forms in which the weights of products lie in memory; none if they are floats that training could change.
  package var weightForms: Set<PackedMatrix.Form> { Set(parameters.compactMap { $0.packed?.form }) }

  private var parameters: [Tensor] {
    switch self {
    case .transformer(.encoderDecoder(let model)), .sequence(.transformer(let model)):
      model.parameters.map(\.value)
    case .transformer(.encoder(let model)): model.parameters.map(\.value)
    case .transformer(.decoder(let model)): model.parameters.map(\.value)
    case .sequence(.recurrent(let model)): model.parameters.map(\.value)
    case .sequence(.convolutional(let model)): model.parameters.map(\.value)
    }
  }
}
