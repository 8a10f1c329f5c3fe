import Foundation
import HeedModels
import HeedTraining

/// Trains the Transformer of a recipe and the models that it replaced on the same text, with the same vocabulary,
/// seed and batches, at about as many parameters, and measures them.
///
///     let comparison = try ArchitectureComparison(recipe)
///     let report = try comparison.run(in: "comparison", stop: StopFlag())
///
/// Each model is a run of its own in the directory. What is finished is kept, and what was interrupted goes on.
package struct ArchitectureComparison: Sendable {
  /// The recipe of the Transformer, resolved.
  package let recipe: Recipe
  /// Which models take part, in the order in which they are trained.
  package let models: [ComparedModel]
  /// What the recipe does not say of them.
  package let shapes: ComparedShapes
  /// The learning rates that each of them is trained with; empty for the recipe's alone.
  package let rates: [Double]
  /// How they are measured.
  package let settings: MeasurementSettings
  private let text: TrainingText

  /// A comparison.
  ///
  /// - Parameters:
  ///   - recipe: Of a Transformer that translates.
  ///   - text: The pairs, if they are not those of the files that the recipe names.
  ///   - models: Which models take part; each once, whatever is named twice.
  ///   - shapes: What the recipe does not say of them.
  ///   - rates: The learning rates that each is trained with, of which the report takes the one with the least held-out
  ///     loss, for each model its own; empty for the recipe's alone.
  ///   - settings: How they are measured.
  /// - Throws: `ComparisonError` for recipes of something else, `RecipeError` for values that cannot be used.
  package init(
    _ recipe: Recipe, text: TrainingText? = nil, models: [ComparedModel] = ComparedModel.allCases,
    shapes: ComparedShapes = ComparedShapes(), rates: [Double] = [],
    settings: MeasurementSettings = MeasurementSettings()
  ) throws {
    self.recipe = try Self.checked(recipe)
    self.text = try text ?? TrainingText(self.recipe)
    var seen: Set<ComparedModel> = []
    self.models = models.filter { seen.insert($0).inserted }
    self.shapes = shapes
    self.rates = Set(rates).sorted()
    self.settings = settings
  }

  /// The resolved recipe of a Transformer that translates and begins from its first values.
  static func checked(_ recipe: Recipe) throws -> Recipe {
    guard recipe.task == .translation else { throw ComparisonError.otherTask(recipe.task.rawValue) }
    if let start = recipe.model.startingDirectory { throw ComparisonError.startsFromModel(start) }
    guard recipe.model.architecture == .transformer else {
      throw ComparisonError.noTransformer(recipe.model.architecture.rawValue)
    }
    return try recipe.resolved()
  }

  /// Trains and measures all models, or goes on with it.
  ///
  /// - Parameters:
  ///   - path: The directory of the comparison.
  ///   - stop: Raised by whoever wants it to stop.
  ///   - observe: Told what happens, in order.
  /// - Returns: The report, which is in the directory as well; it is written anew after each model.
  /// - Throws: `ComparisonInterrupted` after `stop` was raised; `ComparisonError`, and what text, training and
  ///   files give cause for.
  package func run(
    in path: String, stop: StopFlag, _ observe: @escaping (ComparisonUpdate) -> Void = { _ in }
  ) throws -> ComparisonReport {
    let executor = try RunExecutor(path, kind: "architectures", recipe, text, settings, stop: stop, observe)
    var entries = try entries(executor.directory, executor.vocabularies)
    let count = entries.reduce(0) { $0 + $1.trials.count }
    var number = 0
    for index in entries.indices {
      for (position, trial) in entries[index].trials.enumerated() {
        number += 1
        guard trial.figures == nil else {
          observe(.kept(name: trial.run.name))
          continue
        }
        observe(.run(name: trial.run.name, number: number, count: count))
        observe(.note(Self.note(entries[index], trial)))
        entries[index].trials[position].figures = try executor.figures(
          of: trial.run, parameterCount: entries[index].match.parameterCount)
        try report(entries).write(to: executor.reportURL)
      }
    }
    let whole = report(entries)
    try whole.write(to: executor.reportURL)
    return whole
  }

  /// The models with the widths that make them about equally large.
  private func entries(_ directory: ComparisonDirectory, _ vocabularies: Vocabularies) throws -> [Entry] {
    let sizes = (vocabularies.source.vocabularySize, vocabularies.target.vocabularySize)
    let own = try ParameterMatch(.transformer, recipe, sizes: sizes, wantedCount: nil, shapes)
    return try models.map { model in
      let match = try ParameterMatch(model, recipe, sizes: sizes, wantedCount: own.parameterCount, shapes)
      return try Entry(model, match, rates: rates, settings, directory)
    }
  }

  private static func note(_ entry: Entry, _ trial: Trial) -> String {
    "\(entry.model.title): width \(entry.match.recipe.model.hiddenSize), \(entry.match.parameterCount) parameters, "
      + "learning rate \(FigureText.figure(trial.rate))"
  }
}
