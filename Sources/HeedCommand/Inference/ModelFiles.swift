import Foundation
import Heed
import HeedTraining

/// The files of a model directory besides the weights.
enum ModelFiles {
  /// What is not copied: weights, in whatever form, and what they were compared with.
  private static func isWeights(_ name: String) -> Bool {
    let endings = [
      ".safetensors", ".bin", ".pt", ".pth", ".gguf", ".index.json", ".h5", ".msgpack", ".onnx", ".ot",
      ".npz",
    ]
    return endings.contains { name.lowercased().hasSuffix($0) }
      || ["config.json", "search.json"].contains(name)
  }

  /// Everything beside the weights that a directory holds, and what the modules of a sentence embedder hold: settings of
  /// search, tokenizers in whatever form, chat templates, the card.
  private static func companions(of directory: URL) throws -> [String] {
    let manager = FileManager.default
    func files(_ folder: URL) -> [String] {
      ((try? manager.contentsOfDirectory(atPath: folder.path)) ?? []).sorted().filter { name in
        var isDirectory: ObjCBool = false
        return !name.hasPrefix(".") && !isWeights(name)
          && manager.fileExists(atPath: folder.appending(path: name).path, isDirectory: &isDirectory)
          && !isDirectory.boolValue
      }
    }
    let modules = ((try? manager.contentsOfDirectory(atPath: directory.path)) ?? []).sorted().filter {
      $0.first?.isNumber ?? false && $0.contains("_")
    }
    return files(directory)
      + modules.flatMap { module in files(directory.appending(path: module)).map { "\(module)/\($0)" } }
      + modules.filter { manager.fileExists(atPath: directory.appending(path: "\($0)/config.json").path) }
      .map { "\($0)/config.json" }
  }

  /// Writes a tokenizer with what transformers needs to know of it.
  ///
  /// - Parameters:
  ///   - tokenizer: The tokenizer.
  ///   - specialTokens: The texts of special tokens, by their names in tokenizer_config.json.
  ///   - chatTemplate: The form of conversations.
  ///   - output: The model directory.
  /// - Throws: `TokenizerError` or `FileError` for a file that cannot be written.
  static func write(
    _ tokenizer: TextTokenizer, specialTokens: [String: String], chatTemplate: String?, to output: String
  ) throws {
    let url = URL(fileURLWithPath: output, isDirectory: true)
    try tokenizer.write(to: ModelDirectory(url).tokenizerURL)
    var fields = specialTokens
    fields["tokenizer_class"] = "PreTrainedTokenizerFast"
    fields["chat_template"] = chatTemplate
    let text = try jsonText(fields) + "\n"
    try AtomicFile.write(Data(text.utf8), to: url.appending(path: "tokenizer_config.json"))
  }

  private static func jsonText(_ fields: [String: String]) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(fields), as: UTF8.self)
  }

  /// Checks that writing a model to `output` damages nothing.
  ///
  /// - Throws: `CommandError` if a model is there and is not to be replaced, or is one of the inputs.
  static func checkOutput(_ output: String, inputs: [URL], overwrites: Bool) throws {
    let url = URL(fileURLWithPath: output, isDirectory: true)
    let real = url.resolvingSymlinksInPath().standardizedFileURL.path
    for input in inputs where input.resolvingSymlinksInPath().standardizedFileURL.path == real {
      throw CommandError.usage(
        "--output \(output): this is where the model is read from; name another directory")
    }
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: output, isDirectory: &isDirectory) else { return }
    guard isDirectory.boolValue else {
      throw CommandError.usage("--output \(output): a file has this name; name a directory")
    }
    for name in ["config.json", "model.safetensors"] where !overwrites {
      if FileManager.default.fileExists(atPath: url.appending(path: name).path) {
        throw CommandError.usage(
          "--output \(output): a model is there (\(name)); name another directory, or replace it with --overwrite"
        )
      }
    }
  }

  /// Writes a model, with the other files of the directory that it came from.
  static func write(
    _ model: some StoredModel, _ precision: WeightPrecision, to output: String,
    companionsFrom directory: URL? = nil
  ) throws {
    let url = URL(fileURLWithPath: output, isDirectory: true)
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw CommandError(.inputOutput, "--output \(output): the directory cannot be made")
    }
    try model.write(
      to: ModelDirectory(url), precision: precision, from: directory.map { ModelDirectory($0) })
    guard let directory else { return }
    for name in try companions(of: directory) {
      let file = directory.appending(path: name)
      try FileManager.default.createDirectory(
        at: url.appending(path: name).deletingLastPathComponent(), withIntermediateDirectories: true)
      switch POSIX.readFile(file.path, limit: 1 << 30) {
      case .success(let bytes): try AtomicFile.write(Data(bytes), to: url.appending(path: name))
      case .failure(let failure):
        throw CommandError(.missingInput, "\(file.path): cannot be read: \(failure.message)")
      }
    }
  }
}
