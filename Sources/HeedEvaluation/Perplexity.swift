/// How well a language model predicts a text, as papers and EleutherAI's evaluation harness report it.
///
/// Perplexities by tokens compare models of one vocabulary only; those by words and bytes, and bits per byte, compare all
/// models, as they divide the same sum by what the text itself has.
public struct Perplexity: Hashable, Sendable {
  /// The sum of −log p over all tokens, in nats.
  public var negativeLogLikelihood: Double
  /// Tokens whose probability is in the sum.
  public var tokenCount: Int
  /// Words of the text.
  public var wordCount: Int
  /// Bytes of the text in UTF-8.
  public var byteCount: Int

  /// A sum with what it is divided by.
  ///
  /// - Parameters:
  ///   - negativeLogLikelihood: The sum of −log p over all tokens, in nats.
  ///   - tokenCount: Tokens whose probability is in the sum.
  ///   - wordCount: Words of the text; `wordCount(of:)` counts them.
  ///   - byteCount: Bytes of the text in UTF-8.
  /// - Precondition: No count is negative.
  public init(negativeLogLikelihood: Double = 0, tokenCount: Int = 0, wordCount: Int = 0, byteCount: Int = 0)
  {
    precondition(
      tokenCount >= 0 && wordCount >= 0 && byteCount >= 0,
      "A text cannot have \(tokenCount) tokens, \(wordCount) words and \(byteCount) bytes.")
    self.negativeLogLikelihood = negativeLogLikelihood
    self.tokenCount = tokenCount
    self.wordCount = wordCount
    self.byteCount = byteCount
  }

  /// A sum for a text, whose words and bytes are counted.
  ///
  /// - Parameters:
  ///   - negativeLogLikelihood: The sum of −log p over all tokens, in nats.
  ///   - tokenCount: Tokens whose probability is in the sum.
  ///   - text: The text as it was before it was cut into tokens.
  /// - Precondition: `tokenCount` is not negative.
  public init(negativeLogLikelihood: Double, tokenCount: Int, text: String) {
    self.init(
      negativeLogLikelihood: negativeLogLikelihood, tokenCount: tokenCount,
      wordCount: Self.wordCount(of: text), byteCount: text.utf8.count)
  }

  /// e to the power of the mean by tokens; nil without tokens.
  public var byToken: Double? { mean(over: tokenCount).map(exponential) }
  /// e to the power of the mean by words; nil without words.
  public var byWord: Double? { mean(over: wordCount).map(exponential) }
  /// e to the power of the mean by bytes; nil without bytes.
  public var byByte: Double? { mean(over: byteCount).map(exponential) }
  /// The mean by bytes in bits; nil without bytes.
  public var bitsPerByte: Double? { mean(over: byteCount).map { $0 / naturalLogarithmOf2 } }

  /// Adds the sum and the counts of another text, as for a corpus of documents.
  public static func += (left: inout Perplexity, right: Perplexity) {
    left.negativeLogLikelihood += right.negativeLogLikelihood
    left.tokenCount += right.tokenCount
    left.wordCount += right.wordCount
    left.byteCount += right.byteCount
  }

  /// Words as the harness counts them: what stands before, between and after stretches of white space, even if that is
  /// nothing. A text without white space at its ends has as many as usual, an empty one has one.
  public static func wordCount(of text: String) -> Int {
    var (count, wasWhitespace) = (1, false)
    for scalar in text.unicodeScalars {
      let isSpace = isWhitespace(scalar.value)
      if isSpace, !wasWhitespace { count += 1 }
      wasWhitespace = isSpace
    }
    return count
  }

  private func mean(over count: Int) -> Double? { count > 0 ? negativeLogLikelihood / Double(count) : nil }
}
