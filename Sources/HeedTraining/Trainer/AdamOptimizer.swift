import HeedLayers
import HeedTensor

/// Adam over an arena of parameters: one pass over four blocks.
public struct AdamOptimizer: Sendable {
  /// The constants of Adam.
  public struct Settings: Sendable, Hashable {
    /// Decay of the moving average of gradients.
    public var beta1: Double
    /// Decay of the moving average of squared gradients.
    public var beta2: Double
    /// Added to the denominator.
    public var epsilon: Float
    /// Decoupled weight decay, of matrices only (not of biases and norms); 0 for plain Adam.
    public var weightDecay: Float

    /// The paper's constants (section 5.3), without weight decay.
    public init(beta1: Double = 0.9, beta2: Double = 0.98, epsilon: Float = 1e-9, weightDecay: Float = 0) {
      self.beta1 = beta1
      self.beta2 = beta2
      self.epsilon = epsilon
      self.weightDecay = weightDecay
    }
  }

  /// The constants.
  public let settings: Settings
  /// How many steps have been taken.
  public internal(set) var stepCount = 0
  let first: Tensor
  let second: Tensor

  /// An optimiser that has taken no step.
  public init(_ settings: Settings, for arena: ParameterArena) {
    self.settings = settings
    first = Tensor(zeros: arena.values.shape)
    second = Tensor(zeros: arena.values.shape)
  }

  /// Updates the values by their gradients times `gradientScale`.
  ///
  /// - Parameters:
  ///   - arena: The parameters.
  ///   - learningRate: The rate of the step.
  ///   - gradientScale: What gradients are multiplied by.
  ///   - rateFactors: What the rate of each of the arena's entries is multiplied by; nil for 1.
  public mutating func step(
    _ arena: ParameterArena, learningRate: Double, gradientScale: Double = 1, rateFactors: [Double]? = nil
  ) {
    stepCount += 1
    var step = AdamStep(
      learningRate: Float(learningRate), beta1: settings.beta1, beta2: settings.beta2,
      epsilon: settings.epsilon,
      weightDecay: 0, gradientScale: Float(gradientScale), step: stepCount)
    guard settings.weightDecay > 0 || rateFactors != nil else {
      arena.values.adamStep(arena.gradients, first: first, second: second, step, 0..<arena.values.count)
      return
    }
    for (index, entry) in arena.entries.enumerated() {
      if let rateFactors { step.learningRate = Float(learningRate * rateFactors[index]) }
      step.weightDecay = entry.shape.rank > 1 ? settings.weightDecay : 0
      let range = entry.offset..<entry.offset + entry.shape.count
      arena.values.adamStep(arena.gradients, first: first, second: second, step, range)
    }
  }
}
