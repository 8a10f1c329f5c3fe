import Foundation
import HeedChat
import HeedGeneration
import HeedModels
import HeedText

/// Continues text with a language model: GPT-2, Llama, Qwen2 and their kin.
///
///     let generator = try TextGenerator(directory: url)
///     for try await piece in generator.stream("Once upon a time") { print(piece, terminator: "") }
///
/// A value that never changes: any number of threads may use it. A text's continuation is the same to the last bit alone
/// and in any batch, on one thread and on many.
public struct TextGenerator: Sendable {
  /// How to search where nothing else is said: what `generation_config.json` says.
  public let defaults: GenerationOptions
  /// Cuts prompts into tokens, and makes text of tokens.
  public let tokenizer: TextTokenizer
  /// The conversation's form, where the model was trained for conversations.
  public let chatTemplate: ChatTemplate?
  /// The texts of special tokens, by the names that chat templates have for them.
  let specialTokens: [String: String]
  package internal(set) var generator: LanguageModelGenerator

  /// The architecture of the model.
  public var configuration: TransformerConfiguration { generator.configuration }

  /// Loads a model directory.
  ///
  /// - Parameters:
  ///   - directory: Where the model is.
  ///   - search: What is made of the directory's settings of search.
  ///   - precision: How the weights are held; nil for as the directory has them.
  /// - Throws: `ConfigurationError`, `CheckpointError`, `TokenizerError` or `ChatTemplateError`, which say what cannot
  ///   be used and why.
  public init(
    directory: URL, _ search: GenerationConfiguration.Source = .directory, precision: WeightPrecision? = nil
  ) throws {
    let files = ModelDirectory(directory)
    let model = try files.loadLanguageModel(for: .inference(precision))
    let tokenizers = try TokenizerDirectory(directory, modelType: model.configuration.family.rawValue)
    try self.init(
      model: model, tokenizer: tokenizers.source, chatTemplate: tokenizers.chatTemplates["default"],
      specialTokens: tokenizers.specialTokens.byName,
      defaults: try GenerationConfiguration.options(for: model.configuration, in: files, search),
      name: directory.path)
  }

  /// Continues with a model that is in memory already.
  ///
  /// - Parameters:
  ///   - model: The model; later changes to its parameters may or may not be seen.
  ///   - tokenizer: Cuts prompts into tokens, and makes text of tokens.
  ///   - chatTemplate: The conversation's form, in Jinja.
  ///   - specialTokens: The texts of special tokens, by the names that chat templates have for them: `bos_token`.
  ///   - defaults: How to search; nil for greedy search.
  ///   - name: What errors call the model.
  /// - Throws: `TranslatorError` for a tokenizer of more tokens than the model has, `ChatTemplateError`.
  public init(
    model: LanguageModel, tokenizer: TextTokenizer, chatTemplate: String? = nil,
    specialTokens: [String: String] = [:], defaults: GenerationOptions? = nil, name: String = "the model"
  ) throws {
    guard tokenizer.vocabularySize <= model.configuration.targetVocabularySize else {
      throw TranslatorError.vocabularyTooLarge(
        file: name, tokenCount: tokenizer.vocabularySize,
        embeddingCount: model.configuration.targetVocabularySize)
    }
    self.defaults = defaults ?? GenerationConfiguration.defaults(for: model.configuration)
    self.tokenizer = tokenizer
    self.chatTemplate = try chatTemplate.map { try ChatTemplate($0) }
    self.specialTokens = specialTokens
    generator = LanguageModelGenerator(model)
  }

  /// Continues a text.
  ///
  /// - Parameters:
  ///   - prompt: What comes before.
  ///   - options: How to search; nil for ``defaults``.
  /// - Returns: What follows, without the prompt.
  /// - Throws: `PromptError`, `GenerationOptionsError` or `SearchError`; `CancellationError` if the task is cancelled.
  public func generate(_ prompt: String, _ options: GenerationOptions? = nil) throws -> String {
    try generate([prompt], options).first?.first?.text ?? ""
  }

  /// Continues texts.
  ///
  /// - Parameters:
  ///   - prompts: What comes before.
  ///   - options: How to search; nil for ``defaults``.
  ///   - isChat: Whether the prompts come from a chat template, which has set the special tokens already.
  ///   - first: What samples of the first prompt depend on.
  /// - Returns: For each prompt its continuations, best first.
  /// - Throws: `PromptError`, `GenerationOptionsError` or `SearchError`; `CancellationError` if the task is cancelled.
  public func generate(
    _ prompts: [String], _ options: GenerationOptions? = nil, isChat: Bool = false, first: Int = 0
  ) throws -> [[GeneratedText]] {
    let tokens = prompts.map { promptTokens($0, isChat: isChat) }
    let options = options ?? defaults
    let found = try generator.generate(tokens, options, firstIdentity: UInt64(first))
    return found.map { $0.map { GeneratedText($0, options.endTokens, tokenizer) } }
  }

  /// The text that a conversation is for the model.
  ///
  /// - Throws: `TextGeneratorError.noChatTemplate`, or `ChatTemplateError`.
  public func chatPrompt(_ messages: [ChatMessage]) throws -> String {
    guard let chatTemplate else { throw TextGeneratorError.noChatTemplate }
    return try chatTemplate.render(messages: messages, addingGenerationPrompt: true, tokens: specialTokens)
  }

  /// The model's answer in a conversation.
  ///
  /// - Throws: `TextGeneratorError.noChatTemplate`, `ChatTemplateError`, and what ``generate(_:_:)`` throws.
  public func answer(_ messages: [ChatMessage], _ options: GenerationOptions? = nil) throws -> String {
    try generate([try chatPrompt(messages)], options, isChat: true).first?.first?.text ?? ""
  }

  /// The tokens of a prompt, with what the tokenizer puts first unless a chat template did so.
  func promptTokens(_ prompt: String, isChat: Bool) -> [TokenID] {
    var tokens = tokenizer.encode(prompt, addingSpecialTokens: !isChat)
    // Some tokenizers end every text, which nothing could follow.
    if !isChat, tokens.count > 1, let last = tokens.last, configuration.endTokens.contains(last),
      last != configuration.beginToken
    {
      tokens.removeLast()
    }
    return tokens
  }
}

/// What follows a prompt.
public struct GeneratedText: Sendable, Hashable {
  /// The text, without the prompt and without special tokens.
  public let text: String
  /// The tokens, with the one that ended it.
  public let tokens: [TokenID]
  /// How likely the model found each of them, as logarithms.
  public let tokenLogProbabilities: [Float]
  /// The score that search went by.
  public let score: Float
  /// Whether the model ended it, rather than the limit of its length.
  public let isFinished: Bool

  init(_ hypothesis: Hypothesis, _ endTokens: [TokenID], _ tokenizer: TextTokenizer) {
    text = tokenizer.decode(hypothesis.tokens)
    tokens = hypothesis.tokens
    tokenLogProbabilities = hypothesis.tokenLogProbabilities
    score = hypothesis.score
    isFinished = hypothesis.tokens.last.map { endTokens.contains($0) } ?? false
  }
}

/// A text generator that cannot do what was asked.
public enum TextGeneratorError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The directory has no form for conversations.
  case noChatTemplate

  /// One sentence.
  public var description: String {
    switch self {
    case .noChatTemplate:
      "the model has no chat template (chat_template in tokenizer_config.json): it was not trained for conversations; "
        + "give it a text to continue"
    }
  }
}
