import Foundation
import HeedModels

/// How the states of a text's tokens become one vector.
public enum EmbeddingPooling: String, Sendable, Hashable, CaseIterable {
  /// The state of the first token.
  case cls
  /// The largest value of each column.
  case max
  /// The mean.
  case mean
  /// The sum, divided by the square root of the number of tokens.
  case meanSqrt = "mean-sqrt"
}

/// How texts become vectors, as the files of sentence-transformers beside a model say.
public struct EmbeddingSettings: Sendable, Hashable {
  /// At least one; the vectors of several are laid end to end.
  public var poolings: [EmbeddingPooling] = [.mean]
  /// Whether vectors are divided by their length.
  public var normalizes = false
  /// What a text is cut to, special tokens included; nil for all that the model reads.
  public var maximumTokens: Int?
  /// Whether texts are turned into small letters first.
  public var lowercases = false
  /// What is put before every text, such as `query: `.
  public var prompt = ""
  /// Whether the directory says how texts become vectors, in `modules.json`; otherwise the mean is taken.
  public internal(set) var isDeclared = false
  /// The directory of the encoder itself.
  var encoderDirectory: URL

  /// What a directory says.
  ///
  /// - Throws: `ConfigurationError` for a file that cannot be read, and for modules that Heed does not have.
  public init(directory: URL) throws {
    encoderDirectory = directory
    let file = directory.appending(path: "modules.json")
    if FileManager.default.fileExists(atPath: file.path) {
      try readModules(file, directory)
      isDeclared = true
    }
    try readPrompt(directory.appending(path: "config_sentence_transformers.json"))
    try readEncoderSettings()
  }

  private struct Module: Decodable {
    let type: String
    let path: String
  }

  private mutating func readModules(_ file: URL, _ directory: URL) throws {
    let modules: [Module] = try Self.decode(file)
    for (index, module) in modules.enumerated() {
      // The class alone: where it lives differs from version to version.
      let kind = module.type.split(separator: ".").last.map(String.init) ?? ""
      let url = try Self.subdirectory(module.path, of: directory, file)
      switch (kind, index) {
      case ("Transformer", 0): encoderDirectory = url
      case ("Pooling", 1): try readPooling(url.appending(path: "config.json"))
      case ("Normalize", 2...): normalizes = true
      case ("Transformer", _), ("Pooling", _), ("Normalize", _):
        throw ConfigurationError(
          file: file.path, "type",
          "expected Transformer, Pooling and then Normalize, found \(kind) as \(index + 1).")
      default:
        throw ConfigurationError(
          file: file.path, "type",
          "'\(module.type)' is not supported; supported are Transformer, Pooling and Normalize")
      }
    }
    guard modules.count >= 2 else {
      throw ConfigurationError(
        file: file.path, nil, "expected the modules Transformer and Pooling, found \(modules.count)")
    }
  }

  private struct PoolingFile: Decodable {
    let pooling_mode_cls_token: Bool?
    let pooling_mode_max_tokens: Bool?
    let pooling_mode_mean_tokens: Bool?
    let pooling_mode_mean_sqrt_len_tokens: Bool?
    let pooling_mode_weightedmean_tokens: Bool?
    let pooling_mode_lasttoken: Bool?
    let pooling_mode: String?
    let include_prompt: Bool?
  }

  private mutating func readPooling(_ file: URL) throws {
    let fields: PoolingFile = try Self.decode(file)
    if let name = fields.pooling_mode {
      let known: [String: EmbeddingPooling] = [
        "cls": .cls, "max": .max, "mean": .mean, "mean_sqrt_len_tokens": .meanSqrt,
      ]
      guard let pooling = known[name] else {
        throw ConfigurationError(
          file: file.path, "pooling_mode",
          "'\(name)' is not supported; supported are \(known.keys.sorted().joined(separator: ", "))")
      }
      poolings = [pooling]
    } else {
      for (name, value) in [
        ("pooling_mode_weightedmean_tokens", fields.pooling_mode_weightedmean_tokens),
        ("pooling_mode_lasttoken", fields.pooling_mode_lasttoken),
      ] where value == true {
        throw ConfigurationError(
          file: file.path, name,
          "is not supported; supported are cls_token, max_tokens, mean_tokens and mean_sqrt_len_tokens")
      }
      // In the order in which sentence-transformers lays them end to end.
      let chosen: [(EmbeddingPooling, Bool?)] = [
        (.cls, fields.pooling_mode_cls_token), (.max, fields.pooling_mode_max_tokens),
        (.mean, fields.pooling_mode_mean_tokens), (.meanSqrt, fields.pooling_mode_mean_sqrt_len_tokens),
      ]
      poolings = chosen.filter { $0.1 == true }.map(\.0)
      guard !poolings.isEmpty else {
        throw ConfigurationError(
          file: file.path, nil, "no pooling_mode is true; expected pooling_mode_mean_tokens or another")
      }
    }
    guard fields.include_prompt ?? true else {
      throw ConfigurationError(
        file: file.path, "include_prompt", "must be true: leaving prompts out of the mean is not supported")
    }
  }

  private struct PromptFile: Decodable {
    let prompts: [String: String]?
    let default_prompt_name: String?
  }

  private mutating func readPrompt(_ file: URL) throws {
    guard FileManager.default.fileExists(atPath: file.path) else { return }
    let fields: PromptFile = try Self.decode(file)
    guard let name = fields.default_prompt_name else { return }
    guard let text = fields.prompts?[name] else {
      throw ConfigurationError(
        file: file.path, "default_prompt_name", "'\(name)' is not one of the names in prompts")
    }
    prompt = text
  }

  private struct EncoderFile: Decodable {
    let max_seq_length: Int?
    let do_lower_case: Bool?
  }

  private struct TokenizerFile: Decodable {
    /// A very large number, larger than integers, stands for no limit.
    let model_max_length: Double?
  }

  private mutating func readEncoderSettings() throws {
    // The names that versions of sentence-transformers have written for its families.
    for name in ["sentence_bert", "sentence_roberta", "sentence_distilbert"] {
      let file = encoderDirectory.appending(path: "\(name)_config.json")
      guard FileManager.default.fileExists(atPath: file.path) else { continue }
      let fields: EncoderFile = try Self.decode(file)
      lowercases = fields.do_lower_case ?? false
      if let length = fields.max_seq_length {
        guard length >= 1 else {
          throw ConfigurationError(file: file.path, "max_seq_length", "must be at least 1, found \(length)")
        }
        maximumTokens = length
      }
      break
    }
    let file = encoderDirectory.appending(path: "tokenizer_config.json")
    guard maximumTokens == nil, FileManager.default.fileExists(atPath: file.path) else { return }
    let fields: TokenizerFile = try Self.decode(file)
    if let length = fields.model_max_length, length >= 1, length < 1e9 { maximumTokens = Int(length) }
  }

  private static func subdirectory(_ path: String, of directory: URL, _ file: URL) throws -> URL {
    if path.isEmpty || path == "." { return directory }
    guard !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
      throw ConfigurationError(file: file.path, "path", "'\(path)' leads out of the directory")
    }
    return directory.appending(path: path, directoryHint: .isDirectory)
  }

  private static func decode<Value: Decodable>(_ file: URL) throws -> Value {
    let data = try ConfigurationError.data(of: file)
    do {
      return try JSONDecoder().decode(Value.self, from: data)
    } catch let error as DecodingError {
      throw ConfigurationError(file: file.path, decoding: error, in: data)
    }
  }
}
