import HeedLayers
import HeedTensor

extension EncoderDecoder {
  /// The gradients under the names that checkpoints have for their parameters, for comparison with other systems.
  package var storedGradients: [(name: String, gradient: Tensor)] {
    let table = WeightTable.encoderDecoder(configuration)
    return parameters.flatMap { path, parameter -> [(name: String, gradient: Tensor)] in
      guard let gradient = parameter.gradient else { return [] }
      let names = table.storedNames(of: path)
      let piece = Shape([parameter.shape[0] / names.count] + parameter.shape.dimensions.dropFirst())
      return names.enumerated().map { ($1, gradient.view(piece, at: $0 * piece.count)) }
    }
  }
}
