import Synchronization

/// What a step did.
public struct StepReport: Sendable, Hashable, Codable {
  /// The number of the step, from 1.
  public var step: Int
  /// The pass over the data, from 0.
  public var epoch: Int
  /// The label-smoothed loss for each label, in nats.
  public var loss: Double
  /// −log p of the labels for each of them, in nats.
  public var negativeLogLikelihood: Double
  /// The learning rate.
  public var learningRate: Double
  /// The norm of the gradient before clipping.
  public var gradientNorm: Double
  /// Labels of the step's batches: target tokens with ends of sentence, masked words, texts with a label.
  public var labelCount: Int
  /// Tokens of the step's batches that its speed is counted in.
  public var tokenCount: Int
  /// Seconds that the step took.
  public var seconds: Double
}

/// What a validation found.
public struct ValidationReport: Sendable, Hashable, Codable {
  /// The step after which it was made.
  public var step: Int
  /// The pass over the data.
  public var epoch: Int
  /// −log p for each label, in nats, without smoothing.
  public var loss: Double
  /// What else was measured.
  public var scores: [ValidationMetric: Double]
  /// Whether it is the best so far.
  public var isBest: Bool
  /// What the model makes of some of the examples.
  public var samples: [Sample]
  /// Seconds that the validation took.
  public var seconds: Double

  /// An output with what it should have been.
  public typealias Sample = MetricsRecord.Sample
}

/// What happens while a model is trained.
public enum TrainingEvent: Sendable {
  /// A step was taken.
  case step(StepReport)
  /// A step was left out, because its loss or gradient was not finite.
  case skipped(step: Int, inARow: Int)
  /// The model was validated.
  case validated(ValidationReport)
  /// A checkpoint was written.
  case checkpoint(step: Int)
}

/// Why training ended.
public enum TrainingEnd: String, Sendable, Hashable, Codable {
  /// All steps or epochs were taken.
  case finished
  /// Validation did not get better for as long as patience lasts.
  case stoppedEarly
  /// The time was used up.
  case outOfTime
  /// Someone asked to stop; the run can be resumed.
  case interrupted
  /// Too many steps in a row, or the loss of a validation, were not finite.
  case diverged
}

/// Asks a running training to stop after the step at hand. May be raised from a signal handler's thread.
public final class StopFlag: Sendable {
  private let raised = Atomic<Bool>(false)

  /// A flag that is down.
  public init() {}

  /// Whether stopping was asked for.
  public var isRaised: Bool { raised.load(ordering: .relaxed) }

  /// Asks to stop.
  public func raise() { raised.store(true, ordering: .relaxed) }
}
