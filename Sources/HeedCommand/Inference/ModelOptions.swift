import ArgumentParser
import Foundation
import Heed

/// Which model is run.
struct ModelOptions: ParsableArguments {
  @Option(
    name: [.customShort("m"), .long],
    help: ArgumentHelp(
      "A model directory; repeat it for an ensemble with one vocabulary (default: the model in the binary).",
      valueName: "dir"))
  var model: [String] = []

  /// Loads the model.
  func translator() throws -> Translator {
    if model.isEmpty { return try shippedTranslator() }
    return try Translator(directories: model.map { try modelDirectory($0) })
  }
}

/// The directory at `path`, which must be there.
func modelDirectory(_ path: String) throws -> URL {
  var isDirectory: ObjCBool = false
  guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
    throw CommandError(.missingInput, "\(path): there is no such directory; expected a model directory")
  }
  guard isDirectory.boolValue else {
    throw CommandError(.data, "\(path): this is a file; expected a model directory with config.json in it")
  }
  return URL(fileURLWithPath: path, isDirectory: true)
}
