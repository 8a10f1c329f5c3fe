import HeedModels

/// What a pipeline tells while it works.
public enum TrainingUpdate: Sendable {
  /// Something worth knowing, in one line.
  case note(String)
  /// Training starts, or goes on, after so many steps.
  case started(afterStep: Int, expectedStepCount: Int?)
  /// A step was taken.
  case step(StepReport, StepPlace)
  /// A step was left out, because its loss or gradient was not finite.
  case skipped(step: Int, inARow: Int)
  /// The model was validated.
  case validated(ValidationReport)
  /// The state was saved.
  case saved(step: Int)
}

/// Where a step stands in its run.
public struct StepPlace: Sendable, Hashable {
  /// The step at which the run will end, if that is known.
  public var expectedStepCount: Int?
  /// Seconds of training and validation so far, over all parts of the run.
  public var elapsed: Double
  /// Seconds that the run may take, if that is limited.
  public var timeBudget: Double?
  /// Seconds of the validations that are still to come, if they take as long as the last one; 0 before the first.
  public var secondsOfValidationsLeft = 0.0
}

/// How a run came out.
public struct TrainingOutcome: Sendable {
  /// Why it ended.
  public var end: TrainingEnd
  /// Steps that were taken.
  public var stepCount: Int
  /// The step of the checkpoint that the run can be resumed from; nil if none was written yet.
  public var checkpointStep: Int?
  /// The run directory, which is the model directory.
  public var directory: String
  /// The result of the model in the directory, by the recipe's metric; nil if none was validated yet.
  public var best: BestModel?

  /// The model that a run ended with.
  public struct BestModel: Sendable, Hashable {
    /// What `value` is.
    public var metric: ValidationMetric
    /// The loss in nats, or BLEU.
    public var value: Double
    /// The step that it was validated at.
    public var step: Int
    /// How many checkpoints it is the average of; 1 for none.
    public var averagedCount: Int
  }
}

/// Someone asked to stop before the first step, when there was nothing to save.
public struct TrainingInterrupted: Error, Sendable, CustomStringConvertible {
  /// One sentence.
  public var description: String { "interrupted before training began; nothing is lost by starting again." }
}

/// A set of pairs of which none is left to work with.
public struct NoUsablePairs: Error, Sendable, CustomStringConvertible {
  /// What the pairs are for.
  public let purpose: String
  /// What the filter left out.
  public let report: FilterReport

  /// One sentence.
  public var description: String {
    "no pair is left to \(purpose) with (\(report.summary)); check data.source and data.target, or "
      + "data.max_length and data.max_ratio."
  }
}
