import HeedLayers
import HeedTensor

extension TransformerModel {
  /// The gradients under the names that checkpoints have for their parameters, for comparison with other systems.
  package var storedGradients: [(name: String, gradient: Tensor)] {
    let writer = WeightWriter(
      table: configuration.family.table.weights(of: configuration), precision: .float32)
    return parameters.flatMap { path, parameter -> [(name: String, gradient: Tensor)] in
      guard let gradient = parameter.gradient else { return [] }
      return writer.pieces(of: path, gradient).map { ($0.name, $0.values()) }
    }
  }
}
