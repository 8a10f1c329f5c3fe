import Foundation
import HeedLayers
import HeedModels
import HeedTensor

/// From a recipe to a trained model in its run directory: vocabulary, encoded text, model, training, the best of it.
///
///     let pipeline = try TrainingPipeline(Recipe(contentsOf: "recipe.yaml"))
///     let outcome = try pipeline.run(in: "runs/first", mode: .create)
public struct TrainingPipeline: Sendable {
  /// The resolved recipe.
  public let recipe: Recipe
  /// The pairs that are trained and validated on; nil for tasks without pairs.
  public let text: TrainingText?

  /// A pipeline for a recipe, which is checked.
  ///
  /// - Parameters:
  ///   - recipe: The recipe, resolved or not.
  ///   - text: The pairs, if they are not those of the files that the recipe names; only for tasks that have pairs.
  /// - Throws: `RecipeError` for values that cannot be used.
  public init(_ recipe: Recipe, text: TrainingText? = nil) throws(RecipeError) {
    let resolved = try recipe.resolved()
    self.recipe = resolved
    precondition(
      text == nil || resolved.task.hasPairs, "TrainingPipeline: \(resolved.task.rawValue) has no pairs")
    if let text {
      self.text = text
    } else {
      self.text = resolved.task.hasPairs ? try TrainingText(resolved) : nil
    }
  }

  /// Prepares everything, takes a few steps that are thrown away, and validates once: what a run would find, how much memory
  /// it takes, and how long.
  ///
  /// - Parameters:
  ///   - path: The directory that the run would have, to be checked as well; nil for none. It stays as it is.
  ///   - mode: Whether the run would begin, begin again, or go on.
  ///   - stop: Raised by whoever wants to stop.
  /// - Returns: What was found, a line each.
  /// - Throws: What `run` would throw for directory, text or model.
  public func check(
    in path: String? = nil, mode: RunDirectory.Mode = .create, stop: StopFlag = StopFlag()
  ) throws -> [String] {
    try recipe.data.checkCanBeReadAgain()
    if let path {
      try RunDirectory.check(path, mode)
      if mode == .resume { try recipe.checkContinues(Recipe(contentsOf: "\(path)/recipe.yaml").resolved()) }
    }
    return try check(setup, path.map { ModelDirectory(URL(fileURLWithPath: $0)) }, mode, stop)
  }

  private func check(
    _ setup: some TaskSetup, _ directory: ModelDirectory?, _ mode: RunDirectory.Mode, _ stop: StopFlag
  ) throws -> [String] {
    let notes = Notes()
    let prepared = try setup.prepare(
      resuming: mode == .resume ? directory : nil, SetupProgress(stop) { notes.add($0) })
    try recipe.checkScope(of: prepared.model)
    if mode != .resume, let directory { try check(directory, isNotThatOf: prepared) }
    _ = try BatchSchedule(
      prepared.task.exampleSizes, tokenBudget: recipe.training.batchTokens, seed: recipe.training.seed)
    // Values, gradients and both of Adam's moments; with adapters and frozen parts less.
    let megabytes = (prepared.model.parameterCount * 16 + 999_999) / 1_000_000
    let forecast = try forecast(prepared, stop)
    return notes.lines + [
      prepared.modelNote,
      "memory: at most \(megabytes) MB for the model and its optimiser, and what a batch takes",
    ] + (forecast.map { [$0.line] } ?? [])
  }

  /// Takes the first steps of a run and validates what they made; nothing of it is kept.
  private func forecast(_ prepared: PreparedTask<some TrainingTask>, _ stop: StopFlag) throws
    -> TrainingForecast?
  {
    let settings = recipe.trainerSettings
    var endless = settings
    // Where the run would end is told by its own settings; these steps shall neither end nor be validated.
    (endless.maximumSteps, endless.maximumEpochs, endless.timeBudget) = (nil, nil, nil)
    (endless.validationInterval, endless.checkpointInterval) = (.max, nil)
    var run = try TrainingRun(
      prepared.model, prepared.task, tokenBudget: recipe.training.batchTokens, endless)
    var seconds: [Double] = []
    let enough = StopFlag()
    _ = try run.train(stop: enough) { event, _ in
      if case .step(let report) = event { seconds.append(report.seconds) }
      if case .skipped = event { enough.raise() }
      if stop.isRaised || seconds.count >= Self.dryStepCount || seconds.reduce(0, +) > Self.dryStepSeconds {
        enough.raise()
      }
    }
    if stop.isRaised { throw TrainingInterrupted() }
    var meter = ForecastMeter()
    for step in seconds { _ = meter.add(step) }
    guard let measured = meter.measured else { return nil }
    _ = try run.validate()
    return run.forecast(
      measured, parameterCount: prepared.model.parameterCount, after: (0, 0),
      validationsBehindEnd: validationsBehindEnd, settings)
  }

