import Foundation
import HeedText

/// A place in a row and the value there.
struct RankedToken {
  var token: TokenID
  var value: Float
}

/// What a search does with a whole row of the vocabulary: the only loops here whose cost a profile would show, kept
/// together so that kernels can take their place.
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
    var largest = -Float.infinity
    for value in row {
      guard value < .infinity else { return nil }  // false for NaN too
      if value > largest { largest = value }
    }
    guard largest > -.infinity else { return nil }
    var sum: Float = 0
    for value in row { sum += exp(value - largest) }
    return largest + log(sum)
  }

  /// The first of the largest values; nil if all are −∞.
  static func largest(_ row: UnsafeMutableBufferPointer<Float>) -> RankedToken? {
    var best = RankedToken(token: -1, value: -.infinity)
    for i in row.indices where row[i] > best.value { best = RankedToken(token: TokenID(i), value: row[i]) }
    return best.token >= 0 ? best : nil
  }

  /// Appends the `count` largest values in descending order, of equal ones those with smaller indices first; −∞ and NaN
  /// are never among them.
  static func appendLargest(
    _ count: Int, of row: UnsafeMutableBufferPointer<Float>, to ranked: inout [RankedToken]
  ) {
    guard count > 0 else { return }
    let start = ranked.count
    var threshold = -Float.infinity
    for i in row.indices where row[i] > threshold {
      let value = row[i]
      if ranked.count - start == count { ranked.removeLast() }
      var position = ranked.count
      while position > start, ranked[position - 1].value < value { position -= 1 }
      ranked.insert(RankedToken(token: TokenID(i), value: value), at: position)
      if ranked.count - start == count { threshold = ranked[ranked.count - 1].value }
    }
  }
}
