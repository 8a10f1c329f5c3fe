import Foundation
import HeedLayers
import HeedModels
import HeedTensor

/// Trains a model on pairs of sentences: steps, validations and checkpoints, until one of the settings says stop.
public struct TrainingRun: Sendable {
  /// Translates the validation set with a model and scores it.
  public typealias Translating = @Sendable (EncoderDecoder) throws -> ValidationTranslations

  /// Where the run is.
  public private(set) var state = TrainingState()
  /// The batches of the first epoch; later ones have about as many.
  public let batchCountOfFirstEpoch: Int
  /// The model and its optimiser.
  public private(set) var session: TrainingSession
  private let training: PairStore
  private let validation: PairStore
  private let schedule: BatchSchedule
  private let validationTokenBudget: Int
  private let translating: Translating?
  private var settings: TrainerSettings { session.settings }
  private var startToken: Int32 { session.model.configuration.startToken }
  private var endToken: Int32 { session.model.configuration.endToken }

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - model: The model with its first values.
  ///   - training: The pairs to learn from.
  ///   - validation: The pairs to validate on.
  ///   - tokenBudget: The most source or target tokens of a batch, whichever is more.
  ///   - validationTokenBudget: The same for batches of the validation set; nil for the training's.
  ///   - settings: How to train.
  ///   - translating: Translates and scores the validation set; without it validation computes the loss alone.
  /// - Throws: `BatchScheduleError` if there is nothing to train on, or a pair does not fit a batch.
  public init(
    _ model: EncoderDecoder, training: PairStore, validation: PairStore, tokenBudget: Int,
    validationTokenBudget: Int? = nil, _ settings: TrainerSettings, translating: Translating? = nil
  ) throws {
    session = TrainingSession(model, settings)
    self.training = training
    self.validation = validation
    self.validationTokenBudget = validationTokenBudget ?? tokenBudget
    self.translating = translating
    schedule = try BatchSchedule(training, tokenBudget: tokenBudget, seed: settings.seed)
    batchCountOfFirstEpoch = schedule.batches(ofEpoch: 0).count
    state.dataFingerprint = training.fingerprint
  }

  /// Continues where the checkpoint of an earlier run of the same recipe was written.
  ///
  /// - Throws: `CheckpointError` or `TrainingStateError` if the file is none, or belongs to other data.
  public mutating func resume(from url: URL) throws {
    let state = try TrainingStateFile(url: url).restore(&session)
    guard state.dataFingerprint == training.fingerprint else {
      throw TrainingStateError(
        file: url.path,
        reason:
          "was trained on other data or with another vocabulary; restore the files that the run was started "
          + "with, or start anew with --overwrite")
    }
    self.state = state
    if let count = state.plannedStepCount { session.schedule = settings.schedule.ending(at: count) }
  }

  /// The step at which the run will end, as far as settings and speed tell; early stopping can only be sooner.
  public var expectedStepCount: Int? {
    let accumulated = settings.accumulatedBatchCount
    let byEpochs = settings.maximumEpochs.map { epochs in
      // Epochs have about the same number of batches; the last step of all may reach into the next one.
      (Int(min(Double(batchCountOfFirstEpoch) * Double(epochs), 1e15)) + accumulated - 1) / accumulated
    }
    return [settings.maximumSteps, byEpochs, state.plannedStepCount].compactMap { $0 }.min()
  }

  /// Writes all that is needed to go on.
  public func save(to url: URL) throws {
    try TrainingStateFile(url: url).write(session, state)
  }

