import HeedText

/// A source whose continuation is searched for; the model holds the source itself, in the same order.
public struct SearchInput: Sendable, Hashable {
  /// What samples depend on besides the seed: the number of the line, for example, so that they are the same in any
  /// batch.
  public var identity: UInt64
  /// What the model reads before it writes, at least one token; nil for the start token of the options, which is all that
  /// the decoder of an encoder-decoder reads. Constraints see these tokens as transformers lets them.
  public var prompt: [TokenID]?
  /// Target tokens that the result begins with, behind the start token.
  public var prefix: [TokenID]
  /// The most tokens that are generated behind the prefix, where that is fewer than the options allow: what the model has
  /// room for. It holds whatever the options say of least lengths.
  public var maximumNewTokens: Int?

  /// A source without, or with, a forced prefix and a limit of its own.
  public init(
    identity: UInt64, prompt: [TokenID]? = nil, prefix: [TokenID] = [], maximumNewTokens: Int? = nil
  ) {
    precondition(prompt.map { !$0.isEmpty } ?? true, "a prompt needs a token")
    self.identity = identity
    self.prompt = prompt
    self.prefix = prefix
    self.maximumNewTokens = maximumNewTokens
  }

  /// What comes before the tokens that are generated, the prefix apart.
  func beginning(_ options: GenerationOptions) -> [TokenID] { prompt ?? [options.startToken] }

  /// The options of all sources with this one's limits.
  func options(_ shared: GenerationOptions) -> GenerationOptions {
    var options = shared
    let beginningCount = prompt?.count ?? 1
    if let length = shared.minimumLength {
      options.minimumNewTokens = max(options.minimumNewTokens, length - beginningCount)
    }
    if let length = shared.maximumLength {
      options.maximumNewTokens = min(options.maximumNewTokens, length - beginningCount)
    }
    options.maximumNewTokens = max(options.maximumNewTokens, options.minimumNewTokens)
    if let maximumNewTokens { options.maximumNewTokens = min(options.maximumNewTokens, maximumNewTokens) }
    options.maximumNewTokens = max(1, options.maximumNewTokens)
    options.minimumNewTokens = min(options.minimumNewTokens, options.maximumNewTokens)
    return options
  }
}

/// A search that could not go on.
public enum SearchError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The model gave NaN, +∞, or only −∞; `source` counts from 0.
  case unusableLogits(source: Int, position: Int)
  /// A prefix or reference holds a token that the model does not have; `source` counts from 0.
  case unknownToken(TokenID, source: Int, vocabularySize: Int)
  /// Models of an ensemble have different vocabularies.
  case differentVocabularies([Int])

  /// One sentence.
  public var description: String {
    switch self {
    case .unusableLogits(let source, let position):
      "the model's logits for source \(source + 1) at target position \(position + 1) are not finite numbers: the "
        + "model is damaged or diverged in training"
    case .unknownToken(let token, let source, let size):
      "the target tokens given for source \(source + 1) hold \(token), which is not in the vocabulary of \(size) "
        + "tokens"
    case .differentVocabularies(let sizes):
      "the models of an ensemble must share one vocabulary, but have "
        + sizes.map(String.init).joined(separator: ", ") + " tokens"
    }
  }
}

extension SearchError {
  /// Checks the tokens that a user gave for each source.
  static func check(_ inputs: [SearchInput], vocabularySize: Int) throws(SearchError) {
    try check(inputs.map { ($0.prompt ?? []) + $0.prefix }, vocabularySize: vocabularySize)
  }

  /// Checks target tokens that a user gave.
  static func check(_ sequences: [[TokenID]], vocabularySize: Int) throws(SearchError) {
    for (source, tokens) in sequences.enumerated() {
      for token in tokens where token < 0 || Int(token) >= vocabularySize {
        throw .unknownToken(token, source: source, vocabularySize: vocabularySize)
      }
    }
  }
}
