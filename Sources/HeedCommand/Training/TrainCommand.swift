import ArgumentParser
import Foundation
import HeedTraining

/// `heed train`.
struct TrainCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train a model, or go on training one.",
    discussion: """
      The recipe says everything; flags go before it. Without a recipe, say what is learned with --task, and name the
      text with --source and --valid-source, and --target and --valid-target for plain parallel text. The run directory
      becomes the model directory.

        heed train Recipes/tatoeba-en-de.yaml --data DIR
        heed train --source train.en --target train.de --valid-source dev.en --valid-target dev.de --output model
        heed train --task language_model --source book.txt --valid-share 0.1 --output model
        heed train --task classification --from encoder --source texts.tsv --valid-share 0.1 --output model
        heed train --resume --output model
        heed train --example numbers
      """)

  /// What can be trained without any data.
  enum Example: String, ExpressibleByArgument, CaseIterable {
    case numbers
  }

  @Argument(help: "The recipe, a YAML file.")
  var recipe: String?
  @Option(
    help: "Where relative paths of the recipe start from (default: HEED_DATA, else the current directory).")
  var data: String?
  @Option(help: "The run directory (default: runs/ and the recipe's name).", transform: outputPath)
  var output: String?
  @Flag(help: "Go on with the run in the output directory.")
  var resume = false
  @Flag(help: "Remove the run in the output directory and start anew.")
  var overwrite = false
  @Option(help: "Train on generated text: numbers.")
  var example: Example?
  @Flag(
    help: ArgumentHelp(
      "Check recipe, text and output directory, measure memory and time with a few steps that are thrown away, and print the resolved recipe."
    ))
  var dryRun = false
  @Flag(help: "Print the result as a JSON object; of a dry run the recipe with what was found.")
  var json = false
  @OptionGroup var recipeOptions: RecipeOptions
  @OptionGroup var machine: MachineOptions

  mutating func perform() throws {
    try machine.apply()
    guard !(resume && overwrite) else {
      throw CommandError.usage("--resume goes on with a run and --overwrite removes it; give one of them")
    }
    guard example == nil || recipe == nil && !recipeOptions.namesText else {
      throw CommandError.usage("--example brings its own recipe and text; leave out the others")
    }
    let recipe = try assembledRecipe()
    let directory = try outputDirectory(recipe)
    let numbers = example == .numbers ? NumbersTraining() : nil
    let pipeline = try TrainingPipeline(recipe, text: numbers?.text)
    Interruption.install()
    let mode: RunDirectory.Mode = resume ? .resume : overwrite ? .overwrite : .create
    if dryRun {
      let notes = try pipeline.check(in: directory, mode: mode, stop: Interruption.flag)
      for line in notes { StandardError.say(line) }
      if json {
        print(try jsonLine(DryRunResult(recipe: pipeline.recipe, notes: notes)))
      } else {
        print(pipeline.recipe.yaml, terminator: "")
      }
      return
    }
    let printer = TrainingPrinter()
    let outcome = try pipeline.run(in: directory, mode: mode, stop: Interruption.flag) { printer.show($0) }
    printer.finish()
    try conclude(outcome)
    if let numbers, !json { try NumbersReport(numbers, directory: directory).print() }
  }

  /// The recipe of the file, the example, or the run that goes on, with what flags change.
  private func assembledRecipe() throws -> Recipe {
    var assembled: Recipe
    if let recipe {
      assembled = try Recipe(contentsOf: recipe)
    } else if resume {
      // With the flags that the run was started with.
      guard let directory = output ?? defaultDirectory else {
        throw CommandError.usage("--resume needs --output, the directory of the run to go on with")
      }
      let stored = "\(directory)/recipe.yaml"
      guard POSIX.status(stored) != nil else {
        throw RunDirectoryError(path: directory, .nothingToResume)
      }
      assembled = try Recipe(contentsOf: stored)
    } else if example == .numbers {
      assembled = NumbersTraining.recipe
    } else {
      guard recipeOptions.namesText else {
        throw CommandError.usage(
          "nothing to train on: name a recipe, or text with --source and --target, or try --example numbers")
      }
      assembled = Recipe()
    }
    try recipeOptions.apply(to: &assembled)
    if let directory = data ?? dataFromEnvironment, data != nil || assembled.data.directory == nil {
      try assembled.override(key: "data.directory", value: absolute(directory))
    } else if assembled.data.directory == nil, example == nil {
      // So that the run can be resumed from anywhere.
      try assembled.override(key: "data.directory", value: FileManager.default.currentDirectoryPath)
    }
    if let start = assembled.model.startingDirectory {
      // For the same reason; and a model of the hub is fetched now.
      try assembled.override(key: "model.from", value: absolute(modelDirectory(start).path))
    }
    return assembled
  }

  /// HEED_DATA is for recipes; paths of flags start from where one stands.
  private var dataFromEnvironment: String? {
    guard recipe != nil, let directory = ProcessInfo.processInfo.environment["HEED_DATA"], !directory.isEmpty
    else {
      return nil
    }
    return directory
  }

  private func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(FileManager.default.currentDirectoryPath)/\(path)"
  }

  private func outputDirectory(_ assembled: Recipe) throws -> String {
    if let directory = output ?? assembled.output ?? defaultDirectory { return directory }
    throw CommandError.usage("--output is missing: name the directory for the model")
  }

  private var defaultDirectory: String? {
    if let example { return "runs/\(example.rawValue)" }
    return recipe.map { "runs/" + URL(fileURLWithPath: $0).deletingPathExtension().lastPathComponent }
  }

  /// Says how the run came out: results to standard output, the rest to standard error.
  private func conclude(_ outcome: TrainingOutcome) throws {
    let again =
      (["heed", "train"] + (example.map { ["--example", $0.rawValue] } ?? []))
      .joined(separator: " ") + " --resume --output \(outcome.directory)"
    switch outcome.end {
    case .interrupted:
      throw CommandError(
        .interrupted, "interrupted; step \(outcome.stepCount) is saved, go on with: \(again)")
    case .diverged:
      let advice =
        if let step = outcome.checkpointStep {
          "the last checkpoint is that of step \(step), go on from it with a lower rate: \(again) "
            + "--learning-rate RATE; or start anew with --overwrite"
        } else {
          "there is no checkpoint yet, start anew with --overwrite and a lower --learning-rate"
        }
      throw CommandError(
        .data,
        "training diverged: the loss or gradient of several steps in a row, or the loss of a validation, was not "
          + "finite; \(advice)")
    case .finished, .stoppedEarly, .outOfTime: break
    }
    let reason =
      switch outcome.end {
      case .stoppedEarly: "no more progress, stopped early"
      case .outOfTime: "the time is used up"
      default: "done"
      }
    StandardError.say("\(reason) after \(outcome.stepCount) steps; see \(outcome.directory)/report.html")
    if json {
      print(try TrainingResult(outcome).json)
    } else {
      let best = outcome.best.map { "\t\($0.metric.title) \(figure($0.value, 4))" } ?? ""
      print("\(outcome.directory)\(best)")
    }
  }
}

/// What `--json` prints of a dry run.
private struct DryRunResult: Encodable {
  let recipe: Recipe
  let notes: [String]
}

/// What `--json` prints.
private struct TrainingResult: Encodable {
  let directory: String
  let end: String
  let steps: Int
  let metric: String?
  let value: Double?
  let bestStep: Int?
  let averagedCheckpoints: Int?

  enum CodingKeys: String, CodingKey {
    case directory, end, steps, metric, value
    case bestStep = "best_step"
    case averagedCheckpoints = "averaged_checkpoints"
  }

  init(_ outcome: TrainingOutcome) {
    directory = outcome.directory
    end = outcome.end.rawValue
    steps = outcome.stepCount
    metric = outcome.best?.metric.rawValue
    value = outcome.best?.value
    bestStep = outcome.best?.step
    averagedCheckpoints = outcome.best?.averagedCount
  }

  var json: String {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
  }
}

/// A figure with so many decimals.
func figure(_ value: Double, _ decimals: Int) -> String { String(format: "%.\(decimals)f", value) }
