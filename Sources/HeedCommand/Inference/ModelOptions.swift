import ArgumentParser
import Foundation
import Heed
import HeedHubCache

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
    return try shippedTranslator()
  }
}

/// How weights are held while a model runs.
struct PrecisionOptions: ParsableArguments {
  @Option(
    help: "How weights are held: float32, bfloat16, int8 or int4 (default: as the model has them).")
  var precision: WeightPrecision?
}

/// The directory at `path`, or that of the model `ORG/NAME` of the hub, which is fetched if it is not in the cache.
func modelDirectory(_ path: String) throws -> URL {
  var isDirectory: ObjCBool = false
  guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
    let missing = "\(path): there is no such directory; expected a model directory"
    guard isHubName(path) else { throw CommandError(.missingInput, missing) }
    do {
      return try hubModelDirectory(path)
    } catch let error as CommandError where error.status != .interrupted {
      throw CommandError(error.status, "\(missing), or a model of the hub: \(error.description)")
    }
  }
  guard isDirectory.boolValue else {
    throw CommandError(.data, "\(path): this is a file; expected a model directory with config.json in it")
  }
  return URL(fileURLWithPath: path, isDirectory: true)
}

/// Whether a path that leads nowhere can be the name of a model of the hub: `ORG/NAME`.
private func isHubName(_ path: String) -> Bool {
  guard path.split(separator: "/", omittingEmptySubsequences: false).count == 2 else { return false }
  do {
    try HubNames.check(model: path)
    return true
  } catch {
    return false
  }
}
