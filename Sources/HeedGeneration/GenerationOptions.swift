import HeedText

/// How tokens are drawn when sampling.
///
/// The filters apply in the order of the properties; what is left is normalised again.
public struct SamplingOptions: Sendable, Hashable {
  /// Divides the logits: below 1 prefers what is likely, above 1 levels.
  public var temperature: Float = 1
  /// Only so many of the likeliest tokens can be drawn (more where several are equal to the last of them).
  public var topK: Int?
  /// Only the fewest likeliest tokens whose probabilities reach this sum can be drawn.
  public var topP: Float?
  /// Only tokens at least this many times as likely as the likeliest can be drawn.
  public var minP: Float?
  /// Where the random numbers start. Draws depend on it, on the source's identity and on the position, and on nothing
  /// else.
  public var seed: UInt64 = 0

  /// Options that draw from the model's own distribution.
  public init() {}
}

/// How to search for the tokens that follow.
///
/// Constraints work as the parameters of transformers' `generate` do, in its order: repetition penalty, repeated n-grams,
/// bad words, least length, forced beginning, forced end, suppressed tokens.
public struct GenerationOptions: Sendable, Hashable {
  /// The token that every target sequence starts with, which is not part of the result.
  public var startToken: TokenID
  /// Tokens that end a sequence.
  public var endTokens: [TokenID]
  /// Hypotheses that are kept at each step; 1 is greedy search.
  public var beamSize = 1
  /// Hypotheses that are returned for each source: the best of the beam, or independent samples.
  public var returnedCount = 1
  /// How scores depend on length.
  public var lengthPenalty = LengthPenalty.huggingFace(1)
  /// When beam search stops.
  public var earlyStopping = EarlyStopping.heuristic
  /// The most tokens that are generated behind the prefix, with the end token.
  public var maximumNewTokens = 256
  /// An end token is not generated before so many other tokens.
  public var minimumNewTokens = 0
  /// The most tokens of all, with what the model read before it wrote: the start token, or the prompt.
  public var maximumLength: Int?
  /// An end token is not generated before there are so many tokens of all.
  public var minimumLength: Int?
  /// No sequence of so many tokens appears twice; 0 allows all.
  public var noRepeatNgramSize = 0
  /// Divides the positive and multiplies the negative scores of tokens that appeared before (the start token included);
  /// 1 changes nothing. As in transformers, the scores are log-probabilities in beam search and logits otherwise.
  public var repetitionPenalty: Float = 1
  /// The first token, where there is no prefix: the target language of multilingual models, for example.
  public var forcedBeginningToken: TokenID?
  /// The token at the greatest length.
  public var forcedEndToken: TokenID?
  /// Sequences of tokens that do not appear. An end token alone is ignored.
  public var badWords: [[TokenID]] = []
  /// Tokens that do not appear.
  public var suppressedTokens: [TokenID] = []
  /// Draws tokens instead of searching for the likeliest; needs a beam size of 1.
  public var sampling: SamplingOptions?

  /// Options for greedy search without constraints.
  public init(startToken: TokenID, endTokens: [TokenID]) {
    self.startToken = startToken
    self.endTokens = endTokens
  }
}

/// A generation option that cannot be used.
public struct GenerationOptionsError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The option, as it is called in ``GenerationOptions``.
  public let option: String
  /// What is expected, and what was found.
  public let reason: String

  /// An error about an option.
  public init(_ option: String, _ reason: String) {
    self.option = option
    self.reason = reason
  }

  /// One clause: the option, what was expected and what was found.
  public var description: String { "\(option) \(reason)" }
}

extension GenerationOptions {
  /// Beyond these, memory is the limit.
  private static let largestBeam = 1024
  private static let largestSampleCount = 1_000_000

  /// Checks the options, which may come from a user or a file.
  /// - Throws: A `GenerationOptionsError` for the first one that cannot be used.
  public func validate(vocabularySize: Int) throws(GenerationOptionsError) {
    func require(_ condition: Bool, _ option: String, _ reason: @autoclosure () -> String)
      throws(GenerationOptionsError)
    {
      guard condition else { throw GenerationOptionsError(option, reason()) }
    }
    func check(_ tokens: [TokenID], _ option: String) throws(GenerationOptionsError) {
      for token in tokens {
        try require(
          token >= 0 && Int(token) < vocabularySize, option,
          "must be in the vocabulary of \(vocabularySize) tokens, got \(token)")
      }
    }
    try require(
      1...Self.largestBeam ~= beamSize, "beamSize", "must be from 1 to \(Self.largestBeam), got \(beamSize)")
    try require(
      1...Self.largestSampleCount ~= returnedCount, "returnedCount",
      "must be from 1 to \(Self.largestSampleCount), got \(returnedCount)")
    if let sampling {
      try require(beamSize == 1, "beamSize", "must be 1 when sampling, got \(beamSize)")
      try sampling.validate()
    } else {
      try require(
        returnedCount <= beamSize, "returnedCount",
        "must be at most the beam size of \(beamSize), got \(returnedCount)")
    }
    let alpha = lengthPenalty.exponent
    try require(alpha.isFinite, "lengthPenalty", "must be a finite number, got \(alpha)")
    try require(maximumNewTokens >= 1, "maximumNewTokens", "must be at least 1, got \(maximumNewTokens)")
    try require(minimumNewTokens >= 0, "minimumNewTokens", "must not be negative, got \(minimumNewTokens)")
    try require(
      minimumNewTokens <= maximumNewTokens, "minimumNewTokens",
      "must be at most maximumNewTokens, \(maximumNewTokens), got \(minimumNewTokens)")
    if let maximumLength {
      try require(maximumLength >= 1, "maximumLength", "must be at least 1, got \(maximumLength)")
    }
    if let minimumLength {
      try require(minimumLength >= 0, "minimumLength", "must not be negative, got \(minimumLength)")
    }
    try require(noRepeatNgramSize >= 0, "noRepeatNgramSize", "must not be negative, got \(noRepeatNgramSize)")
    try require(
      repetitionPenalty.isFinite && repetitionPenalty > 0, "repetitionPenalty",
      "must be above 0, got \(repetitionPenalty)")
    try require(startToken >= 0, "startToken", "must not be negative, got \(startToken)")
    try check(endTokens, "endTokens")
    try check(forcedBeginningToken.map { [$0] } ?? [], "forcedBeginningToken")
    try check(forcedEndToken.map { [$0] } ?? [], "forcedEndToken")
    try check(suppressedTokens, "suppressedTokens")
    for word in badWords {
      try require(!word.isEmpty, "badWords", "must not hold an empty sequence")
      try check(word, "badWords")
    }
  }
}

extension SamplingOptions {
  fileprivate func validate() throws(GenerationOptionsError) {
    guard temperature.isFinite, temperature > 0 else {
      throw GenerationOptionsError("temperature", "must be above 0, got \(temperature)")
    }
    if let topK, topK < 1 {
      throw GenerationOptionsError("topK", "must be at least 1, got \(topK)")
    }
    if let topP, !(topP > 0 && topP <= 1) {
      throw GenerationOptionsError("topP", "must be above 0 and at most 1, got \(topP)")
    }
    if let minP, !(minP >= 0 && minP <= 1) {
      throw GenerationOptionsError("minP", "must be between 0 and 1, got \(minP)")
    }
  }
}
