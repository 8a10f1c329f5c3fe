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
  ///   - settings: How they are measured.
  /// - Throws: `ComparisonError` for recipes of something else, `RecipeError` for values that cannot be used.
  package init(
    _ recipe: Recipe, text: TrainingText? = nil, models: [ComparedModel] = ComparedModel.allCases,
    shapes: ComparedShapes = ComparedShapes(), settings: MeasurementSettings = MeasurementSettings()
  ) throws {
    self.recipe = try Self.checked(recipe)
    self.text = try text ?? TrainingText(self.recipe)
    var seen: Set<ComparedModel> = []
    self.models = models.filter { seen.insert($0).inserted }
    self.shapes = shapes
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

  /// A model with its place in the comparison.
  struct Entry: Sendable {
    let model: ComparedModel
    let match: ParameterMatch
    let run: ComparedRun
    var figures: RunFigures?
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
    for index in entries.indices { entries[index].figures = entries[index].run.figures(settings) }
    for index in entries.indices {
      let entry = entries[index]
      guard entry.figures == nil else {
        observe(.kept(name: entry.run.name))
        continue
      }
      observe(.run(name: entry.run.name, number: index + 1, count: entries.count))
      observe(.note(Self.sizeNote(entry)))
      entries[index].figures = try executor.figures(
        of: entry.run, parameterCount: entry.match.parameterCount)
      try report(entries).write(to: executor.reportURL)
    }
    let whole = report(entries)
    try whole.write(to: executor.reportURL)
    return whole
  }

  /// The models with the widths that make them about equally large.
  func entries(_ directory: ComparisonDirectory, _ vocabularies: Vocabularies) throws -> [Entry] {
    let sizes = (vocabularies.source.vocabularySize, vocabularies.target.vocabularySize)
    let own = try ParameterMatch(.transformer, recipe, sizes: sizes, wantedCount: nil, shapes)
    return try models.map { model in
      let match = try ParameterMatch(model, recipe, sizes: sizes, wantedCount: own.parameterCount, shapes)
      return Entry(model: model, match: match, run: directory.run(model.rawValue, match.recipe))
    }
  }

  private static func sizeNote(_ entry: Entry) -> String {
    "\(entry.model.title): width \(entry.match.recipe.model.hiddenSize), \(entry.match.parameterCount) parameters"
  }
}
