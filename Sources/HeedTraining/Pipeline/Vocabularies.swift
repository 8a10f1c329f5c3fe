import Foundation
import HeedModels
import HeedText

/// The tokenizers of source and target: one for both, or one each.
public struct Vocabularies: Sendable {
  /// The tokenizer of the source, and of the target if it has none of its own.
  public let source: TextTokenizer
  /// The tokenizer of the target, if it has one of its own.
  public let separateTarget: TextTokenizer?

  /// The token that a target begins with in search, and so in training, where the model has one.
  var forcedBeginning: TokenID?

  /// The tokenizer of the target.
  public var target: TextTokenizer { separateTarget ?? source }

  /// The tokens that Heed's vocabularies begin with.
  private static let specialTokens = ["<s>", "<pad>", "</s>", "<unk>"]

  /// Tokenizers that are there already.
  init(source: TextTokenizer, target: TextTokenizer?, forcedBeginning: TokenID?) {
    self.forcedBeginning = forcedBeginning
    self.source = source
    separateTarget = target
  }

  /// Learns from text what the recipe describes.
  ///
  /// - Throws: `CorpusError` for the text, `TokenizerError` if it does not make such a vocabulary, or what `checkpoint`
  ///   throws, which is called now and then.
  public init(
    learning recipe: VocabularyRecipe, from pairs: TrainingText.Pairs, separatedWords: [String] = [],
    checkpoint: () throws -> Void = {}
  ) throws {
    var options = Self.options(recipe)
    options.separatedWords = separatedWords
    var source = BPETrainer(options)
    var target = BPETrainer(options)
    var count = 0
    try pairs.forEach { pair in
      source.add(pair.source)
      if recipe.joint { source.add(pair.target) } else { target.add(pair.target) }
      count += 1
      if count.isMultiple(of: 4096) { try checkpoint() }
    }
    self.source = try source.train()
    separateTarget = recipe.joint ? nil : try target.train()
  }

  /// Reads what an earlier run wrote, or nil if it had not come so far.
  ///
  /// - Throws: `TokenizerError` if a file cannot be read, `ConfigurationError` if it lacks a special token.
  public init?(in directory: ModelDirectory, joint: Bool) throws {
    let files = FileManager.default
    guard files.fileExists(atPath: directory.tokenizerURL.path),
      joint || files.fileExists(atPath: directory.targetTokenizerURL.path)
    else { return nil }
    source = try TextTokenizer(contentsOf: directory.tokenizerURL)
    separateTarget = joint ? nil : try TextTokenizer(contentsOf: directory.targetTokenizerURL)
    try Self.check(source, directory.tokenizerURL)
    if let separateTarget { try Self.check(separateTarget, directory.targetTokenizerURL) }
  }

  /// Writes the tokenizers, and the file from which transformers learns of their special tokens.
  ///
  /// - Throws: `FileError` if a file cannot be written.
  public func write(to directory: ModelDirectory, maximumLength: Int) throws {
    // A reader takes tokenizer.json for the sign that all is there, so it comes last.
    if let separateTarget {
      try AtomicFile.write(separateTarget.json, to: directory.targetTokenizerURL)
    }
    let configuration = """
      {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<s>",
        "pad_token": "<pad>",
        "eos_token": "</s>",
        "unk_token": "<unk>",
        "model_max_length": \(maximumLength),
        "clean_up_tokenization_spaces": false
      }

      """
    try AtomicFile.write(
      Data(configuration.utf8), to: directory.url.appending(path: "tokenizer_config.json"))
    try AtomicFile.write(source.json, to: directory.tokenizerURL)
  }

  /// The tokens of a source text, as the encoder sees them.
  public func encodeSource(_ text: String) -> [TokenID] { source.encode(text) }

  /// The tokens of a target text, without start and end of sentence.
  public func encodeTarget(_ text: String) -> [TokenID] {
    (forcedBeginning.map { [$0] } ?? []) + target.encode(text, addingSpecialTokens: false)
  }

  /// The trainer's options for a recipe.
  package static func options(_ recipe: VocabularyRecipe) -> BPETrainer.Options {
    var options = BPETrainer.Options()
    options.specialTokens = specialTokens
    options.vocabularySize = recipe.size
    options.minimumFrequency = recipe.minimumFrequency
    options.lowercases = recipe.lowercase
    options.splitsPunctuation = recipe.splitPunctuation
    options.splitsDigits = recipe.splitDigits
    options.fallsBackToBytes = recipe.byteFallback
    options.scheme = recipe.scheme == .byteLevel ? .byteLevel : .metaspace
    options.normalization = recipe.normalForm
    // Rare characters may be spelled in bytes, so that a stray sign of another script costs no token, and a corpus
    // with more kinds of characters than the vocabulary has room for can still be learned from.
    if recipe.byteFallback, recipe.scheme == .metaspace { options.alphabetLimit = max(256, recipe.size / 2) }
    return options
  }

  private static func check(_ tokenizer: TextTokenizer, _ url: URL) throws {
    for (id, token) in specialTokens.enumerated() where tokenizer.id(for: token) != TokenID(id) {
      throw ConfigurationError(
        file: url.path, nil, "must have the token \(token) as number \(id), as every vocabulary of a run has")
    }
  }
}
