#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How the learning rate goes up and down over the steps of a run.
///
/// Steps are counted from 1. A warm-up of w steps reaches the peak at step w; with 0 there is none. Rates depend
/// on the step alone and are computed in double precision, so that a resumed run has the same ones.
public enum LearningRateSchedule: Sendable, Hashable {
  /// The paper's: factor · hiddenSize^-0.5 · min(step^-0.5, step · warmup^-1.5).
  ///
  /// Source: Vaswani et al., "Attention Is All You Need" (2017), section 5.3, equation 3, whose factor is 1.
  case paper(factor: Double, hiddenSize: Int, warmupSteps: Int)
  /// A straight line from `initial` to `peak`, then peak · (warmup / step)^0.5.
  ///
  /// Source: fairseq's `inverse_sqrt` schedule, as its documentation describes it. Without warm-up it is
  /// peak · step^-0.5.
  case inverseSquareRoot(peak: Double, warmupSteps: Int, initial: Double)
  /// A straight line from `initial` to `peak`, then half a cosine wave down to `floor` at `totalSteps`.
  ///
  /// Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts" (2017),
  /// equation 5, without restarts.
  case cosine(peak: Double, warmupSteps: Int, initial: Double, totalSteps: Int, floor: Double)
  /// A straight line from `initial` to `peak`, then one down to `floor` at `totalSteps`.
  ///
  /// Source: Devlin et al., "BERT" (2019), appendix A.2 (warm-up, then linear decay to 0).
  case linear(peak: Double, warmupSteps: Int, initial: Double, totalSteps: Int, floor: Double)
  /// A straight line from `initial` to `rate`, which then stays.
  case constant(rate: Double, warmupSteps: Int, initial: Double)

  /// Whether the schedule comes down to an end (linear, cosine) instead of going on for ever.
  public var hasEnd: Bool {
    switch self {
    case .cosine, .linear: true
    case .paper, .inverseSquareRoot, .constant: false
    }
  }

  /// The same schedule with its end at `totalSteps`, and its warm-up over by half of that; those without an end stay
  /// as they are.
  public func ending(at totalSteps: Int) -> LearningRateSchedule {
    switch self {
    case .cosine(let peak, let warmupSteps, let initial, _, let floor):
      .cosine(
        peak: peak, warmupSteps: min(warmupSteps, totalSteps / 2), initial: initial, totalSteps: totalSteps,
        floor: floor)
    case .linear(let peak, let warmupSteps, let initial, _, let floor):
      .linear(
        peak: peak, warmupSteps: min(warmupSteps, totalSteps / 2), initial: initial, totalSteps: totalSteps,
        floor: floor)
    case .paper, .inverseSquareRoot, .constant: self
    }
  }

  /// The learning rate of a step.
  ///
  /// - Parameter step: The step, from 1.
  /// - Returns: The factor of the optimiser's step.
  /// - Precondition: `step` is positive.
  public func rate(atStep step: Int) -> Double {
    precondition(step >= 1, "LearningRateSchedule: steps are counted from 1")
    let now = Double(step)
    switch self {
    case .paper(let factor, let hiddenSize, let warmupSteps):
      let warmup = Double(max(warmupSteps, 1))
      return factor / Double(hiddenSize).squareRoot()
        * min(1 / now.squareRoot(), now / (warmup * warmup.squareRoot()))
    case .inverseSquareRoot(let peak, let warmupSteps, let initial):
      if let rate = Self.warmupRate(step, warmupSteps, from: initial, to: peak) { return rate }
      return peak * (Double(max(warmupSteps, 1)) / now).squareRoot()
    case .cosine(let peak, let warmupSteps, let initial, let totalSteps, let floor):
      if let rate = Self.warmupRate(step, warmupSteps, from: initial, to: peak) { return rate }
      let progress = Self.progress(step, from: warmupSteps, to: totalSteps)
      if progress >= 1 { return floor }
      return floor + (peak - floor) * 0.5 * (1 + cos(Double.pi * progress))
    case .linear(let peak, let warmupSteps, let initial, let totalSteps, let floor):
      if let rate = Self.warmupRate(step, warmupSteps, from: initial, to: peak) { return rate }
      let progress = Self.progress(step, from: warmupSteps, to: totalSteps)
      return progress >= 1 ? floor : peak + (floor - peak) * progress
    case .constant(let rate, let warmupSteps, let initial):
      return Self.warmupRate(step, warmupSteps, from: initial, to: rate) ?? rate
    }
  }

  /// The rate during the warm-up, or nil when it is over.
  private static func warmupRate(
    _ step: Int, _ warmupSteps: Int, from initial: Double, to peak: Double
  ) -> Double? {
    guard step < warmupSteps else { return nil }
    return initial + (peak - initial) * (Double(step) / Double(warmupSteps))
  }

  /// How far the decay has come, from 0 at the end of the warm-up to 1 at the last step.
  private static func progress(_ step: Int, from warmupSteps: Int, to totalSteps: Int) -> Double {
    let length = Double(totalSteps) - Double(warmupSteps)
    guard length > 0 else { return 1 }
    return min(max((Double(step) - Double(warmupSteps)) / length, 0), 1)
  }
}
