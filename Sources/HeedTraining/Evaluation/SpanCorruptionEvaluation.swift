import HeedLayers
import HeedModels
import HeedText

/// How well an encoder-decoder writes what is missing from a text: the same spans each time, which follow from a seed, as
/// when it is validated in training.
public struct SpanCorruptionEvaluation: Sendable {
  /// The share of tokens that are left out.
  public var share = 0.15
  /// How many of them are left out at a time, on average.
  public var meanSpanLength = 3.0
  /// What is left out follows from it.
  public var seed: UInt64 = 1
  /// The most tokens of a sequence, the end of sentence included; longer lines are cut.
  public var maximumLength = 256
  /// The most tokens of a batch, on its larger side.
  public var batchTokens = 4096

  /// The shares of T5's authors, with the seed 1.
  public init() {}

  /// What was measured.
  public struct Figures: Sendable, Hashable {
    /// −log p of a token of what is left out, sentinels and the end of sentence among them, in nats, on average.
    public var loss: Double
    /// Sequences that the text was cut into.
    public var sequenceCount: Int
    /// Tokens of the text.
    public var tokenCount: Int
  }

  /// Measures a model.
  ///
  /// - Parameters:
  ///   - directory: The model's directory.
  ///   - files: The text, whose passages are cut into sequences; one at least.
  /// - Returns: The figures.
  /// - Throws: What loading a model gives cause for, `ConfigurationError` for one whose tokenizer has no tokens that stand for
  ///   what is left out, and `CorpusError`.
  /// - Precondition: The share is between 0 and 1, and spans are one token long at least.
  public func measure(directory: String, on files: [TextFile]) throws -> Figures {
    let start = try StartingModel(encoderDecoder: directory, .unchanged)
    let (tokenizer, configuration) = (start.tokenizers.source, start.model.configuration)
    let corruption = SpanCorruption(
      share: share, meanSpanLength: meanSpanLength, sentinels: try tokenizer.sentinels(file: directory))
    // The end of sentence comes when a sequence is corrupted.
    let length = min(maximumLength, configuration.lengthLimit ?? .max) - 1
    guard length > 1 else {
      throw ConfigurationError(
        file: directory, nil, "cannot read a text in sequences of \(length + 1) tokens")
    }
    var store = TokenStore()
    for file in files {
      try file.forEach { store.append($0.text, tokenizer, length: length, frame: ([], [])) }
    }
    guard !store.isEmpty else {
      throw ConfigurationError(
        file: files.first?.file ?? "", nil, "has no passage of two tokens at the least")
    }
    let task = SpanCorruptionTask(
      training: TokenStore(), validation: store, corruption, .init(configuration),
      validationTokenBudget: batchTokens, seed: seed)
    return Figures(
      loss: try task.validate(start.model).loss, sequenceCount: store.count, tokenCount: store.tokens.count)
  }
}
