/// How a model is trained: everything that decides the result, beside model and data.
public struct TrainerSettings: Sendable, Hashable {
  /// The constants of Adam.
  public var adam = AdamOptimizer.Settings()
  /// The learning rate of each step.
  public var schedule = LearningRateSchedule.paper(factor: 1, hiddenSize: 512, warmupSteps: 4000)
  /// Label smoothing (section 5.4 of the paper).
  public var labelSmoothing: Float = 0.1
  /// Gradients with a larger norm are scaled down to it; 0 for no clipping.
  public var clipNorm: Double = 0
  /// Batches whose gradients are added up for a step.
  public var accumulatedBatchCount = 1
  /// The decay of a moving average of the weights, which is then validated and saved; 0 for none.
  public var averageDecay: Double = 0
  /// Which parameters are trained.
  public var scope = TrainingScope()
  /// What all randomness follows from.
  public var seed: UInt64 = 1
  /// Steps to take in all.
  public var maximumSteps: Int?
  /// Passes over the data to take in all.
  public var maximumEpochs: Int?
  /// Seconds of training to take in all. A schedule that has an end (linear, cosine) is made to end there, as it is at the
  /// last step of `maximumEpochs`, if that comes first.
  public var timeBudget: Double?
  /// Steps between validations; nil for validations at the end of epochs.
  public var validationInterval: Int?
  /// Epochs between validations, where `validationInterval` is nil.
  public var validationEpochInterval = 1
  /// Steps between checkpoints, besides one at each validation.
  public var checkpointInterval: Int?
  /// Validations without a better result before training stops; nil to go on.
  public var patience: Int?
  /// What "better" means.
  public var validationMetric = ValidationMetric.loss
  /// Steps in a row whose loss or gradient is not finite before training stops.
  public var skippedStepLimit = 10

  /// The paper's settings, without an end.
  public init() {}
}
