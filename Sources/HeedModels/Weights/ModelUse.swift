/// What a model is loaded for.
public enum ModelUse: Sendable, Hashable {
  /// To be changed, written or looked into: all numbers as float32, whatever the file holds.
  case training
  /// To be computed with: weights lie packed for the matrix multiply alone. In the form of the file, as far as there are
  /// kernels for it, or in another one.
  case inference(WeightPrecision? = nil)
}
