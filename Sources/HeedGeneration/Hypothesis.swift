import HeedText

/// A sequence that a search found.
public struct Hypothesis: Sendable, Hashable {
  /// The tokens, with the forced prefix and with the end token if one was generated, without the start token.
  public var tokens: [TokenID]
  /// What hypotheses are ranked by: the sum of the log-probabilities of the tokens behind the prefix, divided as the
  /// length penalty says.
  public var score: Float
  /// The log-probability of each token, in nats. Of a prefix's tokens it is the model's own; of the others it is the one
  /// that the search used, after the constraints, so that a token that was forced has 0.
  public var tokenLogProbabilities: [Float]

  /// A hypothesis with these properties.
  public init(tokens: [TokenID], score: Float, tokenLogProbabilities: [Float]) {
    self.tokens = tokens
    self.score = score
    self.tokenLogProbabilities = tokenLogProbabilities
  }
}
