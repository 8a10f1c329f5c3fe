import Foundation
import HeedGeneration
import HeedModels
import HeedText

/// A model that has been trained before, with its tokenizers: where fine-tuning begins.
struct StartingModel<Model: TransformerModel>: Sendable {
  /// Where it is.
  let directory: ModelDirectory
  /// The model.
  let model: Model
  /// Its tokenizers.
  let tokenizers: TokenizerDirectory

  private init(_ directory: ModelDirectory, _ model: Model) throws {
    self.directory = directory
    self.model = model
    tokenizers = try TokenizerDirectory(directory.url, modelType: model.configuration.family.rawValue)
    let tokenCount = max(tokenizers.source.vocabularySize, tokenizers.target.vocabularySize)
    guard tokenCount <= model.configuration.targetVocabularySize else {
      throw ConfigurationError(
        file: directory.configurationURL.path, "vocab_size",
        "is \(model.configuration.targetVocabularySize), and the tokenizer has \(tokenCount) tokens")
    }
  }

  /// Writes the tokenizers' files into another directory.
  func writeFiles(to other: ModelDirectory) throws {
    for file in tokenizers.files {
      try AtomicFile.write(try Data(contentsOf: file), to: other.url.appending(path: file.lastPathComponent))
    }
    // How to search belongs to the model as much as its tokenizers do.
    let search = directory.generationConfigurationURL
    if FileManager.default.fileExists(atPath: search.path) {
      try AtomicFile.write(try Data(contentsOf: search), to: other.generationConfigurationURL)
    }
  }
}

extension StartingModel<EncoderDecoder> {
  /// Loads an encoder-decoder.
  init(encoderDecoder path: String) throws {
    let directory = ModelDirectory(URL(fileURLWithPath: path))
    try self.init(directory, directory.loadModel())
  }

  /// Its tokenizers in the form that tasks of two sides know.
  ///
  /// - Throws: `ConfigurationError` for a model of many languages, whose texts begin with tokens for them, and for settings
  ///   of search that cannot be read.
  func vocabularies() throws -> Vocabularies {
    guard tokenizers.languages == nil else {
      throw ConfigurationError(
        file: directory.url.path, nil, "is a model of many languages, which cannot be trained further yet")
    }
    let search = try GenerationConfiguration.options(for: model.configuration, in: directory, .directory)
    return Vocabularies(
      source: tokenizers.source, target: tokenizers.hasOwnTarget ? tokenizers.target : nil,
      forcedBeginning: search.forcedBeginningToken)
  }
}

extension StartingModel<TextEncoder> {
  /// Loads a text encoder.
  init(encoder path: String) throws {
    let directory = ModelDirectory(URL(fileURLWithPath: path))
    try self.init(directory, directory.loadEncoder())
  }
}

extension StartingModel<LanguageModel> {
  /// Loads a language model.
  init(languageModel path: String) throws {
    let directory = ModelDirectory(URL(fileURLWithPath: path))
    try self.init(directory, directory.loadLanguageModel())
  }
}
