/// What a model is loaded for.
public enum ModelUse: Sendable, Hashable {
  /// To be changed, written or looked into: all numbers as float32, whatever the file holds.
  case training
  /// To be computed with: weights lie packed for the matrix multiply alone. In the form of the file, as far as there are
  /// kernels for it, or in another one.
  case inference(InferencePrecision? = nil)
}

/// How a model for inference holds its weights; what is not a weight of a product is float32 always.
public enum InferencePrecision: String, Sendable, CaseIterable {
  /// Four bytes a number.
  case float32
  /// One byte a number, with a scale for each row; activations are rounded to 16 bits.
  case int8
}
