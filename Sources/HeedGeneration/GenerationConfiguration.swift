import Foundation
import HeedModels
import HeedText

/// The settings of search that a model directory brings: `generation_config.json`, or in older directories fields of
/// `config.json`.
public enum GenerationConfiguration {
  /// What is made of a directory's settings.
  public enum Source: Sendable, Hashable {
    /// They hold; one that is not honoured is an error.
    case directory
    /// They are passed over.
    case ignored
  }

  /// The options of a model, with what its directory says.
  ///
  /// - Parameters:
  ///   - configuration: The architecture.
  ///   - directory: The directory; without `generation_config.json`, fields of its `config.json` hold.
  ///   - source: Whether the directory's settings hold.
  ///   - suppressingPad: Whether the pad is never generated, whatever the file says.
  /// - Returns: The options.
  /// - Throws: `ConfigurationError` for a file that cannot be read, and for a field that would change results but is
  ///   not honoured.
  public static func options(
    for configuration: TransformerConfiguration, in directory: ModelDirectory, _ source: Source = .directory,
    suppressingPad: Bool = true
  ) throws(ConfigurationError) -> GenerationOptions {
    try options(
      for: SequenceInterface(configuration), in: directory, source, suppressingPad: suppressingPad)
  }

  /// The options of a model of any architecture; see above.
  public static func options(
    for configuration: SequenceInterface, in directory: ModelDirectory, _ source: Source = .directory,
    suppressingPad: Bool = true
  ) throws(ConfigurationError) -> GenerationOptions {
    if source == .ignored { return defaults(for: configuration, suppressingPad: suppressingPad) }
    for (url, isOwnFile) in [
      (directory.generationConfigurationURL, true), (directory.configurationURL, false),
    ] where FileManager.default.fileExists(atPath: url.path) {
      return try options(
        for: configuration, try ConfigurationError.data(of: url), file: url.path, isOwnFile: isOwnFile,
        suppressingPad: suppressingPad)
    }
    return defaults(for: configuration, suppressingPad: suppressingPad)
  }

  /// The options of a model, with what the bytes of a `generation_config.json` say.
  public static func options(
    for configuration: TransformerConfiguration, _ data: Data, file: String, suppressingPad: Bool = true
  ) throws(ConfigurationError) -> GenerationOptions {
    try options(
      for: SequenceInterface(configuration), data, file: file, isOwnFile: true, suppressingPad: suppressingPad
    )
  }

  private static func options(
    for configuration: SequenceInterface, _ data: Data, file: String, isOwnFile: Bool,
    suppressingPad: Bool
  ) throws(ConfigurationError) -> GenerationOptions {
    var options = defaults(for: configuration, suppressingPad: false)
    do {
      let settings =
        isOwnFile
        ? try JSONDecoder().decode(OwnFile.self, from: data).settings
        : try JSONDecoder().decode(SharedFile.self, from: data).settings
      settings.apply(to: &options)
      if suppressingPad { suppressPad(configuration, &options) }
      try options.validate(vocabularySize: configuration.targetVocabularySize)
    } catch let error as DecodingError {
      throw ConfigurationError(file: file, decoding: error, in: data)
    } catch let error as GenerationOptionsError {
      throw ConfigurationError(
        file: file, GenerationSettings.name(ofOption: error.option),
        error.reason + "; --ignore-generation-config goes on without")
    } catch var error as ConfigurationError {
      error.file = file
      throw error
    } catch {
      throw ConfigurationError(file: file, nil, "\(error)")
    }
    return options
  }

  /// Greedy search that never gives the pad.
  public static func defaults(
    for configuration: TransformerConfiguration, suppressingPad: Bool = true
  ) -> GenerationOptions {
    defaults(for: SequenceInterface(configuration), suppressingPad: suppressingPad)
  }

  /// Greedy search that never gives the pad, for a model of any architecture.
  public static func defaults(
    for configuration: SequenceInterface, suppressingPad: Bool = true
  ) -> GenerationOptions {
    var options = GenerationOptions(
      startToken: configuration.startToken, endTokens: configuration.endTokens)
    if suppressingPad { suppressPad(configuration, &options) }
    if let limit = configuration.lengthLimit {
      options.maximumNewTokens = min(options.maximumNewTokens, limit)
    }
    return options
  }

  /// The paper's vocabulary has no pad, so that a translation never holds it; in language models it may end a text.
  private static func suppressPad(
    _ configuration: SequenceInterface, _ options: inout GenerationOptions
  ) {
    guard let pad = configuration.padToken, !options.endTokens.contains(pad),
      !options.suppressedTokens.contains(pad)
    else { return }
    options.suppressedTokens.append(pad)
  }

  /// `generation_config.json`: every key must be known.
  private struct OwnFile: Decodable {
    let settings: GenerationSettings
    init(from decoder: any Decoder) throws {
      settings = try GenerationSettings(from: decoder, besides: .others([]))
    }
  }

  /// `config.json`, which says other things as well.
  private struct SharedFile: Decodable {
    let settings: GenerationSettings
    init(from decoder: any Decoder) throws {
      settings = try GenerationSettings(from: decoder, besides: .any)
    }
  }
}
