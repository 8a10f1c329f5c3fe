import ArgumentParser
import Heed

/// How translations are searched for.
struct SearchFlags: ParsableArguments {
  /// How the length penalty's exponent is applied.
  enum Formula: String, ExpressibleByArgument, CaseIterable {
    case huggingFace = "hf"
    case gnmt
  }

  /// When beam search stops.
  enum Stopping: String, ExpressibleByArgument, CaseIterable {
    case yes = "true"
    case no = "false"
    case never
  }

  /// Whose abbreviations are known.
  enum Language: String, ExpressibleByArgument, CaseIterable {
    case english = "en"
    case german = "de"
    case other
  }

  @Option(
    name: [.customLong("beam-size"), .customLong("beam"), .customShort("b")],
    help: "Hypotheses kept at each step; 1 is greedy search (default: the model's).")
  var beamSize: Int?

  @Option(
    name: [.customLong("length-penalty"), .customLong("lenpen")],
    help: "α: scores are divided by length^α (default: the model's).")
  var lengthPenalty: Float?

  @Option(
    help: "How α counts: hf divides by length^α, gnmt by ((5 + length) / 6)^α as in the paper.")
  var lengthPenaltyFormula: Formula = .huggingFace

  @Option(help: "When beam search stops, as transformers defines it (default: the model's).")
  var earlyStopping: Stopping?

  @Option(
    help: "The most tokens of a sentence's translation (default: the model's, and source tokens + 50).")
  var maxLength: Int?

  @Option(help: "The fewest tokens of a sentence's translation.")
  var minLength: Int?

  @Option(help: "No sequence of so many tokens appears twice; 0 allows all (default: the model's).")
  var noRepeatNgramSize: Int?

  @Option(help: "Makes tokens that appeared before less likely; 1 changes nothing (default: the model's).")
  var repetitionPenalty: Float?

  @Flag(inversion: .prefixedNo, help: "Cut lines into sentences and join their translations again.")
  var split = true

  @Option(help: "The language of the source, for telling sentences apart.")
  var splitLanguage: Language = .english

  @Option(help: "The most source tokens of a batch; results do not depend on it.")
  var batchTokens = SearchFlags.usualBatchTokens

  /// The most source tokens of a batch where nothing is said.
  static let usualBatchTokens = 2048

  /// The options of the library.
  func translationOptions(_ translator: Translator) throws -> TranslationOptions {
    var options = TranslationOptions()
    options.beamSize = beamSize
    let alpha = lengthPenalty ?? translator.defaults.lengthPenalty.exponent
    switch lengthPenaltyFormula {
    case .huggingFace: options.lengthPenalty = lengthPenalty.map { .huggingFace($0) }
    case .gnmt: options.lengthPenalty = .gnmt(alpha)
    }
    switch earlyStopping {
    case .yes: options.earlyStopping = .atBeamCount
    case .no: options.earlyStopping = .heuristic
    case .never: options.earlyStopping = .never
    case nil: break
    }
    options.maximumLength = maxLength
    options.minimumLength = minLength
    options.noRepeatNgramSize = noRepeatNgramSize
    options.repetitionPenalty = repetitionPenalty
    options.splitsSentences = split
    switch splitLanguage {
    case .english: options.sourceLanguage = .english
    case .german: options.sourceLanguage = .german
    case .other: options.sourceLanguage = .other
    }
    options.batchTokens = batchTokens
    return options
  }
}

/// How tokens are drawn.
struct SamplingFlags: ParsableArguments {
  @Flag(name: [.customLong("sample")], help: "Draw tokens instead of searching for the likeliest.")
  var samples = false

  @Option(help: "Draw; below 1 prefers what is likely, above 1 levels.")
  var temperature: Float?

  @Option(help: "Draw from so many of the likeliest tokens.")
  var topK: Int?

  @Option(help: "Draw from the fewest likeliest tokens whose probabilities reach this sum.")
  var topP: Float?

  @Option(help: "Draw from tokens at least this many times as likely as the likeliest.")
  var minP: Float?

  @Option(help: "Where the random numbers of drawing start (default: 0).")
  var seed: UInt64?

  /// Whether anything but a seed asks for drawing.
  var isAsked: Bool { samples || temperature != nil || topK != nil || topP != nil || minP != nil }

  /// The options of the library, if anything asks for drawing, or the model does.
  func options(_ defaults: SamplingOptions? = nil) throws -> SamplingOptions? {
    guard isAsked || defaults != nil else {
      guard seed == nil else {
        throw CommandError.usage(
          "--seed is only for drawing; add --sample, --temperature, --top-k, --top-p or --min-p")
      }
      return nil
    }
    var options = defaults ?? SamplingOptions()
    if let temperature { options.temperature = temperature }
    // 0 draws from all, as in generation_config.json.
    if let topK { options.topK = topK == 0 ? nil : topK }
    if let topP { options.topP = topP }
    if let minP { options.minP = minP }
    if let seed { options.seed = seed }
    return options
  }
}

/// Calls `body`, in whose errors options are called what the command line calls them.
func withFlagNames<Result>(_ body: () throws -> Result) throws -> Result {
  let flags = [
    "beamSize": "--beam-size", "returnedCount": "--n-best", "lengthPenalty": "--length-penalty",
    "maximumNewTokens": "--max-length", "minimumNewTokens": "--min-length",
    "noRepeatNgramSize": "--no-repeat-ngram-size", "repetitionPenalty": "--repetition-penalty",
    "temperature": "--temperature", "topK": "--top-k", "topP": "--top-p", "minP": "--min-p",
    "batchTokens": "--batch-tokens",
  ]
  do {
    return try body()
  } catch let error as GenerationOptionsError {
    let reason = error.reason.replacing("maximumNewTokens", with: "--max-length")
    throw CommandError.usage("\(flags[error.option] ?? error.option) \(reason)")
  }
}
