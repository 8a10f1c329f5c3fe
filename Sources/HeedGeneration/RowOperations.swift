import CHeedKernels
import HeedText

/// A place in a row and the value there.
struct RankedToken {
  var token: TokenID
  var value: Float
}

/// What a search does with a whole row of the vocabulary: the only loops here whose cost a profile would show.
package enum RowOperations {
  /// Replaces logits by the logarithms of their softmax.
  /// - Returns: Whether they could be: false if one is NaN or +∞, or all are −∞.
  package static func logSoftmax(_ row: UnsafeMutableBufferPointer<Float>) -> Bool {
    guard let normalizer = logNormalizer(row) else { return false }
    for i in row.indices { row[i] -= normalizer }
    return true
  }

  /// log Σ exp of a row, or nil if a value is NaN or +∞ or all are −∞.
  static func logNormalizer(_ row: UnsafeMutableBufferPointer<Float>) -> Float? {
    guard let base = row.baseAddress else { return nil }
    let normalizer = heed_log_sum_exp(base, row.count)
    return normalizer.isFinite ? normalizer : nil
  }

  /// The first of the largest values; nil if all are −∞.
  static func largest(_ row: UnsafeMutableBufferPointer<Float>) -> RankedToken? {
    var ranked: [RankedToken] = []
    appendLargest(1, of: row, to: &ranked)
    return ranked.first
  }

  /// Appends the `count` largest values in descending order, of equal ones those with smaller indices first; −∞ and NaN
  /// are never among them.
  static func appendLargest(
    _ count: Int, of row: UnsafeMutableBufferPointer<Float>, to ranked: inout [RankedToken]
  ) {
    let count = min(count, row.count)
    guard count > 0, let base = row.baseAddress else { return }
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { tokens in
      withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { values in
        guard let tokenBase = tokens.baseAddress, let valueBase = values.baseAddress else { return }
        heed_top_k(base, row.count, count, tokenBase, valueBase)
        for rank in 0..<count where valueBase[rank] > -.infinity {
          ranked.append(RankedToken(token: tokenBase[rank], value: valueBase[rank]))
        }
      }
    }
  }
}
