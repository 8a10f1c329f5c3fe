import Foundation
import HeedGeneration
import HeedModels
import HeedTensor
import HeedText

/// A model with its tokenizers.
struct LoadedModel {
  let name: String
  let model: TranslationModel
  let options: GenerationOptions
  let sourceTokenizer: TextTokenizer
  let targetTokenizer: TextTokenizer?
  /// What every source begins with.
  var sourcePrefix = ""

  init(
    name: String, model: TranslationModel, options: GenerationOptions, sourceTokenizer: TextTokenizer,
    targetTokenizer: TextTokenizer?
  ) {
    self.name = name
    self.model = model
    self.options = options
    self.sourceTokenizer = sourceTokenizer
    self.targetTokenizer = targetTokenizer
  }

  init(directory url: URL, _ task: TranslationTask, _ precision: WeightPrecision?) throws {
    let directory = ModelDirectory(url)
    let architecture = try directory.translationArchitecture()
    let (tokenizers, model) = try concurrently(
      { try TokenizerDirectory(url, modelType: architecture.modelType) },
      { try directory.loadTranslationModel(for: .inference(precision)) })
    var options = try GenerationConfiguration.options(
      for: architecture.interface, in: directory, task.search)
    if tokenizers.languages?.placement == .ownLanguage, task.targetLanguage == nil,
      options.forcedBeginningToken == nil
    {
      throw TranslatorError.targetLanguageMissing(model: url.path)
    }
    if task.search == .directory, let source = task.sourceLanguage, let target = task.targetLanguage {
      try directory.apply(task: "translation_\(source)_to_\(target)", to: &options)
      try options.validate(vocabularySize: architecture.interface.targetVocabularySize)
    }
    if tokenizers.languages == nil, let configuration = architecture.transformer,
      let prefix = try directory.sourcePrefix(for: task, configuration)
    {
      sourcePrefix = prefix
      (sourceTokenizer, targetTokenizer) = (
        tokenizers.source, tokenizers.hasOwnTarget ? tokenizers.target : nil
      )
    } else {
      let pair = try tokenizers.translation(from: task.sourceLanguage, to: task.targetLanguage)
      if let token = pair.forcedBeginningID { options.forcedBeginningToken = token }
      sourcePrefix = task.sourcePrefix ?? ""
      sourceTokenizer = pair.source
      targetTokenizer =
        tokenizers.hasOwnTarget || pair.forcedBeginningID != nil || tokenizers.languages != nil
        ? pair.target : nil
    }
    self.options = options
    self.model = model
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
    let (tokenizers, model) = try concurrently(
      {
        (
          source: try TextTokenizer(json: embedded.tokenizer.borrowedData),
          target: try embedded.targetTokenizer.map { try TextTokenizer(json: $0.borrowedData) }
        )
      },
      { () -> EncoderDecoder in
        let weights = try SafetensorsFile(
          named: "\(embedded.name)/model.safetensors", bytes: embedded.weights, owner: nil)
        return try ModelReader.model(configuration, weights, for: .inference())
      })
    (sourceTokenizer, targetTokenizer) = tokenizers
    self.model = .transformer(model)
  }

  /// Every token must have its row in the embedding.
  func checkVocabularies() throws(TranslatorError) {
    let configuration = model.interface
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
    let (one, two) = (model.interface, other.model.interface)
    try require(one.targetVocabularySize == two.targetVocabularySize, "the size of the target's vocabulary")
    try require(one.sourceVocabularySize == two.sourceVocabularySize, "the size of the source's vocabulary")
    try require(one.startToken == two.startToken, "the token that translations start from")
    try require(one.endToken == two.endToken, "the token that ends a sentence")
  }
}
