import ArgumentParser
import Foundation
import HeedComparison
import HeedTraining

extension HeedCommand {
  /// Commands that set models beside each other.
  static let comparisonCommands: [any ParsableCommand.Type] = [ComparisonCommand.self]
}

/// `heed compare`: models trained under the same conditions, and one report about them.
struct ComparisonCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Train models under the same conditions, and report on them side by side.",
    discussion: """
      With a recipe: its Transformer, and the recurrent and convolutional models that it replaced, at about as \
      many parameters, on the same text, vocabulary, batches and seed, for the recipe's steps or for the same time \
      each. Each model is a run of its own in the output directory, beside report.html, report.md and report.json. \
      What is finished is kept: the same command goes on where it was interrupted, and with more models.

        heed compare Recipes/multi30k-en-de.yaml --data DIR --output DIR
        heed compare Recipes/multi30k-en-de.yaml --data DIR --output DIR --time-budget 20m --models transformer,lstm

      One learning rate does not suit all models. With --learning-rates each is trained at each rate, and the report \
      is of the best run of each.

        heed compare Recipes/multi30k-en-de.yaml --data DIR --output DIR --learning-rates 0.001,0.003,0.01

      --example paper trains the rows of table 3 of "Attention Is All You Need" at a size for two cores on \
      Multi30k, with several seeds, and says which of the paper's orderings held.

        heed compare --example paper --data DIR --output DIR

      --example recall needs no data: on generated sequences it measures how much each model gets right as what is \
      needed moves away, how much of the gradient reaches the first input, and the time of a layer by the length of \
      the sequence. It takes about half an hour on two slow cores; --time-budget is that of each model and task.

        heed compare --example recall --output DIR
      """)

  @Argument(help: "The recipe of a Transformer that translates, a YAML file.")
  var recipe: String?
  @Option(help: "A comparison that brings its own recipe or data: paper or recall.")
  var example: ComparisonExample?
  @Option(
    help: "Where relative paths of the recipe start from (default: HEED_DATA, else the current directory).")
  var data: String?
  @Option(
    help: "The directory of the comparison (default: comparisons/ and the recipe's name).",
    transform: outputPath)
  var output: String?
  @OptionGroup(title: "What is compared") var choice: ComparisonChoice
  @Flag(help: "Print the figures as JSON; otherwise the place of the report is printed.")
  var json = false
  @OptionGroup var recipeOptions: RecipeOptions
  @OptionGroup var machine: MachineOptions

  func validate() throws {
    guard (recipe == nil) != (example == nil) else {
      throw ValidationError("name a recipe, or an example with --example: one of them.")
    }
    try choice.check(example)
    guard example != .recall || data == nil else {
      throw ValidationError("--data has no meaning with --example recall, which generates its data.")
    }
    guard choice.learningRates == nil || recipeOptions.learningRate == nil else {
      throw ValidationError(
        "--learning-rates and --learning-rate both say how fast models learn; give one of them.")
    }
    guard choice.tokens == nil || recipeOptions.maxSteps == nil else {
      throw ValidationError("--tokens and --max-steps both say where training ends; give one of them.")
    }
  }

  mutating func perform() throws {
    try machine.apply()
    let directory = output ?? "comparisons/\(name)"
    Interruption.install()
    let progress = ComparisonPrinter()
    let report: ComparisonReport
    switch example {
    case .recall: report = try recallReport(in: directory, progress)
    case nil:
      let assembled = try assembledRecipe()
      let comparison = try ArchitectureComparison(
        assembled, models: choice.comparedModels(), shapes: try choice.shapes(), rates: try choice.rates(),
        settings: choice.settings(assembled))
      report = try comparison.run(in: directory, stop: Interruption.flag) { progress.show($0) }
    case .paper:
      let assembled = try assembledRecipe()
      var settings = MeasurementSettings(beamSize: 4, lengthPenalty: 0.6, measuresSpeed: false)
      if let beamSize = choice.beamSize { settings.beamSize = beamSize }
      let comparison = try PaperComparison(
        assembled, groups: choice.paperGroups(), seedCount: choice.seeds ?? 3, settings: settings)
      report = try comparison.run(in: directory, stop: Interruption.flag) { progress.show($0) }
    }
    progress.finish()
    if json {
      print(String(decoding: try report.json, as: UTF8.self), terminator: "")
    } else {
      print("\(directory)/report.html")
    }
  }

  /// The recipe with what flags change, and with an absolute directory, so that the comparison goes on from anywhere.
  private func assembledRecipe() throws -> Recipe {
    var assembled = example == .paper ? PaperComparison.recipe : try Recipe(contentsOf: recipe ?? "")
    try recipeOptions.apply(to: &assembled)
    if let tokens = choice.tokens {
      // A batch has so many tokens on its larger side.
      let perStep = max(1, assembled.training.batchTokens * max(1, assembled.training.accumulationCount))
      try assembled.override(key: "training.max_steps", value: String((tokens + perStep - 1) / perStep))
      try assembled.override(key: "training.max_epochs", value: "null")
    } else if recipeOptions.timeBudget != nil {
      // The same time means all of it: steps and epochs of the recipe would end some models sooner.
      if recipeOptions.maxSteps == nil { try assembled.override(key: "training.max_steps", value: "null") }
      if recipeOptions.maxEpochs == nil { try assembled.override(key: "training.max_epochs", value: "null") }
    }
    let environment = ProcessInfo.processInfo.environment["HEED_DATA"].flatMap { $0.isEmpty ? nil : $0 }
    let current = FileManager.default.currentDirectoryPath
    let start = data ?? (assembled.data.directory == nil ? environment ?? current : nil)
    if let start {
      try assembled.override(
        key: "data.directory", value: start.hasPrefix("/") ? start : "\(current)/\(start)")
    }
    return assembled
  }

  private var name: String {
    if let example { return example.rawValue }
    return recipe.map { URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent } ?? "comparison"
  }
}

/// What can be compared without a recipe.
enum ComparisonExample: String, ExpressibleByArgument, CaseIterable {
  /// Table 3 of the paper.
  case paper
  /// Accuracy, gradients and time against distance, on generated data.
  case recall
}
