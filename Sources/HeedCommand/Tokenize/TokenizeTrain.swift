import ArgumentParser
import Foundation
import HeedModels
import HeedText
import HeedTraining

/// `heed tokenize train`.
struct TokenizeTrain: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Learn a vocabulary from text and write it as tokenizer.json.")

  /// What is learned, by its name on the command line.
  enum Model: String, ExpressibleByArgument, CaseIterable {
    case bpe
    case byteBPE = "byte-bpe"
    case wordpiece, unigram
  }
  /// The normal form of text, by its name on the command line.
  enum Normalization: String, ExpressibleByArgument, CaseIterable {
    case none, nfc, nfkc
  }

  @Option(
    name: .long, parsing: .upToNextOption,
    help: "Text, a sentence a line, gzipped or not (default: standard input).")
  var input: [String] = []
  @Option(help: "The file to write.", transform: outputPath)
  var output: String
  @Option(
    help: """
      bpe: pairs of characters merge, words begin with ▁; byte-bpe: pairs of bytes, as in GPT-2; wordpiece: as in BERT; \
      unigram: the most probable pieces, as in SentencePiece.
      """)
  var model = Model.bpe
  @Option(help: "Tokens of the vocabulary, special ones included.")
  var vocabularySize = 8000
  @Option(
    help: "The normal form of text: none, nfc or nfkc (not for wordpiece, which has BERT's; default: nfc).")
  var normalization: Normalization?
  @Option(help: "How often a pair must occur to be merged (not for unigram; default: 2).")
  var minFrequency: Int?
  @Flag(inversion: .prefixedNo, help: "Bring text into lower case (default: for wordpiece only).")
  var lowercase: Bool?
  @Flag(
    inversion: .prefixedNo, help: "Keep punctuation marks apart from words (default: except for byte-bpe).")
  var splitPunctuation: Bool?
  @Flag(help: "Make each digit a token (not for wordpiece).")
  var splitDigits = false
  @Flag(
    inversion: .prefixedNo, help: "Spell unknown characters in bytes (bpe and unigram only; default: yes).")
  var byteFallback: Bool?
  @Option(help: "The most kinds of characters that are tokens of their own (not for byte-bpe).")
  var alphabetLimit: Int?
  @Flag(help: "Replace an existing file.")
  var overwrite = false

  mutating func perform() throws {
    try check()
    var count = 0
    let tokenizer: TextTokenizer
    switch model {
    case .bpe, .byteBPE:
      var trainer = BPETrainer(bpeOptions())
      count = try forEachLine { trainer.add($0) }
      tokenizer = try trainer.train()
    case .wordpiece:
      var trainer = try WordPieceTrainer(wordPieceOptions())
      count = try forEachLine { trainer.add($0) }
      tokenizer = try trainer.train()
    case .unigram:
      var trainer = UnigramTrainer(unigramOptions())
      count = try forEachLine { trainer.add($0) }
      tokenizer = try trainer.train()
    }
    try AtomicFile.write(tokenizer.json, to: URL(fileURLWithPath: output))
    StandardError.say("\(count) lines, \(tokenizer.vocabularySize) tokens, written to \(output)")
  }

  private func forEachLine(_ body: (String) -> Void) throws -> Int {
    var nothing = ResultStream()
    var count = 0
    try TextLines.forEach(in: input, flushing: &nothing) { line, _, _, _ in
      body(line)
      count += 1
    }
    return count
  }

  private func check() throws {
    guard (16...1 << 24).contains(vocabularySize) else {
      throw CommandError.usage("--vocabulary-size must be from 16 to \(1 << 24), got \(vocabularySize)")
    }
    if let minFrequency, minFrequency < 1 {
      throw CommandError.usage("--min-frequency must be at least 1, got \(minFrequency)")
    }
    if let alphabetLimit, alphabetLimit < 1 {
      throw CommandError.usage("--alphabet-limit must be at least 1, got \(alphabetLimit)")
    }
    let unusable: [(option: String, isGiven: Bool, models: Set<Model>)] = [
      ("--normalization", normalization != nil, [.wordpiece]),
      ("--min-frequency", minFrequency != nil, [.unigram]),
      ("--split-punctuation", splitPunctuation != nil, [.wordpiece]),
      ("--split-digits", splitDigits, [.wordpiece]),
      ("--byte-fallback", byteFallback != nil, [.wordpiece, .byteBPE]),
      ("--alphabet-limit", alphabetLimit != nil, [.byteBPE]),
    ]
    for (option, isGiven, models) in unusable where isGiven && models.contains(model) {
      throw CommandError.usage("\(option) does not go with --model \(model.rawValue)")
    }
    guard overwrite || POSIX.status(output) == nil else {
      throw CommandError.usage("\(output) exists; replace it with --overwrite, or choose another file")
    }
  }

  private func bpeOptions() -> BPETrainer.Options {
    var options = BPETrainer.Options()
    options.scheme = model == .bpe ? .metaspace : .byteLevel
    options.vocabularySize = vocabularySize
    options.minimumFrequency = minFrequency ?? 2
    options.lowercases = lowercase ?? false
    options.splitsPunctuation = splitPunctuation
    options.splitsDigits = splitDigits
    options.normalization = textNormalization
    options.fallsBackToBytes = byteFallback ?? true
    options.alphabetLimit = alphabetLimit ?? usualAlphabetLimit
    return options
  }

  private func wordPieceOptions() -> WordPieceTrainer.Options {
    var options = WordPieceTrainer.Options()
    options.vocabularySize = vocabularySize
    options.minimumFrequency = minFrequency ?? 2
    options.lowercases = lowercase ?? true
    options.alphabetLimit = alphabetLimit ?? options.alphabetLimit
    return options
  }

  private func unigramOptions() -> UnigramTrainer.Options {
    var options = UnigramTrainer.Options()
    options.vocabularySize = vocabularySize
    options.lowercases = lowercase ?? false
    options.splitsPunctuation = splitPunctuation ?? true
    options.splitsDigits = splitDigits
    options.normalization = textNormalization
    options.fallsBackToBytes = byteFallback ?? true
    options.alphabetLimit = alphabetLimit ?? usualAlphabetLimit
    return options
  }

  private var textNormalization: BPETrainer.Normalization {
    switch normalization ?? .nfc {
    case .none: .none
    case .nfc: .nfc
    case .nfkc: .nfkc
    }
  }

  /// Rare characters may be spelled in bytes, so that a stray sign of another script costs no token.
  private var usualAlphabetLimit: Int? {
    (byteFallback ?? true) && model != .byteBPE ? max(256, vocabularySize / 2) : nil
  }
}
