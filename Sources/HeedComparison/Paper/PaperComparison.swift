import Foundation
import HeedModels
import HeedTraining

/// Table 3 of the paper ("Attention Is All You Need", section 6.2) at a size for two cores: the same changes of a
/// small base model on image captions, with several seeds.
///
/// All rows of the first seed are trained before the second one begins, so that a table that is broken off early is
/// whole.
package struct PaperComparison: Sendable {
  /// The recipe of the base model, resolved.
  package let recipe: Recipe
  /// The rows that are measured, the base first.
  package let rows: [PaperRow]
  /// The seeds that each row is trained with.
  package let seeds: [UInt64]
  /// How models are measured.
  package let settings: MeasurementSettings
  private let text: TrainingText

  /// The base model: Transformer-Tiny on Multi30k as in `Recipes/multi30k-en-de.yaml`, with the paper's dropout and
  /// so many steps that a run takes about ten minutes on two cores.
  package static var recipe: Recipe {
    var recipe = Recipe()
    recipe.data.source = "multi30k/train.en"
    recipe.data.target = "multi30k/train.de"
    recipe.data.validSource = "multi30k/val.en"
    recipe.data.validTarget = "multi30k/val.de"
    recipe.data.maximumLength = 128
    recipe.vocabulary.size = 8000
    recipe.vocabulary.lowercase = true
    recipe.model.apply(.tiny)
    // Post-norm learns several times more slowly in so few steps.
    recipe.model.norm = .before
    recipe.training.batchTokens = 2048
    recipe.training.schedule = .linear
    recipe.training.learningRate = 3e-3
    recipe.training.warmupSteps = 400
    recipe.training.maximumSteps = 2000
    recipe.validation.everySteps = 500
    // The loss decides; translations are made in the end.
    recipe.validation.maximumSentences = 8
    recipe.validation.patience = 0
    recipe.checkpoints.keepLastCount = 1
    return recipe
  }

  /// A table.
  ///
  /// - Parameters:
  ///   - recipe: Of the base model.
  ///   - text: The pairs, if they are not those of the files that the recipe names.
  ///   - groups: Which groups of rows are measured, besides the base.
  ///   - seedCount: With how many seeds, from the recipe's on.
  ///   - settings: How models are measured; the paper's beam has 4 hypotheses, and its length penalty 0.6.
  /// - Throws: `ComparisonError` for recipes of something else, `RecipeError` for values that cannot be used.
  package init(
    _ recipe: Recipe = PaperComparison.recipe, text: TrainingText? = nil,
    groups: Set<PaperRow.Group> = Set(PaperRow.Group.allCases), seedCount: Int = 3,
    settings: MeasurementSettings = MeasurementSettings(
      beamSize: 4, lengthPenalty: 0.6, measuresSpeed: false)
  ) throws {
    precondition(seedCount >= 1, "PaperComparison: there must be a seed")
    let recipe = try ArchitectureComparison.checked(recipe)
    self.recipe = recipe
    self.text = try text ?? TrainingText(recipe)
    rows = PaperRow.rows(recipe).filter { $0.group == .base || groups.contains($0.group) }
    seeds = (0..<UInt64(seedCount)).map { recipe.training.seed &+ $0 }
    self.settings = settings
  }

  /// Trains and measures all rows, or goes on with it.
  ///
  /// - Parameters:
  ///   - path: The directory of the comparison.
  ///   - stop: Raised by whoever wants it to stop.
  ///   - observe: Told what happens, in order.
  /// - Returns: The report, which is in the directory as well; it is written anew after each run.
  /// - Throws: `ComparisonInterrupted` after `stop` was raised; `ComparisonError`, and what text, training and
  ///   files give cause for.
  package func run(
    in path: String, stop: StopFlag, _ observe: @escaping (ComparisonUpdate) -> Void = { _ in }
  ) throws -> ComparisonReport {
    let executor = try RunExecutor(
      path, kind: "table 3 of the paper", recipe, text, settings, stop: stop, observe)
    let (source, target) = (executor.vocabularies.source, executor.vocabularies.target)
    var measured: [MeasuredRow] = []
    for row in rows {
      let count = try row.recipe(recipe).parameterCount(
        vocabularySize: source.vocabularySize, targetVocabularySize: target.vocabularySize)
      measured.append(MeasuredRow(row: row, parameters: count))
    }
    // What is finished belongs in the first report already, whatever its seed.
    try eachRun(executor.directory) { index, seed, run in
      if let figures = run.figures(settings) { measured[index].add(figures, seed: seed) }
    }
    var number = 0
    try eachRun(executor.directory) { index, seed, run in
      number += 1
      guard run.figures(settings) == nil else {
        observe(.kept(name: run.name))
        return
      }
      observe(.run(name: run.name, number: number, count: rows.count * seeds.count))
      let figures = try executor.figures(of: run, parameterCount: measured[index].parameters)
      measured[index].add(figures, seed: seed)
      // A table has many runs, and the states to go on from are most of what they take.
      try run.removeCheckpoints()
      try report(measured).write(to: executor.reportURL)
    }
    let whole = report(measured)
    try whole.write(to: executor.reportURL)
    return whole
  }

  /// Calls `body` with the index of the row, the seed and the run, all rows of a seed before those of the next.
  private func eachRun(
    _ directory: ComparisonDirectory, _ body: (Int, UInt64, ComparedRun) throws -> Void
  ) throws {
    for seed in seeds {
      for (index, row) in rows.enumerated() {
        var recipe = try row.recipe(recipe)
        recipe.training.seed = seed
        recipe.output = nil
        try body(index, seed, directory.run("\(row.name)-seed-\(seed)", try recipe.resolved()))
      }
    }
  }
}

extension MeasuredRow {
  /// Adds what was measured with a seed.
  fileprivate mutating func add(_ figures: RunFigures, seed: UInt64) {
    guard let quality = figures.quality else {
      failedSeeds.append(seed)
      return
    }
    results[seed] = Result(
      perplexity: FigureText.perplexity(quality.loss), bleu: quality.bleu, chrf: quality.chrf,
      steps: figures.steps)
  }
}
