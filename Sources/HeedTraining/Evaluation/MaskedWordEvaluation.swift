import HeedLayers
import HeedModels
import HeedText

/// How well an encoder finds hidden words of a text: the same words each time, which follow from a seed.
public struct MaskedWordEvaluation: Sendable {
  /// The share of words that are hidden.
  public var share = 0.15
  /// Whether the tokens of a word are hidden together.
  public var masksWholeWords = false
  /// What is hidden follows from it.
  public var seed: UInt64 = 1
  /// The most tokens of a sequence, special ones included; longer lines are cut.
  public var maximumLength = 256
  /// The most tokens of a batch.
  public var batchTokens = 4096

  /// The usual shares, with the seed 1.
  public init() {}

  /// What was measured.
  public struct Figures: Sendable, Hashable {
    /// −log p of a hidden word, in nats, on average.
    public var loss: Double
    /// Sequences that the text was cut into.
    public var sequenceCount: Int
    /// Tokens of the text, special ones included.
    public var tokenCount: Int
  }

  /// Measures a model.
  ///
  /// - Parameters:
  ///   - directory: The model's directory.
  ///   - files: The text, whose passages are cut into sequences; one at least.
  /// - Returns: The figures.
  /// - Throws: What loading a model gives cause for, `ConfigurationError` for one that predicts no words, and `CorpusError`.
  public func measure(directory: String, on files: [TextFile]) throws -> Figures {
    let start = try StartingModel(encoder: directory, .unchanged)
    guard start.model.configuration.head.predictsWords, let mask = start.tokenizers.id(.mask) else {
      throw ConfigurationError(
        file: directory, nil,
        "does not predict masked words, or has a tokenizer without a token that hides them")
    }
    let tokenizer = start.tokenizers.source
    let frame = tokenizer.frame
    let limit = min(maximumLength, start.model.configuration.lengthLimit ?? .max)
    let length = limit - frame.before.count - frame.after.count
    guard length > 1 else {
      throw ConfigurationError(file: directory, nil, "cannot read a text in sequences of \(limit) tokens")
    }
    var store = TokenStore()
    for file in files {
      try file.forEach { store.append($0.text, tokenizer, length: length, frame: frame) }
    }
    guard !store.isEmpty else {
      throw ConfigurationError(
        file: files.first?.file ?? "", nil, "has no passage of two tokens at the least")
    }
    var masking = WordMasking(
      mask: mask, specialTokens: tokenizer.specialTokenIDs, continuesWord: tokenizer.continuesWord,
      masksWholeWords: masksWholeWords)
    masking.share = share
    let task = MaskedLanguageModelTask(
      training: .sequences(TokenStore()), validation: .sequences(store), masking,
      validationTokenBudget: batchTokens, seed: seed,
      decode: { tokenizer.decode($0, skippingSpecialTokens: false) })
    return Figures(
      loss: try task.validate(start.model).loss, sequenceCount: store.count, tokenCount: store.tokens.count)
  }
}

extension ModelRecipe {
  /// A model as it stands in its directory.
  static var unchanged: ModelRecipe {
    var recipe = ModelRecipe()
    (recipe.dropout, recipe.attentionDropout, recipe.activationDropout) = (nil, nil, nil)
    return recipe
  }
}

extension TokenStore {
  /// Adds a passage in parts of at most so many tokens, each within a frame; a part of one token alone is left out, for it
  /// has no neighbours to tell anything of it.
  mutating func append(
    _ passage: String, _ tokenizer: TextTokenizer, length: Int, frame: (before: [Int32], after: [Int32])
  ) {
    let tokens = tokenizer.encode(passage, addingSpecialTokens: false)
    for start in stride(from: 0, to: tokens.count, by: length) {
      let part = tokens[start..<min(start + length, tokens.count)]
      if part.count > 1 { append(frame.before + part + frame.after) }
    }
  }
}
