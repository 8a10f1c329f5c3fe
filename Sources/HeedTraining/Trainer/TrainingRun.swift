import Foundation
import HeedLayers
import HeedModels
import HeedTensor

/// Trains a model on a task: steps, validations and checkpoints, until one of the settings says stop.
public struct TrainingRun<Task: TrainingTask>: Sendable {
  /// Where the run is.
  public private(set) var state = TrainingState()
  /// The batches of the first epoch; later ones have about as many.
  public let batchCountOfFirstEpoch: Int
  /// The model and its optimiser.
  public private(set) var session: TrainingSession<Task.Model>
  /// What the model learns.
  public let task: Task
  private let schedule: BatchSchedule
  /// The seconds of some clock; tests have one of their own.
  package var clock: @Sendable () -> Double = { Date.timeIntervalSinceReferenceDate }
  private var settings: TrainerSettings { session.settings }

  /// Prepares a run.
  ///
  /// - Parameters:
  ///   - model: The model with its first values.
  ///   - task: What it learns.
  ///   - tokenBudget: The most tokens of a batch, on its larger side.
  ///   - settings: How to train.
  /// - Throws: `BatchScheduleError` if there is nothing to train on, or an example does not fit a batch.
  public init(_ model: Task.Model, _ task: Task, tokenBudget: Int, _ settings: TrainerSettings) throws {
    session = TrainingSession(model, settings)
    self.task = task
    schedule = try BatchSchedule(task.exampleSizes, tokenBudget: tokenBudget, seed: settings.seed)
    batchCountOfFirstEpoch = schedule.batches(ofEpoch: 0).count
    state.dataFingerprint = task.fingerprint
    session.schedule = learningRates
  }

  /// Continues where the checkpoint of an earlier run of the same recipe was written.
  ///
  /// - Throws: `CheckpointError` or `TrainingStateError` if the file is none, or belongs to other data.
  public mutating func resume(from url: URL) throws {
    let state = try TrainingStateFile(url: url).restore(&session)
    guard state.dataFingerprint == task.fingerprint else {
      throw TrainingStateError(
        file: url.path,
        reason:
          "was trained on other data or with another vocabulary; restore the files that the run was started "
          + "with, or start anew with --overwrite")
    }
    self.state = state
    if (state.plannedTimeBudget, state.plannedMaximumSteps) != (settings.timeBudget, settings.maximumSteps) {
      // Made for other limits, a plan would end the run where these do not.
      (self.state.plannedStepCount, self.state.plannedAfterSeconds) = (nil, nil)
      if isPlanDue { planEnd() }
    }
    session.schedule = learningRates
  }

  /// The step at which the run will end, as far as settings and speed tell; early stopping can only be sooner.
  public var expectedStepCount: Int? { expectedStepCount(settings) }

  /// The same for other settings.
  func expectedStepCount(_ settings: TrainerSettings) -> Int? {
    [settings.maximumSteps, stepsByEpochs(settings), state.plannedStepCount].compactMap { $0 }.min()
  }

  /// About how many steps the epochs come to, if they are limited.
  private func stepsByEpochs(_ settings: TrainerSettings) -> Int? {
    let accumulated = settings.accumulatedBatchCount
    return settings.maximumEpochs.map { epochs in
      // Epochs have about the same number of batches; the last step of all may reach into the next one.
      (Int(min(Double(batchCountOfFirstEpoch) * Double(epochs), 1e15)) + accumulated - 1) / accumulated
    }
  }

  /// The learning rates, which come to their end where the run does, as far as that is known.
  private var learningRates: LearningRateSchedule {
    let sooner = [stepsByEpochs(settings), state.plannedStepCount].compactMap { $0 }.min()
    guard let sooner, sooner < settings.maximumSteps ?? .max else { return settings.schedule }
    return settings.schedule.ending(at: sooner)
  }

  /// Writes all that is needed to go on.
  public func save(to url: URL) throws {
    try TrainingStateFile(url: url).write(session, state)
  }

