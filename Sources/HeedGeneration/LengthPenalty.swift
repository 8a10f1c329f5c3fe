import Foundation

/// How the score of a hypothesis depends on its length. Lengths count generated tokens with the end token.
public enum LengthPenalty: Sendable, Hashable {
  /// The sum of log-probabilities over length^α, as transformers has it. 0 leaves the sum, 1 is the average.
  case huggingFace(Float)
  /// The sum of log-probabilities over ((5 + length) / 6)^α.
  ///
  /// Source: Wu et al., "Google's Neural Machine Translation System" (2016), equation 14; "Attention Is All You Need"
  /// uses it with α = 0.6.
  case gnmt(Float)

  /// The exponent α.
  public var exponent: Float {
    switch self {
    case .huggingFace(let alpha), .gnmt(let alpha): alpha
    }
  }

  /// The score of a hypothesis of `length` tokens whose log-probabilities add up to `sum`.
  /// - Precondition: `length` is at least 1.
  public func score(sum: Float, length: Int) -> Float {
    precondition(length >= 1, "a hypothesis has at least one token")
    let base =
      switch self {
      case .huggingFace: Double(length)
      case .gnmt: Double(5 + length) / 6
      }
    return sum / Float(pow(base, Double(exponent)))
  }
}

/// When beam search stops, once it has as many finished hypotheses as beams.
public enum EarlyStopping: Sendable, Hashable {
  /// At once (transformers: `true`).
  case atBeamCount
  /// When the best live hypothesis, were it to end now, would not beat the worst finished one (transformers: `false`).
  case heuristic
  /// When no live hypothesis can beat the worst finished one any more (transformers: `"never"`): with a positive
  /// exponent a live hypothesis is credited with the greatest length.
  case never
}