  /// The average of checkpoints is validated when training has ended.
  private var validationsBehindEnd: Int { recipe.training.averageLastCount > 1 ? 1 : 0 }

  /// The most steps that are thrown away, and the seconds after which there are no more of them.
  private static var dryStepCount: Int { 5 }
  private static var dryStepSeconds: Double { 20 }

  /// Trains until the end, or until someone asks to stop.
  ///
  /// The directory can be resumed whenever the process ends, however it ends; the run then goes on as if it had not.
  ///
  /// - Parameters:
  ///   - path: The run directory, which becomes the model directory.
  ///   - mode: Whether to begin, to begin again, or to go on.
  ///   - stop: Raised by whoever wants training to stop after the step at hand.
  ///   - observe: Told what happens, in order.
  /// - Returns: How the run came out.
  /// - Throws: `RunDirectoryError`, `CorpusError`, `RecipeError`, `NoUsablePairs` and what else files give cause for;
  ///   `TrainingInterrupted` if there was nothing to save yet.
  public func run(
    in path: String, mode: RunDirectory.Mode, stop: StopFlag = StopFlag(),
    _ observe: (TrainingUpdate) -> Void = { _ in }
  ) throws -> TrainingOutcome {
    try recipe.data.checkCanBeReadAgain()
    try RunDirectory.check(path, mode)
    return try run(setup, in: path, mode: mode, stop: stop, observe)
  }

  private func run(
    _ setup: some TaskSetup, in path: String, mode: RunDirectory.Mode, stop: StopFlag,
    _ observe: (TrainingUpdate) -> Void
  ) throws -> TrainingOutcome {
    let (directory, prepared) = try withoutActuallyEscaping(observe) { observe in
      try open(setup, path, mode, SetupProgress(stop, observe))
    }
    var run = try TrainingRun(
      prepared.model, prepared.task, tokenBudget: recipe.training.batchTokens, recipe.trainerSettings)

    observe(.note(prepared.modelNote))
    let trainedCount = run.session.arena.entries.reduce(0) { $0 + $1.shape.count }
    if trainedCount != prepared.model.parameterCount { observe(.note("trained: \(trainedCount) parameters")) }

    let stateURL = RunRecorder.stateURL(directory)
    let isResumed = mode == .resume && FileManager.default.fileExists(atPath: stateURL.path)
    if isResumed { try run.resume(from: stateURL) }
    let recorder = try RunRecorder(
      directory, recipe, origin: prepared.origin, after: isResumed ? run.state : nil)
    let facts = prepared.facts.merging([
      "parameters": String(prepared.model.parameterCount), "threads": String(ThreadPool.shared.threadCount),
    ]) { $1 }
    try recorder.start(step: run.state.step, facts: facts)
    observe(.started(afterStep: run.state.step, expectedStepCount: run.expectedStepCount))

    var checkpointStep = isResumed ? run.state.step : nil
    let budget = recipe.training.timeBudget?.seconds
    var meter = ForecastMeter()
    var lastForecast: TrainingForecast?
    func tell(
      _ measured: (secondsPerStep: Double, count: Int), _ run: TrainingRun<some TrainingTask>
    ) throws {
      let forecast = run.forecast(
        measured, parameterCount: prepared.model.parameterCount, validationsBehindEnd: validationsBehindEnd)
      try recorder.note(forecast, step: run.state.step)
      observe(.note(forecast.line))
      lastForecast = forecast
    }
    let end = try run.train(stop: stop) { event, run in
      switch event {
      case .step(let report):
        try recorder.step(report, elapsed: run.state.seconds)
        let place = StepPlace(
          expectedStepCount: run.expectedStepCount, elapsed: run.state.seconds, timeBudget: budget,
          secondsOfValidationsLeft: run.secondsOfValidationsLeft(behindEnd: validationsBehindEnd))
        observe(.step(report, place))
        if let measured = meter.add(report.seconds) { try tell(measured, run) }
      case .skipped(let step, let inARow):
        try recorder.note("step \(step) was skipped: its loss or gradient was not finite", step: step)
        observe(.skipped(step: step, inARow: inARow))
      case .validated(let report):
        try recorder.validated(report, run)
        observe(.validated(report))
        // What was told before the first validation left validations out.
        let isEnd = run.expectedStepCount.map { report.step >= $0 } ?? false
        if let forecast = lastForecast, forecast.secondsPerValidation == nil, !isEnd,
          let measured = meter.measured
        {
          try tell(measured, run)
        }
      case .checkpoint(let step):
        try recorder.checkpoint(run)
        checkpointStep = step
        observe(.saved(step: step))
      }
    }
    var outcome = TrainingOutcome(
      end: end, stepCount: run.state.step, checkpointStep: checkpointStep, directory: directory.path)
    if let value = run.state.bestMetric, let step = run.state.bestStep {
      outcome.best = .init(
        metric: run.session.settings.validationMetric, value: value, step: step, averagedCount: 1)
    }
    if end != .interrupted, end != .diverged { try average(&outcome, run, recorder, observe) }
    try recorder.writeReport()
    return outcome
  }

