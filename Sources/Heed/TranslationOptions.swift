import HeedGeneration
import HeedText

/// How to translate. What is nil is as the model's `generation_config.json` says.
public struct TranslationOptions: Sendable, Hashable {
  /// Hypotheses that are kept at each step; 1 is greedy search.
  public var beamSize: Int?
  /// Hypotheses that are returned for each line.
  public var hypothesisCount = 1
  /// How scores depend on length.
  public var lengthPenalty: LengthPenalty?
  /// When beam search stops.
  public var earlyStopping: EarlyStopping?
  /// The most tokens of a sentence's translation. By default what the model says, and at most 50 more than the source
  /// has (section 6.1 of the paper).
  public var maximumLength: Int?
  /// The fewest tokens of a sentence's translation before its end.
  public var minimumLength: Int?
  /// No sequence of so many tokens appears twice; 0 allows all.
  public var noRepeatNgramSize: Int?
  /// Makes tokens that appeared before less likely; 1 changes nothing.
  public var repetitionPenalty: Float?
  /// Draws tokens instead of searching for the likeliest; nil for what the model says.
  public var sampling: SamplingOptions?
  /// What each translation begins with.
  public var prefix = ""
  /// Whether lines of several sentences are cut into them and their translations joined again. Sentences that are too
  /// long for the model are cut too then, and otherwise refused.
  public var splitsSentences = true
  /// Whose abbreviations are known when sentences are told apart.
  public var sourceLanguage = SentenceSplitter.Language.english
  /// Whether alignments are computed: one more pass over source and translation.
  public var alignsWords = false
  /// The decoder layer, counted from 0, whose cross-attention tells alignments. By default the last but one, which
  /// aligns best (Garg et al., "Jointly Learning to Align and Translate with Transformer Models", 2019).
  public var attentionLayer: Int?
  /// The most source tokens of a batch. Results do not depend on it.
  public var batchTokens = 2048

  /// The model's own settings.
  public init() {}

  /// How many more tokens than its source a translation has at most, where nothing else is said.
  static let lengthMargin = 50

  /// The model's options with these choices.
  func generationOptions(_ defaults: GenerationOptions) throws(GenerationOptionsError) -> GenerationOptions {
    guard batchTokens >= 1 else {
      throw GenerationOptionsError("batchTokens", "must be at least 1, got \(batchTokens)")
    }
    if let attentionLayer, attentionLayer < 0 {
      throw GenerationOptionsError("attentionLayer", "must not be negative, got \(attentionLayer)")
    }
    var options = defaults
    func set<Value>(_ path: WritableKeyPath<GenerationOptions, Value>, _ value: Value?) {
      if let value { options[keyPath: path] = value }
    }
    options.returnedCount = hypothesisCount
    // A beam that was asked for is a search, whatever the model's settings draw.
    options.sampling = sampling ?? ((beamSize ?? 1) > 1 ? nil : defaults.sampling)
    options.beamSize = beamSize ?? (options.sampling == nil ? max(defaults.beamSize, hypothesisCount) : 1)
    set(\.lengthPenalty, lengthPenalty)
    set(\.earlyStopping, earlyStopping)
    set(\.maximumNewTokens, maximumLength)
    set(\.minimumNewTokens, minimumLength)
    if maximumLength != nil { options.maximumLength = nil }
    if minimumLength != nil { options.minimumLength = nil }
    set(\.noRepeatNgramSize, noRepeatNgramSize)
    set(\.repetitionPenalty, repetitionPenalty)
    return options
  }
}