  /// Trains until the end.
  ///
  /// A run that diverges writes no checkpoint from the first sign of it on, so that the last one may still be of use.
  ///
  /// - Parameters:
  ///   - stop: Raised by whoever wants training to stop after the step at hand, or, while steps are being skipped, behind
  ///     the last of them.
  ///   - body: Told of every event, in order. After a `.validated` that is the best, and at a `.checkpoint`, it is the
  ///     place to save.
  /// - Returns: Why training ended.
  /// - Throws: What `body` or the task throws.
  public mutating func train(
    stop: StopFlag = StopFlag(), _ body: (TrainingEvent, TrainingRun) throws -> Void
  ) throws -> TrainingEnd {
    var cursor = BatchCursor(schedule, from: state.position)
    // A run that ended is continued only if the recipe now allows more.
    if state.end != .interrupted, let end = endBeforeStep() ?? endByPatience() { return end }
    state.end = nil
    let clock = clock
    var lastEnd = clock()
    func lap() -> Double {
      let now = clock()
      defer { lastEnd = now }
      return now - lastEnd
    }
    while true {
      if stop.isRaised, isSound {
        state.end = .interrupted
        try body(.checkpoint(step: state.step), self)
        return .interrupted
      }
      let epoch = state.position.epoch
      let batches = (0..<settings.accumulatedBatchCount).map { _ in
        // Asked for the next batch, the cursor may move on to the epoch after it.
        let epoch = cursor.position.epoch
        return task.batch(cursor.next(), epoch: epoch)
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
        guard report.loss.isFinite else { return .diverged }
        end = end ?? endByPatience()
      }
      if end == nil, isValidation || isPlanDue { planEnd() }
      if isCheckpoint || end != nil || isValidation, isSound {
        state.end = end
        try body(.checkpoint(step: state.step), self)
        _ = lap()
      }
      if let end { return end }
    }
  }

  /// Measures the model as it would be saved now.
  public mutating func validate() throws -> ValidationReport {
    let start = clock()
    let figures = try task.validate(session.snapshot)
    let metric = figures.value(settings.validationMetric)
    let isBetter = state.bestMetric.map { settings.validationMetric.isBetter(metric, than: $0) } ?? true
    // A model that gives no numbers is no model, whatever else was measured.
    let isBest = isBetter && metric.isFinite && figures.loss.isFinite
    if isBest {
      state.bestMetric = metric
      state.bestStep = state.step
      state.validationsWithoutProgress = 0
    } else {
      state.validationsWithoutProgress += 1
    }
    state.lastValidationStep = state.step
    let seconds = clock() - start
    state.validationSeconds = seconds
    return ValidationReport(
      step: state.step, epoch: state.position.epoch, loss: figures.loss, scores: figures.scores,
      isBest: isBest, samples: figures.samples, seconds: seconds)
  }

  /// Whether enough has come to be known of the speed for a first plan, or for a better one than the last.
  private var isPlanDue: Bool {
    guard let budget = settings.timeBudget, state.step >= 2 else { return false }
    if let last = state.plannedAfterSeconds { return state.seconds >= 2 * last }
    return state.step >= 50 || state.seconds >= 0.05 * budget
  }

  /// Makes a schedule that has an end come there when the time budget is used up.
  private mutating func planEnd() {
    guard let budget = settings.timeBudget, settings.schedule.hasEnd, state.step > 0, state.seconds > 0 else {
      return
    }
    let stepsLeft = max(0, budget - state.seconds) * Double(state.step) / state.seconds
    guard stepsLeft < 1e9 else { return }
    let count = min(state.step + max(1, Int(stepsLeft)), settings.maximumSteps ?? .max)
    state.plannedStepCount = count
    state.plannedAfterSeconds = state.seconds
    state.plannedTimeBudget = budget
    state.plannedMaximumSteps = settings.maximumSteps
    session.schedule = learningRates
  }

  /// Whether there is sense in going on from here: a step was taken, and has left numbers.
  private var isSound: Bool { state.skippedInARow == 0 && session.arena.values.euclideanNorm.isFinite }

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
