import ArgumentParser
import Foundation
import Heed

/// Which model is run.
struct ModelOptions: ParsableArguments {
  @Option(
    name: [.customShort("m"), .long],
    help: ArgumentHelp(
      "A model directory, or ORG/NAME on the hub; repeat it for an ensemble with one vocabulary (default: the "
        + "model in the binary).",
      valueName: "dir"))
  var model: [String] = []

  @Option(
    name: [.customLong("source-language"), .customLong("src-lang")],
    help: ArgumentHelp(
      "The source's language, for models that know many (default: the model's).", valueName: "code"))
  var sourceLanguage: String?

  @Option(
    name: [.customLong("target-language"), .customLong("tgt-lang")],
    help: ArgumentHelp("The target's language, for models that know many.", valueName: "code"))
  var targetLanguage: String?

  @Option(
    help: ArgumentHelp(
      "What every source begins with, as T5 wants (default: what the model's task_specific_params say).",
      valueName: "text"))
  var sourcePrefix: String?

  @Flag(help: "Pass over the settings of search in the model's generation_config.json.")
  var ignoreGenerationConfig = false

  @OptionGroup var weights: PrecisionOptions

  /// Loads the model.
  func translator() throws -> Translator {
    var task = TranslationTask(from: sourceLanguage, to: targetLanguage, sourcePrefix: sourcePrefix)
    if ignoreGenerationConfig { task.search = .ignored }
    guard model.isEmpty else {
      return try Translator(
        directories: model.map { try modelDirectory($0) }, task, precision: weights.precision)
    }
    guard weights.precision == nil else {
      throw CommandError.usage("the model in the binary is int8; --precision needs --model")
    }
    guard task == TranslationTask() else {
      throw CommandError.usage(
        "the model in the binary translates English to German; name another with --model for other languages")
    }
    return try ShippedTranslator.load()
  }
}

/// How weights are held while a model runs.
struct PrecisionOptions: ParsableArguments {
  @Option(
    help: "How weights are held: float32, bfloat16, int8 or int4 (default: as the model has them).")
  var precision: WeightPrecision?
}
