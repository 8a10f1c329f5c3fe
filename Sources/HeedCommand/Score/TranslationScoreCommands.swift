import ArgumentParser
import HeedEvaluation

/// `heed score bleu`.
struct BLEUCommand: HeedSubcommand {
  /// What is done with an order of n-grams none of which matches.
  enum Smoothing: String, ExpressibleByArgument, CaseIterable {
    case none, exp, floor
    case addK = "add-k"
  }

  static let configuration = CommandConfiguration(commandName: "bleu", abstract: "N-grams of words.")

  @OptionGroup var files: ScoreOptions

  @Flag(name: [.long, .customLong("lc")], help: "Ignore case.")
  var lowercase = false

  @Option(help: "How lines are cut into words.")
  var tokenize: BLEUTokenizer = .mteval13a

  @Option(help: "What is done with an order of n-grams none of which matches.")
  var smooth: Smoothing = .exp

  @Option(help: "The value of floor (default: 0.1) and add-k (default: 1).")
  var smoothValue: Double?

  @Flag(help: "Leave out orders for which the hypothesis is too short.")
  var effectiveOrder = false

  func perform() throws {
    if let smoothValue {
      guard smooth == .floor || smooth == .addK else {
        throw CommandError.usage("--smooth-value is only for --smooth floor and --smooth add-k")
      }
      guard smoothValue.isFinite, smoothValue >= 0 else {
        throw CommandError.usage("--smooth-value must not be negative, got \(smoothValue)")
      }
    }
    let smoothing: BLEU.Smoothing =
      switch smooth {
      case .none: .none
      case .exp: .exp
      case .floor: .floor(value: smoothValue ?? 0.1)
      case .addK: .addK(value: smoothValue ?? 1)
      }
    try files.score(
      with: BLEU(
        tokenizer: tokenize, lowercase: lowercase, smoothing: smoothing, effectiveOrder: effectiveOrder))
  }
}

/// `heed score chrf`.
struct CHRFCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "chrf", abstract: "N-grams of characters, and of words with --word-order 2 (chrF++).")

  @OptionGroup var files: ScoreOptions

  @Option(help: "The longest n-grams of characters.")
  var charOrder = 6

  @Option(help: "The longest n-grams of words; 2 is chrF++.")
  var wordOrder = 0

  @Option(help: "How many times as much recall weighs as precision.")
  var beta = 2

  @Flag(name: [.long, .customLong("lc")], help: "Ignore case.")
  var lowercase = false

  @Flag(help: "Count white space as characters.")
  var whitespace = false

  @Flag(help: "Let empty orders count a tiny number, as chrF++.py does.")
  var epsSmoothing = false

  func perform() throws {
    let limits = 0...100
    for (flag, value) in [("--char-order", charOrder), ("--word-order", wordOrder), ("--beta", beta)] {
      guard limits.contains(value) else {
        throw CommandError.usage("\(flag) must be from 0 to \(limits.upperBound), got \(value)")
      }
    }
    guard charOrder + wordOrder > 0 else {
      throw CommandError.usage("--char-order and --word-order cannot both be 0")
    }
    try files.score(
      with: CHRF(
        characterOrder: charOrder, wordOrder: wordOrder, beta: beta, lowercase: lowercase,
        whitespace: whitespace,
        epsilonSmoothing: epsSmoothing))
  }
}

/// `heed score ter`.
struct TERCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "ter", abstract: "Edits for each word of the reference.")

  @OptionGroup var files: ScoreOptions

  @Flag(help: "Tell upper and lower case apart.")
  var caseSensitive = false

  @Flag(help: "Decode entities and set punctuation apart from words.")
  var normalized = false

  @Flag(help: "Remove punctuation.")
  var noPunct = false

  @Flag(
    help:
      "With --normalized make every Chinese character a word; with --no-punct remove Asian punctuation too.")
  var asianSupport = false

  func perform() throws {
    guard !asianSupport || normalized || noPunct else {
      throw CommandError.usage("--asian-support needs --normalized or --no-punct")
    }
    try files.score(
      with: TER(
        caseSensitive: caseSensitive, normalized: normalized, ignoresPunctuation: noPunct,
        asianSupport: asianSupport))
  }
}
