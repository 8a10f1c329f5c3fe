import Foundation
import Heed
import HeedTraining

/// The files of a model directory besides the weights.
enum ModelFiles {
  /// Search settings and tokenizers: what is copied as it is when the weights change.
  static let companions = [
    "generation_config.json", "tokenizer.json", "tokenizer_config.json", "target_tokenizer.json",
    "special_tokens_map.json", "README.md",
  ]

  /// Which of them a directory has, with the files of its tokenizers in whatever form.
  private static func companions(of directory: URL, _ family: ModelFamily) throws -> [String] {
    let tokenizers = try ModelDirectory(directory).tokenizers(modelType: family.rawValue)
    let names = companions + (tokenizers?.files.map(\.lastPathComponent) ?? [])
    var seen: Set<String> = []
    return names.filter {
      seen.insert($0).inserted
        && FileManager.default.fileExists(atPath: directory.appending(path: $0).path)
    }
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
    _ model: some TransformerModel, _ precision: WeightPrecision, to output: String,
    companionsFrom directory: URL? = nil
  ) throws {
    let url = URL(fileURLWithPath: output, isDirectory: true)
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw CommandError(.inputOutput, "--output \(output): the directory cannot be made")
    }
    try ModelDirectory(url).save(model, precision: precision)
    guard let directory else { return }
    for name in try companions(of: directory, model.configuration.family) {
      let file = directory.appending(path: name)
      switch POSIX.readFile(file.path, limit: 1 << 30) {
      case .success(let bytes): try AtomicFile.write(Data(bytes), to: url.appending(path: name))
      case .failure(let failure):
        throw CommandError(.missingInput, "\(file.path): cannot be read: \(failure.message)")
      }
    }
  }
}
