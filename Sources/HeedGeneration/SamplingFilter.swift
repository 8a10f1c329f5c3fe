import Foundation
import HeedText

/// Temperature and the filters of sampling, as transformers defines them and in its order.
package enum SamplingFilter {
  /// Divides logits by the temperature and sets those of tokens that cannot be drawn to −∞.
  package static func apply(_ options: SamplingOptions, to scores: UnsafeMutableBufferPointer<Float>) {
    if options.temperature != 1 {
      for i in scores.indices { scores[i] /= options.temperature }
    }
    if let topK = options.topK, topK < scores.count {
      var ranked: [RankedToken] = []
      RowOperations.appendLargest(topK, of: scores, to: &ranked)
      if let last = ranked.last, ranked.count == topK { remove(below: last.value, from: scores) }
    }
    if let topP = options.topP, topP < 1 { keepNucleus(topP, scores) }
    if let minP = options.minP, let normalizer = RowOperations.logNormalizer(scores),
      let best = RowOperations.largest(scores)
    {
      let least = minP * exp(best.value - normalizer)
      for i in scores.indices where i != Int(best.token) && exp(scores[i] - normalizer) < least {
        scores[i] = -.infinity
      }
    }
  }

  private static func remove(below threshold: Float, from scores: UnsafeMutableBufferPointer<Float>) {
    for i in scores.indices where scores[i] < threshold { scores[i] = -.infinity }
  }

  /// Removes the least likely tokens while the sum of their probabilities is at most 1 − topP; the likeliest stays.
  ///
  /// Source: Holtzman et al., "The Curious Case of Neural Text Degeneration" (2020).
  private static func keepNucleus(_ topP: Float, _ scores: UnsafeMutableBufferPointer<Float>) {
    guard let normalizer = RowOperations.logNormalizer(scores) else { return }
    let ascending = scores.indices.filter { scores[$0] > -.infinity }.sorted { scores[$0] < scores[$1] }
    var sum: Float = 0
    for i in ascending.dropLast() {
      sum += exp(scores[i] - normalizer)
      if sum > 1 - topP { break }
      scores[i] = -.infinity
    }
  }

  /// The token at which the running sum of probabilities, in the order of the vocabulary, passes `uniform`.
  /// - Returns: A token whose score is not −∞; nil if all are.
  static func draw(_ scores: UnsafeMutableBufferPointer<Float>, _ uniform: Double) -> TokenID? {
    guard let best = RowOperations.largest(scores) else { return nil }
    var total = 0.0
    for score in scores { total += Double(exp(score - best.value)) }
    let target = uniform * total
    var sum = 0.0
    var last: TokenID?
    for i in scores.indices where scores[i] > -.infinity {
      sum += Double(exp(scores[i] - best.value))
      last = TokenID(i)
      if sum > target { break }
    }
    return last
  }
}
