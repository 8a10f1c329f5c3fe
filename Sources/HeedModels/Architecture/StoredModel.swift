import Foundation
import HeedLayers

/// A model that a directory holds: parameters that a file of weights names, and a configuration.
public protocol StoredModel: Module {
  /// What config.json calls the model: its `model_type`.
  var modelType: String { get }

  /// Hands each constant that a checkpoint holds beside the parameters to the visitor.
  mutating func visitConstants(_ visitor: inout some ParameterVisitor) throws

  /// Writes configuration and weights; see `ModelDirectory.save`.
  func write(to directory: ModelDirectory, precision: WeightPrecision, from source: ModelDirectory?) throws

  /// The same architecture with the weights of a file, strictly.
  func reading(_ weights: any CheckpointFile) throws(CheckpointError) -> Self

  /// Writes the weights alone; see `ModelDirectory.saveWeights`.
  func writeWeights(to file: URL, precision: WeightPrecision) throws
}

extension StoredModel {
  /// None.
  public mutating func visitConstants(_ visitor: inout some ParameterVisitor) throws {}
}
