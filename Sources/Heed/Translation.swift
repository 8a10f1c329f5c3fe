import HeedInspection

/// What became of a line.
public struct Translation: Sendable, Hashable {
  /// The line.
  public var source: String
  /// At least one; best first, samples in the order of their drawing.
  public var hypotheses: [TranslationHypothesis]

  /// The best translation.
  public var text: String { hypotheses.first?.text ?? "" }
}

/// One way to translate a line.
public struct TranslationHypothesis: Sendable, Hashable {
  /// The translation.
  public var text: String
  /// What hypotheses are ranked by: the sum of the log-probabilities of the tokens behind the forced beginning, divided
  /// as the length penalty says. Of a line of several sentences, all their tokens count together.
  public var score: Float
  /// The tokens as the vocabulary spells them, ends of sentences among them.
  public var tokens: [String]
  /// The log-probability of each token, in nats.
  public var tokenLogProbabilities: [Float]
  /// Which word of the line each word of the translation comes from, both counted from 0 and cut at spaces; only where
  /// it was asked for.
  public var alignment: [Alignment.Link]?

  /// The log-probability of the whole, in nats: the sum over all tokens.
  public var logProbability: Float { tokenLogProbabilities.reduce(0, +) }
}
