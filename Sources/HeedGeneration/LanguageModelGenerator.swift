import HeedModels
import HeedTensor
import HeedText

/// Continues token sequences with a language model: cuts them into batches and gives results in their order.
public struct LanguageModelGenerator: Sendable {
  /// The model, prepared for inference.
  public let model: LanguageModel
  /// The most prompt tokens of a batch.
  public var batchTokenBudget: Int

  /// A generator with a model, which it prepares for inference.
  public init(_ model: LanguageModel, batchTokenBudget: Int = 2048) {
    self.model = model.preparedForInference
    self.batchTokenBudget = batchTokenBudget
  }

  /// The architecture of the model.
  public var configuration: TransformerConfiguration { model.configuration }

  /// The continuations of each prompt, best first.
  ///
  /// - Parameters:
  ///   - prompts: Token sequences; an empty one begins with the model's first token, where it has one.
  ///   - options: How to search.
  ///   - firstIdentity: What samples of the first prompt depend on; the next one's is one more.
  ///   - observe: Is told of each token as soon as it is chosen; see ``Search/run(_:_:_:observe:)``.
  /// - Returns: For each prompt its hypotheses, at least one, without the prompt's tokens.
  /// - Throws: `GenerationOptionsError`, `SearchError`, `PromptError`; `CancellationError` if the calling task is
  ///   cancelled.
  public func generate(
    _ prompts: [[TokenID]], _ options: GenerationOptions, firstIdentity: UInt64 = 0,
    observe: TokenObserver? = nil
  ) throws -> [[Hypothesis]] {
    let inputs = try prompts.enumerated().map { index, prompt in
      try input(prompt, number: index, identity: firstIdentity &+ UInt64(index))
    }
    return try SourceBatches.run(lengths: inputs.map { $0.prompt?.count ?? 1 }, budget: batchTokenBudget) {
      batch in
      var session = LanguageModelSession(model, prompts: batch.map { inputs[$0].prompt ?? [] })
      return try Search.run(&session, batch.map { inputs[$0] }, options) { source, sequence, token in
        observe?(batch[source], sequence, token)
      }
    }
  }

  /// The log-probability of each token of a sequence but the first, given those before it.
  ///
  /// - Parameter tokens: At least one token, and no more than the model reads at a time.
  /// - Returns: A number for each token but the first.
  /// - Throws: `PromptError`, `SearchError`.
  public func logProbabilities(of tokens: [TokenID]) throws -> [Float] {
    let tokens = try input(tokens, number: 0, identity: 0).prompt ?? []
    guard tokens.count > 1 else { return [] }
    var session = LanguageModelSession(model, prompts: [[tokens[0]]])
    let found = try Search.score(&session, references: [Array(tokens.dropFirst())], startToken: tokens[0])
    return found[0].tokenLogProbabilities
  }

  private func input(_ prompt: [TokenID], number: Int, identity: UInt64) throws -> SearchInput {
    var prompt = prompt
    if prompt.isEmpty {
      guard let token = configuration.beginToken ?? configuration.endTokens.first else {
        throw PromptError.empty(number: number)
      }
      prompt = [token]
    }
    let limit = configuration.maximumPositions
    guard prompt.count < limit else {
      throw PromptError.tooLong(number: number, tokenCount: prompt.count, limit: limit)
    }
    return SearchInput(identity: identity, prompt: prompt, maximumNewTokens: limit - prompt.count)
  }
}

/// A prompt that cannot be continued.
public enum PromptError: Error, Sendable, Hashable, CustomStringConvertible {
  /// There is nothing to continue; `number` counts from 0.
  case empty(number: Int)
  /// There is no room behind it; `number` counts from 0.
  case tooLong(number: Int, tokenCount: Int, limit: Int)

  /// One sentence.
  public var description: String {
    switch self {
    case .empty(let number):
      "prompt \(number + 1) is empty, and the model has no token that texts begin with: give it at least a word"
    case .tooLong(let number, let count, let limit):
      "prompt \(number + 1) has \(count) tokens, and the model reads at most \(limit), of which one must be left to "
        + "write: shorten it"
    }
  }
}
