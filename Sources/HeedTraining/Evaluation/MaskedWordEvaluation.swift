import HeedLayers
import HeedModels
import HeedText

/// How well an encoder finds hidden words of a text: the same words each time, which follow from a seed. One that has learned
/// whether a text goes on from another is measured on pairs of texts, as when it is validated in training, and of both.
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
    /// Sequences that the text was cut into, or pairs that were drawn from it.
    public var sequenceCount: Int
    /// Tokens of the text; where it was cut into sequences, special ones included.
    public var tokenCount: Int
    /// In per cent, how often the model knows whether the second text of a pair goes on from the first; nil where it has
    /// not learned that, or where no pairs can be drawn from the text.
    public var nextSentenceAccuracy: Double?
    /// Whether the model has learned what goes on from what.
    public var knowsNextSentence: Bool
  }

  /// Measures a model.
  ///
  /// Pairs are drawn where the text has two documents at least, with an empty line between them, and one of them two
  /// sentences; else the passages are cut into sequences, whatever the model has learned.
  ///
  /// - Parameters:
  ///   - directory: The model's directory.
  ///   - files: The text; one at least.
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
    let limit = min(maximumLength, start.model.configuration.lengthLimit ?? .max)
    var masking = WordMasking(
      mask: mask, specialTokens: tokenizer.specialTokenIDs, continuesWord: tokenizer.continuesWord,
      masksWholeWords: masksWholeWords)
    masking.share = share
    let knowsNextSentence = start.model.configuration.head == .preTraining
    let texts: MaskedLanguageModelTask.Texts =
      if knowsNextSentence, let pairs = Self.pairs(of: files, tokenizer, length: limit) {
        .pairs(pairs)
      } else {
        .sequences(try sequences(of: files, tokenizer, length: limit, directory: directory))
      }
    let task = MaskedLanguageModelTask(
      training: .sequences(TokenStore()), validation: texts, masking, validationTokenBudget: batchTokens,
      seed: seed, decode: { tokenizer.decode($0, skippingSpecialTokens: false) })
    let found = try task.validate(start.model)
    return Figures(
      loss: found.loss, sequenceCount: texts.count, tokenCount: texts.tokenCount,
      nextSentenceAccuracy: found.scores[.nextSentenceAccuracy], knowsNextSentence: knowsNextSentence)
  }

  /// Documents to draw pairs from; nil where the text has too few.
  private static func pairs(
    of files: [TextFile], _ tokenizer: TextTokenizer, length: Int
  ) -> NextSentencePairs? {
    let frame = tokenizer.pairFrame
    guard length - frame.length > 1 else { return nil }
    var pairs = NextSentencePairs(length: length, frame: frame)
    let splitter = SentenceSplitter(language: .other)
    do {
      for file in files {
        var documents = file
        documents.passages = .blocks
        try documents.forEach { pairs.append($0.text, splitter, tokenizer) }
      }
    } catch {
      // Lines that go on without an empty one are no documents; what else is wrong with a file shows when it is read by lines.
      return nil
    }
    return pairs.count > 0 && pairs.documentCount > 1 ? pairs : nil
  }

  private func sequences(
    of files: [TextFile], _ tokenizer: TextTokenizer, length limit: Int, directory: String
  ) throws -> TokenStore {
    let frame = tokenizer.frame
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
    return store
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
