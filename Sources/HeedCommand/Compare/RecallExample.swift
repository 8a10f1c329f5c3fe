import ArgumentParser
import Foundation
import HeedComparison
import HeedTraining

extension ComparisonCommand {
  /// Makes the comparison on generated data, and writes its report.
  func recallReport(in directory: String, _ progress: ComparisonPrinter) throws -> ComparisonReport {
    let output = URL(fileURLWithPath: directory)
    let report = try recallExperiment().run(
      output: output, progress: { progress.show(.note($0)) },
      isInterrupted: { Interruption.flag.isRaised }
    ).comparison
    try report.write(to: output)
    return report
  }

  /// What flags make of the usual comparison.
  private func recallExperiment() throws -> RecallExperiment {
    var recipe = Recipe()
    try recipeOptions.apply(to: &recipe)
    try Self.checkRecall(recipe)
    var experiment = RecallExperiment()
    experiment.models = try choice.recallModels()
    if let lengths = try choice.recallLengths() { experiment.parts.lengths = lengths }
    experiment.parts.seed = recipe.training.seed
    if let tokens = choice.tokens {
      experiment.parts.training.budget = .tokens(tokens)
    } else if let budget = recipe.training.timeBudget {
      experiment.parts.training.budget = .seconds(budget.seconds)
    }
    try experiment.validate()
    return experiment
  }

  /// Refuses keys of a recipe that mean nothing here.
  private static func checkRecall(_ recipe: Recipe) throws {
    var plain = Recipe()
    try plain.override(key: "training.seed", value: String(recipe.training.seed))
    plain.training.timeBudget = recipe.training.timeBudget
    // Both have all keys, in one order.
    let lines = [recipe, plain].map { $0.yaml.split(separator: "\n") }
    guard let (line, _) = zip(lines[0], lines[1]).first(where: !=) else { return }
    let key = line.prefix { $0 != ":" }.trimmingCharacters(in: .whitespaces)
    throw CommandError.usage(
      "\(key) has no meaning with --example recall; of what recipes say it takes --seed and --time-budget")
  }
}

extension ComparisonChoice {
  /// Refuses what cannot be used, or means nothing, for the comparison on generated data.
  func checkRecall() throws {
    _ = try recallModels()
    _ = try recallLengths()
    let others = [
      ("--recurrent-layers", recurrentLayers != nil), ("--attention", attention != nil),
      ("--kernel-size", kernelSize != nil), ("--beam-size", beamSize != nil), ("--seeds", seeds != nil),
      ("--rows", rows != nil), ("--learning-rates", learningRates != nil),
    ]
    if let (name, _) = others.first(where: \.1) {
      throw ValidationError("\(name) has no meaning with --example recall.")
    }
    if let tokens, !(1...1_000_000_000_000).contains(tokens) {
      throw ValidationError("--tokens must be from 1 to 1000000000000, got \(tokens).")
    }
  }

  /// The models that were named, or all.
  func recallModels() throws -> [RecallModel] {
    guard let models else { return RecallModel.allCases }
    return try RecipeList.words(models).map { name in
      guard let model = RecallModel(rawValue: name) else {
        let known = RecallModel.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("--models has no \"\(name)\" for --example recall; there are \(known).")
      }
      return model
    }
  }

  /// The lengths that were given.
  func recallLengths() throws -> [Int]? {
    guard let lengths else { return nil }
    return try RecipeList.words(lengths).map { text in
      guard let length = Int(text) else {
        throw ValidationError("--lengths must be numbers with commas between, got \"\(text)\".")
      }
      return length
    }
  }
}
