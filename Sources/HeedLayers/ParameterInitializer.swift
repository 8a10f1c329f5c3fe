import HeedTensor

/// Where the first values of parameters come from.
public struct ParameterInitializer: Sendable {
  private var generator: SplitMix64?

  /// Random values from a seed.
  public init(seed: UInt64) {
    generator = SplitMix64(seed: SplitMix64.mix(seed))
  }

  private init() {}

  /// Weights that a checkpoint is about to replace: they have a shape and no values.
  public static let placeholder = ParameterInitializer()

  /// Xavier's uniform initialisation of a weight `[outputs, inputs]`, or of several with `outputs` rows each, stacked.
  public mutating func xavier(_ shape: Shape, outputs: Int? = nil) -> Tensor {
    guard generator != nil else { return Tensor(hollow: shape) }
    return draw { .xavier(shape, outputs: outputs, using: &$0) }
  }

  /// Normally distributed values.
  public mutating func normal(deviation: Float, _ shape: Shape) -> Tensor {
    guard generator != nil else { return Tensor(hollow: shape) }
    return draw { .normal(deviation: deviation, shape, using: &$0) }
  }

  private mutating func draw(_ body: (inout SplitMix64) -> Tensor) -> Tensor {
    var current = generator ?? SplitMix64(seed: 0)
    defer { generator = current }
    return body(&current)
  }
}
