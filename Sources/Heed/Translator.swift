import Foundation
import HeedGeneration
import HeedModels
import HeedText

/// Translates text.
///
///     let translator = try Translator(directory: url)
///     print(try translator.translate("Where is the train station?"))
///
/// A value that never changes: any number of threads may use it. A sentence's translation and its scores are the same to
/// the last bit alone and in any batch, on one thread and on many.
public struct Translator: Sendable {
  /// How to search where nothing else is said: what `generation_config.json` says.
  public let defaults: GenerationOptions
  /// Cuts sources into tokens.
  public let sourceTokenizer: TextTokenizer
  /// Makes text of tokens.
  public let targetTokenizer: TextTokenizer
  let generator: SequenceGenerator

  /// The architecture of the (first) model.
  public var configuration: TransformerConfiguration { generator.configuration }

  /// Loads a model directory.
  ///
  /// - Throws: `ConfigurationError`, `CheckpointError`, `TokenizerError` or `TranslatorError`, which say which file
  ///   cannot be used and why.
  public init(directory: URL) throws {
    try self.init(directories: [directory])
  }

  /// Loads several models, whose probabilities are averaged.
  ///
  /// - Parameter directories: At least one; their tokenizers must be the same. The first one's settings of search hold.
  /// - Throws: What loading one model throws, and `TranslatorError.unequalModels`.
  public init(directories: [URL]) throws {
    precondition(!directories.isEmpty, "a translator needs a model")
    try self.init(try directories.map { try LoadedModel(directory: $0) })
  }

  /// Loads a model from bytes in memory.
  ///
  /// - Throws: What loading a directory throws.
  public init(embedded: EmbeddedModel) throws {
    try self.init([try LoadedModel(embedded: embedded)])
  }

  /// Translates with a model that is in memory already.
  ///
  /// - Parameters:
  ///   - model: The model; later changes to its parameters may or may not be seen.
  ///   - sourceTokenizer: Cuts sources into tokens.
  ///   - targetTokenizer: Makes text of tokens; nil for one tokenizer on both sides.
  ///   - defaults: How to search; nil for greedy search.
  ///   - name: What errors call the model.
  /// - Throws: `TranslatorError` for a tokenizer of more tokens than the model has.
  public init(
    model: EncoderDecoder, sourceTokenizer: TextTokenizer, targetTokenizer: TextTokenizer? = nil,
    defaults: GenerationOptions? = nil, name: String = "the model"
  ) throws {
    try self.init([
      LoadedModel(
        name: name, model: model,
        options: defaults ?? GenerationConfiguration.defaults(for: model.configuration),
        sourceTokenizer: sourceTokenizer, targetTokenizer: targetTokenizer)
    ])
  }

  private init(_ models: [LoadedModel]) throws {
    let first = models[0]
    for model in models {
      try model.checkVocabularies()
      try first.checkEnsemble(with: model)
    }
    defaults = first.options
    sourceTokenizer = first.sourceTokenizer
    targetTokenizer = first.targetTokenizer ?? first.sourceTokenizer
    generator = try SequenceGenerator(models.map(\.model))
  }
}

/// A model with its tokenizers, before it is prepared for inference.
private struct LoadedModel {
  let name: String
  let model: EncoderDecoder
  let options: GenerationOptions
  let sourceTokenizer: TextTokenizer
  let targetTokenizer: TextTokenizer?

  init(
    name: String, model: EncoderDecoder, options: GenerationOptions, sourceTokenizer: TextTokenizer,
    targetTokenizer: TextTokenizer?
  ) {
    self.name = name
    self.model = model
    self.options = options
    self.sourceTokenizer = sourceTokenizer
    self.targetTokenizer = targetTokenizer
  }

  init(directory url: URL) throws {
    let directory = ModelDirectory(url)
    let configuration = try directory.configuration()
    options = try GenerationConfiguration.options(
      for: configuration, file: directory.generationConfigurationURL)
    sourceTokenizer = try TextTokenizer(contentsOf: directory.tokenizerURL)
    let hasTarget = FileManager.default.fileExists(atPath: directory.targetTokenizerURL.path)
    targetTokenizer = hasTarget ? try TextTokenizer(contentsOf: directory.targetTokenizerURL) : nil
    model = try directory.loadModel()
    name = url.path
  }

  init(embedded: EmbeddedModel) throws {
    name = embedded.name
    let configuration = try ModelReader.configuration(
      embedded.configuration.borrowedData, file: "\(embedded.name)/config.json")
    options =
      try embedded.generationConfiguration.map {
        try GenerationConfiguration.options(
          for: configuration, $0.borrowedData, file: "\(embedded.name)/generation_config.json")
      } ?? GenerationConfiguration.defaults(for: configuration)
    sourceTokenizer = try TextTokenizer(json: embedded.tokenizer.borrowedData)
    targetTokenizer = try embedded.targetTokenizer.map { try TextTokenizer(json: $0.borrowedData) }
    let weights = try SafetensorsFile(
      named: "\(embedded.name)/model.safetensors", bytes: embedded.weights, owner: nil)
    model = try ModelReader.model(configuration, weights)
  }

  /// Every token must have its row in the embedding.
  func checkVocabularies() throws(TranslatorError) {
    let configuration = model.configuration
    let sourceCount = sourceTokenizer.vocabularySize
    guard sourceCount <= configuration.sourceVocabularySize else {
      throw .vocabularyTooLarge(
        file: "\(name)/tokenizer.json", tokenCount: sourceCount,
        embeddingCount: configuration.sourceVocabularySize)
    }
    let targetCount = (targetTokenizer ?? sourceTokenizer).vocabularySize
    guard targetCount <= configuration.targetVocabularySize else {
      throw .vocabularyTooLarge(
        file: "\(name)/\(targetTokenizer == nil ? "tokenizer.json" : "target_tokenizer.json")",
        tokenCount: targetCount, embeddingCount: configuration.targetVocabularySize)
    }
  }

  func checkEnsemble(with other: LoadedModel) throws(TranslatorError) {
    func require(_ condition: Bool, _ difference: String) throws(TranslatorError) {
      guard condition else { throw .unequalModels(first: name, second: other.name, difference: difference) }
    }
    guard name != other.name else { return }
    try require(sourceTokenizer.json == other.sourceTokenizer.json, "tokenizer.json")
    try require(targetTokenizer?.json == other.targetTokenizer?.json, "target_tokenizer.json")
    let (one, two) = (model.configuration, other.model.configuration)
    try require(one.targetVocabularySize == two.targetVocabularySize, "the size of the target's vocabulary")
    try require(one.sourceVocabularySize == two.sourceVocabularySize, "the size of the source's vocabulary")
    try require(one.startToken == two.startToken, "the token that translations start from")
    try require(one.endToken == two.endToken, "the token that ends a sentence")
  }
}
