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
    if let count = state.plannedStepCount { session.schedule = settings.schedule.ending(at: count) }
  }

  /// The step at which the run will end, as far as settings and speed tell; early stopping can only be sooner.
  public var expectedStepCount: Int? { expectedStepCount(settings) }

  /// The same for other settings.
  func expectedStepCount(_ settings: TrainerSettings) -> Int? {
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
  /// - Throws: What `body` or the task throws.
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

  /// Measures the model as it would be saved now.
  public mutating func validate() throws -> ValidationReport {
    let start = Date.timeIntervalSinceReferenceDate
    let figures = try task.validate(session.snapshot)
    let metric = figures.value(settings.validationMetric)
    let isBest = state.bestMetric.map { settings.validationMetric.isBetter(metric, than: $0) } ?? true
    if isBest {
      state.bestMetric = metric
      state.bestStep = state.step
      state.validationsWithoutProgress = 0
    } else {
      state.validationsWithoutProgress += 1
    }
    state.lastValidationStep = state.step
    let seconds = Date.timeIntervalSinceReferenceDate - start
    state.validationSeconds = seconds
    return ValidationReport(
      step: state.step, epoch: state.position.epoch, loss: figures.loss, scores: figures.scores,
      isBest: isBest, samples: figures.samples, seconds: seconds)
  }

  /// The steps after which the speed is known well enough for a first plan.
  private static var firstPlanningStep: Int { 50 }

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
