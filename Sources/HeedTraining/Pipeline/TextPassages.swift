import HeedModels
import HeedText

/// The running text that a task without labels learns from.
struct TextPassages: Sendable {
  /// The resolved recipe.
  let recipe: Recipe

  /// Hands each passage of the training text to `body`; with `data.valid_share` those held out are left out. Of text that
  /// is taken as a whole nothing is: its tokens are parted, not its passages, so that its vocabulary is that of all of it.
  func forEachTraining(_ body: (String) throws -> Void) throws {
    let isWhole = recipe.data.passages == .whole
    try forEach(of: recipe.data.textFiles(), where: { isWhole || !$0 }, body)
  }

  /// Hands each passage of the held-out text to `body`.
  func forEachValidation(_ body: (String) throws -> Void) throws {
    let files = recipe.data.validationTextFiles
    if files.isEmpty {
      try forEach(of: recipe.data.textFiles(), where: { $0 }, body)
    } else {
      for file in files { try file.forEach { try body($0.text) } }
    }
  }

  /// Hands passages of files, one file behind the other, to `body`: those that `isWanted` says yes to, which is told whether
  /// a passage is held out.
  private func forEach(
    of files: [TextFile], where isWanted: (Bool) -> Bool, _ body: (String) throws -> Void
  ) throws {
    let heldOut = recipe.heldOut
    var number = 0
    for file in files {
      try file.forEach { passage in
        if isWanted(heldOut?.contains(number: number) ?? false) { try body(passage.text) }
        number += 1
      }
    }
  }

  /// The tokenizer: that of the run that goes on, or one learned from the training text.
  func vocabulary(resuming run: ModelDirectory?, _ progress: SetupProgress) throws -> LanguageVocabulary {
    if let found = try run.flatMap({ try LanguageVocabulary(in: $0, recipe.task) }) { return found }
    let learned = try VocabularyRecipe.namingSize {
      try LanguageVocabulary(learning: recipe) { add in
        var count = 0
        try forEachTraining { passage in
          try add(passage)
          count += 1
          try progress.checkpoint(count)
        }
      }
    }
    progress.note("vocabulary: \(learned.tokenizer.vocabularySize) tokens")
    return learned
  }

  /// Training and validation text as sequences of at most so many tokens; longer passages are cut.
  ///
  /// - Parameters:
  ///   - tokenizer: Cuts text into tokens.
  ///   - length: The most tokens of a sequence, those of `frame` not among them.
  ///   - frame: What stands before and after each sequence.
  ///   - progress: Told how much there is, and asked now and then whether to go on.
  /// - Returns: The sequences; what has one token alone is left out.
  /// - Throws: What the files give cause for, `NoUsableText` and `TrainingInterrupted`.
  func sequences(
    _ tokenizer: TextTokenizer, length: Int, frame: (before: [Int32], after: [Int32]) = ([], []),
    _ progress: SetupProgress
  ) throws -> PassageSequences {
    func sequences(_ forEach: ((String) throws -> Void) throws -> Void) throws -> TokenStore {
      var store = TokenStore()
      var count = 0
      try forEach { passage in
        store.append(passage, tokenizer, length: length, frame: frame)
        count += 1
        try progress.checkpoint(count)
      }
      return store
    }
    let (training, validation) = (try sequences(forEachTraining), try sequences(forEachValidation))
    try require(training.count, to: .train)
    try require(validation.count, to: .validate)
    progress.note("training text: \(training.tokens.count) tokens in \(training.count) sequences")
    progress.note("validation text: \(validation.tokens.count) tokens in \(validation.count) sequences")
    return PassageSequences(
      training: training, validation: validation,
      facts: [
        "vocabulary": String(tokenizer.vocabularySize), "training_tokens": String(training.tokens.count),
        "validation_tokens": String(validation.tokens.count),
      ])
  }

