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
  /// What every source begins with, such as T5's "translate English to German: ".
  public let sourcePrefix: String
  var generator: SequenceGenerator<TranslationModel>

  /// Vocabularies, special tokens and limits of the (first) model.
  public var interface: SequenceInterface { generator.interface }

  /// The architecture of the (first) model, if that is a Transformer.
  public var configuration: TransformerConfiguration? { generator.models[0].transformer?.configuration }

  /// Loads a model directory.
  ///
  /// - Parameters:
  ///   - directory: Where the model is.
  ///   - task: The languages, and what the model is told of them.
  ///   - precision: How the weights are held; nil for as the directory has them.
  /// - Throws: `ConfigurationError`, `CheckpointError`, `TokenizerError` or `TranslatorError`, which say which file
  ///   cannot be used and why.
  public init(
    directory: URL, _ task: TranslationTask = TranslationTask(), precision: WeightPrecision? = nil
  ) throws {
    try self.init(directories: [directory], task, precision: precision)
  }

  /// Loads several models, whose probabilities are averaged.
  ///
  /// - Parameters:
  ///   - directories: At least one; their tokenizers must be the same. The first one's settings of search hold.
  ///   - task: The languages, and what the models are told of them.
  ///   - precision: How the weights are held; nil for as their directories have them.
  /// - Throws: What loading one model throws, and `TranslatorError.unequalModels`.
  public init(
    directories: [URL], _ task: TranslationTask = TranslationTask(), precision: WeightPrecision? = nil
  ) throws {
    precondition(!directories.isEmpty, "a translator needs a model")
    try self.init(try directories.map { try LoadedModel(directory: $0, task, precision) })
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
    try self.init(
      model: .transformer(model), sourceTokenizer: sourceTokenizer, targetTokenizer: targetTokenizer,
      defaults: defaults, name: name)
  }

  /// The same with a model of any architecture.
  package init(
    model: TranslationModel, sourceTokenizer: TextTokenizer, targetTokenizer: TextTokenizer? = nil,
    defaults: GenerationOptions? = nil, name: String = "the model"
  ) throws {
    try self.init([
      LoadedModel(
        name: name, model: model, options: defaults ?? GenerationConfiguration.defaults(for: model.interface),
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
    sourcePrefix = first.sourcePrefix
    generator = try SequenceGenerator(models.map(\.model))
  }
}
