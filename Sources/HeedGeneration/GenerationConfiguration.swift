import Foundation
import HeedModels
import HeedText

/// The settings of search that a model directory brings: `generation_config.json`.
public enum GenerationConfiguration {
  /// Keys that change nothing here: what the architecture says already, outputs that are asked for elsewhere, versions.
  private static let neutralKeys: Set<String> = [
    "_from_model_config", "pad_token_id", "bos_token_id", "decoder_start_token_id", "transformers_version",
    "use_cache", "output_attentions", "output_hidden_states", "output_scores", "return_dict_in_generate",
    "max_length", "renormalize_logits",
  ]

  /// The options of a model, with what its `generation_config.json` says where there is one.
  ///
  /// - Parameters:
  ///   - configuration: The architecture.
  ///   - url: The file, which may be absent.
  ///   - suppressingPad: Whether the pad is never generated, whatever the file says.
  /// - Returns: The options.
  /// - Throws: `ConfigurationError` for a file that cannot be read, and for a field that would change results but is
  ///   not honoured.
  public static func options(
    for configuration: TransformerConfiguration, file url: URL, suppressingPad: Bool = true
  ) throws(ConfigurationError) -> GenerationOptions {
    guard FileManager.default.fileExists(atPath: url.path) else {
      return defaults(for: configuration, suppressingPad: suppressingPad)
    }
    guard let data = try? Data(contentsOf: url) else {
      throw ConfigurationError(file: url.path, nil, "cannot be read")
    }
    return try options(for: configuration, data, file: url.path, suppressingPad: suppressingPad)
  }

  /// The same from bytes.
  public static func options(
    for configuration: TransformerConfiguration, _ data: Data, file: String, suppressingPad: Bool = true
  ) throws(ConfigurationError) -> GenerationOptions {
    var options = defaults(for: configuration, suppressingPad: suppressingPad)
    do {
      let settings = try JSONDecoder().decode(Settings.self, from: data)
      settings.known.apply(to: &options)
      if settings.maximumNewTokens == nil, let length = settings.maximumLength, length > 1 {
        options.maximumNewTokens = length - 1
      }
      try options.validate(vocabularySize: configuration.targetVocabularySize)
    } catch let error as DecodingError {
      throw ConfigurationError(file: file, decoding: error)
    } catch let error as GenerationOptionsError {
      throw ConfigurationError(file: file, error.option, error.reason)
    } catch {
      throw ConfigurationError(file: file, nil, "\(error)")
    }
    return options
  }

  /// Greedy search that never gives the pad.
  public static func defaults(
    for configuration: TransformerConfiguration, suppressingPad: Bool = true
  ) -> GenerationOptions {
    var options = GenerationOptions(startToken: configuration.startToken, endTokens: configuration.endTokens)
    if suppressingPad, let pad = configuration.padToken, !configuration.endTokens.contains(pad) {
      options.suppressedTokens = [pad]
    }
    if let limit = configuration.lengthLimit {
      options.maximumNewTokens = min(options.maximumNewTokens, limit)
    }
    return options
  }

  private struct Settings: Decodable {
    let known: GenerationSettings
    let maximumLength: Int?
    let maximumNewTokens: Int?

    enum CodingKeys: String, CodingKey {
      case maximumLength = "max_length"
      case maximumNewTokens = "max_new_tokens"
    }

    init(from decoder: any Decoder) throws {
      known = try GenerationSettings(from: decoder, besides: neutralKeys)
      let values = try decoder.container(keyedBy: CodingKeys.self)
      maximumLength = try values.decodeIfPresent(Int.self, forKey: .maximumLength)
      maximumNewTokens = try values.decodeIfPresent(Int.self, forKey: .maximumNewTokens)
    }
  }
}