  /// Trains until the end.
  ///
  /// - Parameters:
  ///   - stop: Raised by whoever wants training to stop after the step at hand.
  ///   - body: Told of every event, in order. After a `.validated` that is the best, and at a `.checkpoint`, it is the
  ///     place to save.
  /// - Returns: Why training ended.
  /// - Throws: What `body` or translating throws.
  public mutating func train(
    stop: StopFlag = StopFlag(), _ body: (TrainingEvent, TrainingRun) throws -> Void
  ) throws -> TrainingEnd {
    var cursor = BatchCursor(schedule, from: state.position)
    // A run that ended is continued only if the recipe now allows more.
    if state.end != .interrupted, let end = endBeforeStep() ?? endByPatience() { return end }
    state.end = nil
    var lastEnd = Date.timeIntervalSinceReferenceDate
    func lap() -> Double {
      let now = Date.timeIntervalSinceReferenceDate
      defer { lastEnd = now }
      return now - lastEnd
    }
    while true {
      if stop.isRaised {
        state.end = .interrupted
        try body(.checkpoint(step: state.step), self)
        return .interrupted
      }
      let epoch = state.position.epoch
      let batches = (0..<settings.accumulatedBatchCount).map { _ in
        RaggedBatch(training, cursor.next(), startToken: startToken, endToken: endToken)
      }
      state.position = cursor.position
      var (report, isFinite) = session.take(batches)
      state.step = session.step
      state.skippedInARow = session.skippedInARow
      state.optimizerStepCount = session.optimizer.stepCount
      report.epoch = epoch
      report.seconds = lap()
      state.seconds += report.seconds
      if isFinite {
        try body(.step(report), self)
      } else {
        try body(.skipped(step: state.step, inARow: state.skippedInARow), self)
        if state.skippedInARow >= settings.skippedStepLimit { return .diverged }
      }
      let endsEpoch = state.position.epoch != epoch
      var end = endBeforeStep()
      let isCheckpoint = settings.checkpointInterval.map { state.step.isMultiple(of: $0) } ?? false
      let isDue =
        settings.validationInterval.map { state.step.isMultiple(of: $0) }
        ?? (endsEpoch && state.position.epoch.isMultiple(of: settings.validationEpochInterval))
      let isValidation = isDue || end != nil
      if isValidation {
        let report = try validate()
        state.seconds += lap()
        try body(.validated(report), self)
        end = end ?? endByPatience()
      }
      if end == nil, isValidation || state.step == Self.firstPlanningStep { planEnd() }
      if isCheckpoint || end != nil || isValidation {
        state.end = end
        try body(.checkpoint(step: state.step), self)
        _ = lap()
      }
      if let end { return end }
    }
  }

  /// The validation loss, and BLEU where translating is asked for.
  public mutating func validate() throws -> ValidationReport {
    let start = Date.timeIntervalSinceReferenceDate
    let model = session.snapshot
    let loss = Self.loss(of: model, on: validation, tokenBudget: validationTokenBudget)
    let translated = try translating?(model.preparedForInference)
    let metric: Double =
      switch settings.validationMetric {
      case .loss: loss
      case .bleu: translated?.bleu ?? 0
      }
    let isBest = state.bestMetric.map { settings.validationMetric.isBetter(metric, than: $0) } ?? true
    if isBest {
      state.bestMetric = metric
      state.bestStep = state.step
      state.validationsWithoutProgress = 0
    } else {
      state.validationsWithoutProgress += 1
    }
    state.lastValidationStep = state.step
    return ValidationReport(
      step: state.step, epoch: state.position.epoch, loss: loss, bleu: translated?.bleu,
      exactMatch: translated?.exactMatch, isBest: isBest,
      samples: translated?.samples ?? [], seconds: Date.timeIntervalSinceReferenceDate - start)
  }

  /// −log p for each target token of `pairs`, in nats, without smoothing.
  public static func loss(of model: EncoderDecoder, on pairs: PairStore, tokenBudget: Int) -> Double {
    let model = model.detached
    let configuration = model.configuration
    var (sum, count) = (0.0, 0)
    var next = 0
    while next < pairs.count {
      var indices = [next]
      var tokens = max(pairs.sourceLength(next), pairs.targetLength(next))
      next += 1
      while next < pairs.count {
        tokens += max(pairs.sourceLength(next), pairs.targetLength(next))
        if tokens > tokenBudget { break }
        indices.append(next)
        next += 1
      }
      let batch = RaggedBatch(
        pairs, indices, startToken: configuration.startToken, endToken: configuration.endToken)
      var context = ForwardContext.inference
      let result = model.loss(
        sources: batch.sources, targets: batch.targets, labels: batch.labels, smoothing: 0, scale: 1, &context
      )
      sum += result.negativeLogLikelihoodSum
      count += result.labelCount
    }
    return sum / Double(max(1, count))
  }

  /// The steps after which the speed is known well enough for a first plan.
  private static let firstPlanningStep = 50

  /// Makes a schedule that has an end come there when the time budget is used up.
  private mutating func planEnd() {
    guard let budget = settings.timeBudget, settings.schedule.hasEnd, state.step > 0, state.seconds > 0 else {
      return
    }
    let stepsLeft = max(0, budget - state.seconds) * Double(state.step) / state.seconds
    guard stepsLeft < 1e9 else { return }
    let count = min(state.step + max(1, Int(stepsLeft)), settings.maximumSteps ?? .max)
    state.plannedStepCount = count
    session.schedule = settings.schedule.ending(at: count)
  }

  private func endByPatience() -> TrainingEnd? {
    guard let patience = settings.patience, state.validationsWithoutProgress >= patience else { return nil }
    return .stoppedEarly
  }

  private func endBeforeStep() -> TrainingEnd? {
    if let limit = settings.maximumSteps, state.step >= limit { return .finished }
    if let limit = state.plannedStepCount, state.step >= limit { return .finished }
    if let limit = settings.maximumEpochs, state.position.epoch >= limit { return .finished }
    if let limit = settings.timeBudget, state.seconds >= limit { return .outOfTime }
    return nil
  }
}
