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

  /// - Parameters:
  ///   - directory: Where the model is.
  ///   - model: The model as it was loaded.
  ///   - recipe: What is changed of it: dropout, and new tokens.
  /// - Throws: `TokenizerError` and `ConfigurationError` for the tokenizer, `RecipeError` for dropout that the family has not.
  private init(_ directory: ModelDirectory, _ model: Model, _ recipe: ModelRecipe) throws {
    self.directory = directory
    let tokenizers = try TokenizerDirectory(
      directory.url, modelType: model.configuration.family.rawValue)
    let tokenCount = max(tokenizers.source.vocabularySize, tokenizers.target.vocabularySize)
    let words = recipe.newTokens
    // New rows are means of those of known tokens, on both sides.
    let size = model.configuration.targetVocabularySize
    let rowCount = words.isEmpty ? size : min(size, model.configuration.sourceVocabularySize)
    guard tokenCount <= rowCount else {
      throw ConfigurationError(
        file: directory.configurationURL.path, "vocab_size",
        "is \(rowCount), and the tokenizer has \(tokenCount) tokens")
    }
    var changed = model
    if recipe.dropout != nil || recipe.attentionDropout != nil || recipe.activationDropout != nil {
      do {
        changed = changed.with(
          try model.configuration.withDropout(
            recipe.dropout.map { Float($0) }, attention: recipe.attentionDropout.map { Float($0) },
            activation: recipe.activationDropout.map { Float($0) }))
      } catch let error as ConfigurationError {
        throw RecipeError(
          origin: nil, key: error.field.map { "model.\($0)" }, .unusable(reason: error.reason))
      }
    }
    if words.isEmpty {
      self.tokenizers = tokenizers
    } else {
      self.tokenizers = try tokenizers.adding(words)
      changed = changed.withVocabulary(of: tokenCount + words.count, known: tokenCount)
    }
    self.model = changed
  }

  /// Writes the tokenizers' files into another directory.
  func writeFiles(to other: ModelDirectory) throws {
    for file in tokenizers.files {
      try AtomicFile.write(try Data(contentsOf: file), to: other.url.appending(path: file.lastPathComponent))
    }
    // A reader takes tokenizer.json for the sign that all is there, so it comes last.
    if tokenizers.hasNewTokens { try AtomicFile.write(tokenizers.source.json, to: other.tokenizerURL) }
    // How to search belongs to the model as much as its tokenizers do.
    let search = directory.generationConfigurationURL
    if FileManager.default.fileExists(atPath: search.path) {
      try AtomicFile.write(try Data(contentsOf: search), to: other.generationConfigurationURL)
    }
  }
}

extension StartingModel<EncoderDecoder> {
  /// Loads an encoder-decoder.
  init(encoderDecoder path: String, _ recipe: ModelRecipe) throws {
    let directory = ModelDirectory(URL(fileURLWithPath: path))
    try self.init(directory, directory.loadModel(), recipe)
  }

  /// Its tokenizers in the form that tasks of two sides know. Texts of a model of many languages begin with the tokens of
  /// the recipe's, as they do in translating.
  ///
  /// - Throws: `RecipeError` where the model knows many languages and the recipe does not name the target's, `TokenizerError`
  ///   for a language that it does not know, and what settings of search give cause for.
  func vocabularies(_ data: DataRecipe) throws -> Vocabularies {
    if let languages = tokenizers.languages, data.targetLanguage == nil {
      let known =
        languages.codes.prefix(20).joined(separator: ", ") + (languages.codes.count > 20 ? ", …" : "")
      throw RecipeError(
        origin: nil, key: "data.target_language",
        .unusable(reason: "is missing: \(directory.url.path) is a model of many languages (\(known))"))
    }
    let pair = try tokenizers.translation(from: data.sourceLanguage, to: data.targetLanguage)
    let search = try GenerationConfiguration.options(for: model.configuration, in: directory, .directory)
    return Vocabularies(
      source: pair.source, target: tokenizers.hasOwnTarget || tokenizers.languages != nil ? pair.target : nil,
      forcedBeginning: pair.forcedBeginningID ?? search.forcedBeginningToken)
  }
}

extension StartingModel<TextEncoder> {
  /// Loads a text encoder.
  init(encoder path: String, _ recipe: ModelRecipe) throws {
    let directory = ModelDirectory(URL(fileURLWithPath: path))
    try self.init(directory, directory.loadEncoder(), recipe)
  }
}

extension StartingModel<LanguageModel> {
  /// Loads a language model.
  init(languageModel path: String, _ recipe: ModelRecipe) throws {
    let directory = ModelDirectory(URL(fileURLWithPath: path))
    try self.init(directory, directory.loadLanguageModel(), recipe)
  }
}