  /// What the recipe's task needs before it can be trained.
  private var setup: any TaskSetup {
    switch (recipe.task, text) {
    case (.translation, let text?), (.summarization, let text?):
      recipe.sequenceSetup(text)
    case (.sentenceEmbedding, let text?): SentenceEmbeddingSetup(recipe: recipe, text: text)
    case (.languageModel, _): LanguageModelSetup(recipe: recipe)
    case (.maskedLanguageModel, _): MaskedLanguageModelSetup(recipe: recipe)
    case (.spanCorruption, _): SpanCorruptionSetup(recipe: recipe)
    case (.classification, _): ClassificationSetup(recipe: recipe)
    case (.questionAnswering, _): QuestionAnsweringSetup(recipe: recipe)
    case (.translation, nil), (.summarization, nil), (.sentenceEmbedding, nil):
      preconditionFailure("TrainingPipeline: a task of pairs without pairs")
    }
  }

  /// Opens the directory and prepares the task.
  ///
  /// A new run touches the directory only when its text has proved to be usable: a mistake there must neither leave
  /// half a run behind nor cost the one that was to be overwritten.
  private func open<Setup: TaskSetup>(
    _ setup: Setup, _ path: String, _ mode: RunDirectory.Mode, _ progress: SetupProgress
  ) throws -> (RunDirectory, PreparedTask<Setup.Task>) {
    let model = ModelDirectory(URL(fileURLWithPath: path))
    let directory: RunDirectory
    let prepared: PreparedTask<Setup.Task>
    if mode == .resume {
      directory = try RunDirectory(path, mode: mode)
      try recipe.checkContinues(directory.readRecipe().resolved())
      prepared = try setup.prepare(resuming: model, progress)
    } else {
      prepared = try setup.prepare(resuming: nil, progress)
      try recipe.checkScope(of: prepared.model)
      try check(model, isNotThatOf: prepared)
      directory = try RunDirectory(path, mode: mode)
    }
    try directory.write(recipe)
    try prepared.writeFiles(model)
    return (directory, prepared)
  }

  /// - Throws: `RecipeError` if the model would be written to where it comes from.
  private func check(
    _ output: ModelDirectory, isNotThatOf prepared: PreparedTask<some TrainingTask>
  ) throws(RecipeError) {
    guard let origin = prepared.origin, origin.url.isSameDirectory(as: output.url) else { return }
    throw RecipeError(
      origin: nil, key: "model.from",
      .unusable(reason: "is the output directory, whose model would be lost; name another with --output"))
  }

  /// Averages the last checkpoints, and keeps the better of the average and the best single one.
  private func average<Task: TrainingTask>(
    _ outcome: inout TrainingOutcome, _ run: TrainingRun<Task>, _ recorder: RunRecorder,
    _ observe: (TrainingUpdate) -> Void
  ) throws {
    let files = recorder.lastWeights(recipe.training.averageLastCount)
    guard recipe.training.averageLastCount > 1, files.count > 1, let best = outcome.best else { return }
    let averaged = try run.session.model.average(of: files)
    let value = try run.task.validate(averaged).value(best.metric)
    let isBetter = best.metric.isBetter(value, than: best.value)
    let figures = "\(best.metric.title) \(rounded(value)), the best single one \(rounded(best.value))"
    let message =
      "the average of the last \(files.count) checkpoints has \(figures): "
      + (isBetter ? "the average is kept" : "the single one is kept")
    if isBetter {
      try recorder.save(averaged)
      outcome.best = .init(
        metric: best.metric, value: value, step: outcome.stepCount, averagedCount: files.count)
    }
    try recorder.note(message, step: outcome.stepCount)
    observe(.note(message))
  }

  private func rounded(_ value: Double) -> String { String((value * 10_000).rounded() / 10_000) }
}

extension URL {
  /// Whether both lead to the same place.
  fileprivate func isSameDirectory(as other: URL) -> Bool {
    resolvingSymlinksInPath().standardizedFileURL.path
      == other.resolvingSymlinksInPath().standardizedFileURL.path
  }
}

/// The notes of a setup.
private final class Notes {
  private(set) var lines: [String] = []

  func add(_ update: TrainingUpdate) {
    if case .note(let text) = update { lines.append(text) }
  }
}
