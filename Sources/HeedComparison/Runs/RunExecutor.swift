import Foundation
import HeedTraining

/// Trains and measures the runs of a comparison, each once.
struct RunExecutor {
  let directory: ComparisonDirectory
  let text: TrainingText
  let vocabularies: Vocabularies
  let settings: MeasurementSettings
  let stop: StopFlag
  let observe: (ComparisonUpdate) -> Void

  /// Opens the directory of a comparison, and learns the vocabularies that its runs share unless it has them.
  ///
  /// - Parameters:
  ///   - path: The directory.
  ///   - kind: What is compared there; another comparison of the same directory is refused.
  ///   - recipe: What all runs have in common.
  ///   - text: The pairs.
  ///   - settings: How models are measured.
  ///   - stop: Raised by whoever wants it to stop.
  ///   - observe: Told what happens, in order.
  /// - Throws: `ComparisonError`, and what text and files give cause for.
  init(
    _ path: String, kind: String, _ recipe: Recipe, _ text: TrainingText, _ settings: MeasurementSettings,
    stop: StopFlag, _ observe: @escaping (ComparisonUpdate) -> Void
  ) throws {
    directory = try ComparisonDirectory(path, kind: kind, recipe)
    vocabularies = try directory.vocabularies(recipe, text, stop: stop)
    (self.text, self.settings, self.stop, self.observe) = (text, settings, stop, observe)
  }

  /// Where the report is written.
  var reportURL: URL { URL(fileURLWithPath: directory.path) }

  /// Trains and measures a run, or goes on with it.
  ///
  /// - Parameters:
  ///   - run: The run.
  ///   - parameterCount: How many numbers its model has to learn.
  /// - Returns: What was measured, which is kept in the run's directory as well.
  /// - Throws: What training and translation throw; `ComparisonInterrupted`.
  func figures(of run: ComparedRun, parameterCount: Int) throws -> RunFigures {
    let (outcome, memory) = try run.train(text, vocabularies, stop: stop) { observe(.training($0)) }
    let records = try MetricsLog.read("\(run.path)/metrics.jsonl").records
    let training = records.filter { $0.kind == .train }
    func sum(_ name: String) -> Double { training.reduce(0) { $0 + ($1.values[name] ?? 0) } }
    var figures = RunFigures(
      parameters: parameterCount, end: outcome.end, steps: outcome.stepCount,
      trainingTokens: Int(sum("tokens")), trainingSeconds: sum("seconds"), trainingMemoryBytes: memory,
      threads: ThreadCount.current, curve: .init(records))
    var translations: [String] = []
    // A run that diverged before its first validation has no model.
    if POSIX.status("\(run.path)/model.safetensors") != nil {
      observe(.note("\(run.name): measuring"))
      func checkpoint() throws {
        if stop.isRaised { throw ComparisonInterrupted(directory: directory.path, run: run.name) }
      }
      let heldOut = try HeldOutText(text, vocabularies, run.recipe, limit: settings.maximumSentences)
      let measurer = try ModelMeasurer(run, heldOut, settings)
      let measured = try measurer.quality(checkpoint)
      (figures.quality, translations) = (measured.figures, measured.translations)
      if settings.measuresSpeed {
        figures.tokensPerSecondAlone = try measurer.tokensPerSecond(together: 1, checkpoint)
        figures.tokensPerSecondTogether = try measurer.tokensPerSecond(
          together: ModelMeasurer.togetherCount, checkpoint)
      }
    }
    try run.store(figures, settings, translations: translations)
    return figures
  }
}
