import Foundation
import HeedModels
import HeedText

/// The tokenizer of a task that has one, learned from its text, with the special tokens that the model's family uses.
struct LanguageVocabulary: Sendable {
  /// The tokenizer.
  let tokenizer: TextTokenizer
  /// The spellings of special tokens, by their names in `tokenizer_config.json`.
  let specialTokens: [SpecialTokens.Role: String]

  /// Where T5 leaves something out; the first stands for the first span.
  static let sentinels = (0..<100).map { "<extra_id_\($0)>" }

  /// The special tokens of a task's vocabulary.
  static func specialTokens(_ task: Recipe.Task) -> [SpecialTokens.Role: String] {
    switch task {
    case .maskedLanguageModel:
      [
        .padding: "[PAD]", .unknown: "[UNK]", .classification: "[CLS]", .separator: "[SEP]", .mask: "[MASK]",
      ]
    case .spanCorruption: [.padding: "<pad>", .end: "</s>", .unknown: "<unk>"]
    default: [.beginning: "<|endoftext|>", .end: "<|endoftext|>", .unknown: "<|endoftext|>"]
    }
  }

  /// Learns from text what the recipe describes.
  ///
  /// - Parameters:
  ///   - recipe: The resolved recipe.
  ///   - forEachText: Hands each piece of the text to its argument.
  /// - Throws: `TokenizerError` if the text does not make such a vocabulary, and what `forEachText` throws.
  init(learning recipe: Recipe, _ forEachText: ((String) throws -> Void) throws -> Void) throws {
    let vocabulary = recipe.vocabulary
    specialTokens = Self.specialTokens(recipe.task)
    switch vocabulary.scheme {
    case .wordPiece:
      var options = WordPieceTrainer.Options()
      options.vocabularySize = vocabulary.size
      options.minimumFrequency = vocabulary.minimumFrequency
      options.lowercases = vocabulary.lowercase
      var trainer = try WordPieceTrainer(options)
      try forEachText { trainer.add($0) }
      tokenizer = try trainer.train()
    case .unigram:
      var options = UnigramTrainer.Options()
      options.specialTokens = ["<pad>", "</s>", "<unk>"] + Self.sentinels
      options.vocabularySize = vocabulary.size
      options.lowercases = vocabulary.lowercase
      options.normalization = vocabulary.normalForm
      options.splitsPunctuation = vocabulary.splitPunctuation
      options.splitsDigits = vocabulary.splitDigits
      options.fallsBackToBytes = vocabulary.byteFallback
      if vocabulary.byteFallback { options.alphabetLimit = max(256, vocabulary.size / 2) }
      var trainer = UnigramTrainer(options)
      try forEachText { trainer.add($0) }
      tokenizer = try trainer.train()
    case .characters:
      var trainer = CharacterTrainer(specialTokens: ["<|endoftext|>"], unknownToken: "<|endoftext|>")
      try forEachText { trainer.add($0) }
      tokenizer = try trainer.train(limit: vocabulary.size)
    case .metaspace, .byteLevel:
      var options = Vocabularies.options(vocabulary)
      options.specialTokens = ["<|endoftext|>"]
      var trainer = BPETrainer(options)
      try forEachText { trainer.add($0) }
      tokenizer = try trainer.train()
    }
  }

  /// Reads what an earlier run wrote, or nil if it had not come so far.
  ///
  /// - Throws: `TokenizerError` if the file cannot be read or lacks a special token.
  init?(in directory: ModelDirectory, _ task: Recipe.Task) throws {
    guard FileManager.default.fileExists(atPath: directory.tokenizerURL.path) else { return nil }
    tokenizer = try TextTokenizer(contentsOf: directory.tokenizerURL)
    specialTokens = Self.specialTokens(task)
    for token in specialTokens.values where tokenizer.id(for: token) == nil {
      throw ConfigurationError(
        file: directory.tokenizerURL.path, nil,
        "must have the token \(token), as every vocabulary of \(task.rawValue) has")
    }
  }

  /// The identifier of a special token that the task has.
  func id(_ role: SpecialTokens.Role) -> Int32 {
    guard let id = specialTokens[role].flatMap({ tokenizer.id(for: $0) }) else {
      preconditionFailure("LanguageVocabulary: no token for \(role.rawValue)")
    }
    return id
  }

  /// Writes the tokenizer, and the file from which transformers learns of its special tokens.
  ///
  /// - Throws: `FileError` if a file cannot be written.
  func write(to directory: ModelDirectory, maximumLength: Int) throws {
    var fields: [String: ConfigurationValue] = [
      "tokenizer_class": .string("PreTrainedTokenizerFast"), "model_max_length": .int(maximumLength),
      "clean_up_tokenization_spaces": .bool(false),
    ]
    if specialTokens[.classification] != nil {
      // BERT's: else transformers would not tell it which of two texts a token belongs to.
      fields["model_input_names"] = .array(
        ["input_ids", "token_type_ids", "attention_mask"].map { .string($0) })
    }
    for (role, token) in specialTokens { fields[role.rawValue] = .string(token) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // A reader takes tokenizer.json for the sign that all is there, so it comes last.
    try AtomicFile.write(
      try encoder.encode(fields) + Data("\n".utf8), to: directory.url.appending(path: "tokenizer_config.json")
    )
    try AtomicFile.write(tokenizer.json, to: directory.tokenizerURL)
  }
}

extension VocabularyRecipe {
  /// What `learn` gives; an error about the size of a vocabulary names the key that says it.
  static func namingSize<Result>(_ learn: () throws -> Result) throws -> Result {
    do {
      return try learn()
    } catch let error as TokenizerError {
      throw error.namingSize("vocabulary.size")
    }
  }

  /// The normal form as trainers know it.
  var normalForm: BPETrainer.Normalization {
    switch normalization {
    case .none: .none
    case .nfc: .nfc
    case .nfkc: .nfkc
    }
  }
}
