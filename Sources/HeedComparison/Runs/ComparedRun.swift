import Foundation
import HeedModels
import HeedTensor
import HeedTraining

/// A run of a comparison: a run directory of its own, and what was measured of the model in it.
struct ComparedRun: Sendable {
  /// What it is called.
  let name: String
  /// Its directory.
  let path: String
  /// What it follows, resolved.
  let recipe: Recipe

  private var figuresURL: URL { URL(fileURLWithPath: "\(path)/figures.json") }
  private var translationsURL: URL { URL(fileURLWithPath: "\(path)/translations.txt") }

  /// Figures, and what they are of.
  private struct Stored: Codable {
    let recipe: String
    let settings: MeasurementSettings
    let figures: RunFigures
  }

  /// What tells whether figures are of this run: its recipe, wherever the text lies.
  private var identity: String {
    var recipe = recipe
    recipe.data.directory = nil
    return recipe.yaml
  }

  /// What was measured; nil for a run that is not finished, or that was to be trained or measured otherwise.
  ///
  /// A file that cannot be read is as good as none: it is written again.
  func figures(_ settings: MeasurementSettings) -> RunFigures? {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
    guard let data = try? Data(contentsOf: figuresURL),
      let stored = try? decoder.decode(Stored.self, from: data), stored.recipe == identity,
      stored.settings == settings
    else { return nil }
    return stored.figures
  }

  /// Keeps what was measured.
  func store(_ figures: RunFigures, _ settings: MeasurementSettings, translations: [String]) throws {
    let lines = translations.map { $0.replacing("\n", with: " ") + "\n" }.joined()
    try AtomicFile.write(Data(lines.utf8), to: translationsURL)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "infinity", negativeInfinity: "-infinity", nan: "nan")
    let stored = Stored(recipe: identity, settings: settings, figures: figures)
    try AtomicFile.write(try encoder.encode(stored), to: figuresURL)
  }

  /// Trains from the start, or goes on where the run stopped.
  ///
  /// - Parameters:
  ///   - text: What is trained and validated on.
  ///   - vocabularies: The tokenizers of all runs.
  ///   - stop: Raised by whoever wants training to stop.
  ///   - observe: Told what happens.
  /// - Returns: How the run came out, and the most bytes that tensors had meanwhile.
  /// - Throws: What training throws; `ComparisonInterrupted`.
  func train(
    _ text: TrainingText, _ vocabularies: Vocabularies, stop: StopFlag, _ observe: (TrainingUpdate) -> Void
  ) throws -> (outcome: TrainingOutcome, memory: Int) {
    try begin(vocabularies)
    let pipeline = try TrainingPipeline(recipe, text: text)
    var outcome: TrainingOutcome?
    let memory = try StoragePool.shared.mostUsed {
      do {
        outcome = try pipeline.run(in: path, mode: .resume, stop: stop, observe)
      } catch is TrainingInterrupted {
        throw ComparisonInterrupted(directory: parent, run: name)
      }
    }
    guard let outcome, outcome.end != .interrupted else {
      throw ComparisonInterrupted(directory: parent, run: name)
    }
    return (outcome, memory)
  }

  /// Makes the run directory with the vocabulary that all runs share: the run then goes on from its beginning.
  private func begin(_ vocabularies: Vocabularies) throws {
    let model = ModelDirectory(URL(fileURLWithPath: path))
    if POSIX.status("\(path)/recipe.yaml") == nil {
      try RunDirectory(path, mode: .create).write(recipe)
    }
    if try Vocabularies(in: model, joint: recipe.vocabulary.joint) == nil {
      try vocabularies.write(to: model, maximumLength: recipe.model.maximumPositions)
    }
  }

  private var parent: String { URL(fileURLWithPath: path).deletingLastPathComponent().path }

  /// Removes what is only needed to go on with the run.
  func removeCheckpoints() throws {
    try FileManager.default.removeItem(atPath: "\(path)/checkpoints")
  }
}
