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
  /// What is trained and validated on.
  public let text: TrainingText

  /// A pipeline for a recipe, which is checked.
  ///
  /// - Parameters:
  ///   - recipe: The recipe, resolved or not.
  ///   - text: The text, if it is not that of the files that the recipe names.
  /// - Throws: `RecipeError` for values that cannot be used.
  public init(_ recipe: Recipe, text: TrainingText? = nil) throws(RecipeError) {
    let resolved = try recipe.resolved()
    self.recipe = resolved
    if let text { self.text = text } else { self.text = try TrainingText(resolved) }
  }

  /// Reads all text and builds the model without training it: what a run would find.
  ///
  /// - Parameter stop: Raised by whoever wants to stop.
  /// - Returns: What was found, a line each.
  /// - Throws: What `run` would throw for text or model.
  public func check(stop: StopFlag = StopFlag()) throws -> [String] {
    let counts = try [text.training, text.validation].map { pairs in
      var count = 0
      try pairs.forEach { _ in
        count += 1
        if count.isMultiple(of: 4096), stop.isRaised { throw TrainingInterrupted() }
      }
      return count
    }
    let size = recipe.vocabulary.size
    let configuration = try recipe.transformerConfiguration(vocabularySize: size, targetVocabularySize: size)
    var initializer = ParameterInitializer.placeholder
    let parameterCount = EncoderDecoder(configuration, &initializer).parameterCount
    return [
      "training text: \(counts[0]) pairs", "validation text: \(counts[1]) pairs",
      "model: \(configuration.family.rawValue), at most \(parameterCount) parameters",
    ]
  }

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
    try RunDirectory.check(path, mode)
    let (directory, prepared) = try open(path, mode, stop, observe)
    var run = prepared.run

    let stateURL = RunRecorder.stateURL(directory)
    let isResumed = mode == .resume && FileManager.default.fileExists(atPath: stateURL.path)
    if isResumed { try run.resume(from: stateURL) }
    let recorder = try RunRecorder(directory, recipe, after: isResumed ? run.state : nil)
    try recorder.start(step: run.state.step, facts: prepared.facts)
    observe(.started(afterStep: run.state.step, expectedStepCount: run.expectedStepCount))

    let budget = recipe.training.timeBudget?.seconds
    let end = try run.train(stop: stop) { event, run in
      switch event {
      case .step(let report):
        try recorder.step(report, elapsed: run.state.seconds)
        let place = StepPlace(
          expectedStepCount: run.expectedStepCount, elapsed: run.state.seconds, timeBudget: budget)
        observe(.step(report, place))
      case .skipped(let step, let inARow):
        try recorder.note("step \(step) was skipped: its loss or gradient was not finite", step: step)
        observe(.skipped(step: step, inARow: inARow))
      case .validated(let report):
        try recorder.validated(report, run)
        observe(.validated(report))
      case .checkpoint(let step):
        try recorder.checkpoint(run)
        observe(.saved(step: step))
      }
    }
    var outcome = TrainingOutcome(end: end, stepCount: run.state.step, directory: directory.path)
    if let value = run.state.bestMetric, let step = run.state.bestStep {
      outcome.best = .init(
        metric: run.session.settings.validationMetric, value: value, step: step, averagedCount: 1)
    }
    if end != .interrupted, end != .diverged { try average(&outcome, run, prepared, recorder, observe) }
    try recorder.writeReport()
    return outcome
  }

  // MARK: Before training

  /// A run that is ready to begin.
  private struct Prepared {
    let run: TrainingRun
    let vocabularies: Vocabularies
    let validation: PairStore
    let translator: ValidationTranslator
    let facts: [String: String]
  }

  /// Opens the directory and prepares the run.
  ///
  /// A new run touches the directory only when its text has proved to be usable: a mistake there must neither leave
  /// half a run behind nor cost the one that was to be overwritten.
  private func open(
    _ path: String, _ mode: RunDirectory.Mode, _ stop: StopFlag, _ observe: (TrainingUpdate) -> Void
  ) throws -> (RunDirectory, Prepared) {
    let model = ModelDirectory(URL(fileURLWithPath: path))
    let joint = recipe.vocabulary.joint
    if mode == .resume {
      let directory = try RunDirectory(path, mode: mode)
      try recipe.checkContinues(directory.readRecipe().resolved())
      // The process may have been killed before it wrote them.
      let found = try Vocabularies(in: model, joint: joint)
      let prepared = try prepare(found, stop, observe)
      try directory.write(recipe)
      if found == nil {
        try prepared.vocabularies.write(to: model, maximumLength: recipe.model.maximumPositions)
      }
      return (directory, prepared)
    }
    let prepared = try prepare(nil, stop, observe)
    let directory = try RunDirectory(path, mode: mode)
    try directory.write(recipe)
    try prepared.vocabularies.write(to: model, maximumLength: recipe.model.maximumPositions)
    return (directory, prepared)
  }

  private func prepare(
    _ found: Vocabularies?, _ stop: StopFlag, _ observe: (TrainingUpdate) -> Void
  ) throws -> Prepared {
    func checkpoint() throws { if stop.isRaised { throw TrainingInterrupted() } }
    let vocabularies = try found ?? learnVocabularies(checkpoint, observe)
    func load(_ pairs: TrainingText.Pairs, _ filter: PairFilter, _ name: String, to purpose: String) throws
      -> PairStore
    {
      let (store, report) = try PairStore.load(
        pairs, filter: filter, encodeSource: vocabularies.encodeSource,
        encodeTarget: vocabularies.encodeTarget
      ) { _ in try checkpoint() }
      observe(.note("\(name): \(report.summary)"))
      guard !store.isEmpty else { throw NoUsablePairs(purpose: purpose, report: report) }
      return store
    }
    let training = try load(text.training, recipe.data.filter, "training text", to: "train")
    // Oddly proportioned pairs are left out of training because they teach nothing; here they count.
    let validationFilter = PairFilter(maximumLength: recipe.data.maximumLength, maximumRatio: 0)
    let validation = try load(text.validation, validationFilter, "validation text", to: "validate")
    let translator = try ValidationTranslator(text.validation, vocabularies, recipe)

    let configuration = try recipe.transformerConfiguration(
      vocabularySize: vocabularies.source.vocabularySize,
      targetVocabularySize: vocabularies.target.vocabularySize)
    var initializer = ParameterInitializer(seed: recipe.training.seed)
    let model = EncoderDecoder(configuration, &initializer)
    let run = try TrainingRun(
      model, training: training, validation: validation, tokenBudget: recipe.training.batchTokens,
      validationTokenBudget: recipe.validation.batchTokens, recipe.trainerSettings,
      translating: { try translator.translate($0) })
    observe(.note("model: \(model.parameterCount) parameters, saved as \(configuration.family.rawValue)"))
    let facts = [
      "parameters": String(model.parameterCount), "vocabulary": String(vocabularies.source.vocabularySize),
      "training_pairs": String(training.count), "validation_pairs": String(validation.count),
      "threads": String(ThreadPool.shared.threadCount),
    ]
    return Prepared(
      run: run, vocabularies: vocabularies, validation: validation, translator: translator, facts: facts)
  }

  private func learnVocabularies(
    _ checkpoint: () throws -> Void, _ observe: (TrainingUpdate) -> Void
  ) throws -> Vocabularies {
    let learned = try Vocabularies(
      learning: recipe.vocabulary, from: text.training, separatedWords: text.separatedWords,
      checkpoint: checkpoint)
    let sizes = [learned.source, learned.separateTarget].compactMap { $0.map { String($0.vocabularySize) } }
    observe(.note("vocabulary: \(sizes.joined(separator: " and ")) tokens"))
    return learned
  }

  // MARK: After training

  /// Averages the last checkpoints, and keeps the better of the average and the best single one.
  private func average(
    _ outcome: inout TrainingOutcome, _ run: TrainingRun, _ prepared: Prepared, _ recorder: RunRecorder,
    _ observe: (TrainingUpdate) -> Void
  ) throws {
    let files = recorder.lastWeights(recipe.training.averageLastCount)
    guard recipe.training.averageLastCount > 1, files.count > 1, let best = outcome.best else { return }
    let averaged = try EncoderDecoder.average(of: files, run.session.model.configuration)
    let value =
      switch best.metric {
      case .loss:
        TrainingRun.loss(of: averaged, on: prepared.validation, tokenBudget: recipe.validation.batchTokens)
      case .bleu: try prepared.translator.translate(averaged.preparedForInference).bleu ?? 0
      }
    let isBetter = best.metric.isBetter(value, than: best.value)
    let figures = "\(best.metric.rawValue) \(rounded(value)), the best single one \(rounded(best.value))"
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
