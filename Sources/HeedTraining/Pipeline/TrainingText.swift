/// The pairs of sentences that a model learns from, and those that it is validated on.
public struct TrainingText: Sendable {
  /// Where pairs come from; they can be read again and again.
  public enum Pairs: Sendable {
    /// Files.
    case corpus(ParallelCorpus)
    /// Pairs in memory, such as generated ones.
    case inMemory([SentencePair])

    /// Goes through the pairs in order.
    ///
    /// - Returns: How many pairs were left out because a line was too long.
    /// - Throws: `CorpusError`, or what `body` throws.
    @discardableResult
    public func forEach(_ body: (SentencePair) throws -> Void) throws -> Int {
      switch self {
      case .corpus(let corpus): return try corpus.forEach(body)
      case .inMemory(let pairs):
        try pairs.forEach(body)
        return 0
      }
    }
  }

  /// What to learn from.
  public var training: Pairs
  /// What to validate on.
  public var validation: Pairs
  /// Parts of words that the vocabulary keeps apart; see `BPETrainer.Options.separatedWords`.
  public var separatedWords: [String]

  /// Text of any origin.
  public init(training: Pairs, validation: Pairs, separatedWords: [String] = []) {
    self.training = training
    self.validation = validation
    self.separatedWords = separatedWords
  }

  /// The files that a recipe names; nothing is opened yet.
  ///
  /// - Throws: `RecipeError` if the recipe lacks text to train or to validate on.
  public init(_ recipe: Recipe) throws(RecipeError) {
    let training = try recipe.data.trainingCorpus(recipe.task)
    guard let validation = try recipe.data.validationCorpus(recipe.task) else {
      throw RecipeError(
        origin: nil, key: "data.valid_source",
        .unusable(
          reason: "is missing: name held-out text, which decides when training has come far enough"))
    }
    self.init(training: .corpus(training), validation: .corpus(validation))
  }
}