  /// Training and validation text as documents of sentences, to draw pairs from.
  ///
  /// A sentence is a line of a document, or part of one where sentences end within it.
  ///
  /// - Parameters:
  ///   - tokenizer: Cuts text into tokens.
  ///   - length: The most tokens of a pair, those of `frame` among them.
  ///   - frame: What stands round two texts.
  ///   - progress: Told how much there is, and asked now and then whether to go on.
  /// - Returns: The documents, and what is worth remembering of them, by name.
  /// - Throws: What the files give cause for, `NoUsableText` and `TrainingInterrupted`.
  func documents(
    _ tokenizer: TextTokenizer, length: Int, frame: PairFrame, _ progress: SetupProgress
  ) throws -> (training: NextSentencePairs, validation: NextSentencePairs, facts: [String: String]) {
    let splitter = SentenceSplitter(language: .other)
    func pairs(
      _ purpose: NoUsableText.Purpose, _ name: String, _ forEach: ((String) throws -> Void) throws -> Void
    ) throws -> NextSentencePairs {
      var pairs = NextSentencePairs(length: length, frame: frame)
      var count = 0
      try forEach { document in
        pairs.append(document, splitter, tokenizer)
        count += 1
        try progress.checkpoint(count)
      }
      guard pairs.count > 0, pairs.documentCount > 1 else {
        throw NoUsableText(
          purpose, recipe,
          needed: "two documents, with an empty line between them, of which one has two sentences")
      }
      progress.note(
        "\(name): \(pairs.tokenCount) tokens, \(pairs.count) pairs of \(pairs.documentCount) documents")
      return pairs
    }
    let training = try pairs(.train, "training text", forEachTraining)
    let validation = try pairs(.validate, "validation text", forEachValidation)
    return (
      training, validation,
      [
        "vocabulary": String(tokenizer.vocabularySize), "training_tokens": String(training.tokenCount),
        "validation_tokens": String(validation.tokenCount),
        "training_documents": String(training.documentCount),
      ]
    )
  }

  /// - Throws: `NoUsableText` if there is nothing to work with.
  func require(_ count: Int, to purpose: NoUsableText.Purpose) throws {
    guard count > 0 else {
      throw NoUsableText(purpose, recipe, needed: "passages of two tokens at the least")
    }
  }
}

extension NextSentencePairs {
  /// Adds a document, whose sentences are its lines, or parts of them where sentences end within one.
  mutating func append(_ document: String, _ splitter: SentenceSplitter, _ tokenizer: TextTokenizer) {
    append(splitter.split(document).map { tokenizer.encode($0.text, addingSpecialTokens: false) })
  }
}

/// Running text as the sequences that a task learns from and is validated on.
struct PassageSequences: Sendable {
  /// What is learned from.
  let training: TokenStore
  /// What is held out.
  let validation: TokenStore
  /// What is worth remembering of them, by name.
  let facts: [String: String]
}

/// Text of which nothing is left to work with.
public struct NoUsableText: Error, Sendable, CustomStringConvertible {
  /// What text is for.
  public enum Purpose: String, Sendable {
    /// To learn from.
    case train
    /// To validate on.
    case validate
  }

  /// What the text is for.
  public let purpose: Purpose
  /// The key to look at: the one that says which text it is, unless another is to blame.
  public let key: String
  /// What there should be.
  public let needed: String

  /// Text that is missing; `key` is the one that says otherwise where it is not the one that names the text.
  init(_ purpose: Purpose, _ recipe: Recipe, needed: String, key: String? = nil) {
    self.purpose = purpose
    self.needed = needed
    let source =
      switch purpose {
      case .train: "data.source"
      case .validate: recipe.data.validSource == nil ? "data.valid_share" : "data.valid_source"
      }
    self.key = key ?? source
  }

  /// One sentence.
  public var description: String {
    "there is no text to \(purpose.rawValue) with: there must be \(needed); check \(key)."
  }
}
