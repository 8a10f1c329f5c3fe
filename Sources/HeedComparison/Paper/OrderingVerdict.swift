#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Some measurements of one thing.
package struct Spread: Sendable, Hashable, Codable {
  /// How many there are.
  package let count: Int
  /// Their mean.
  package let mean: Double
  /// Their sample standard deviation; nil where there is one.
  package let deviation: Double?

  /// The mean and spread of some values; nil where there is none, or one is not finite.
  package init?(_ values: [Double]) {
    guard !values.isEmpty, values.allSatisfy(\.isFinite) else { return nil }
    let mean = values.reduce(0, +) / Double(values.count)
    count = values.count
    self.mean = mean
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    deviation = values.count > 1 ? (squares / Double(values.count - 1)).squareRoot() : nil
  }
}

/// Whether what was published of two models holds for those that were measured.
package enum OrderingVerdict: String, Sendable, Hashable, Codable {
  /// The difference has the published direction, and is larger than its spread over seeds.
  case held
  /// The difference is not larger than its spread: it may have either direction.
  case withinSpread = "within spread"
  /// The difference has the other direction, and is larger than its spread.
  case reversed = "did not hold"
  /// One seed, and the published direction.
  case heldOnce = "same direction, one seed"
  /// One seed, and the other direction.
  case reversedOnce = "other direction, one seed"
  /// One of the models was not measured yet.
  case missing

  /// Judges a difference.
  ///
  /// What was published as nearly equal holds where the difference is within its spread; one seed cannot tell that.
  ///
  /// - Parameters:
  ///   - published: The published difference.
  ///   - nearlyEqual: Published differences up to this size say that there is none.
  ///   - measured: The measured difference for each seed that both models were trained with.
  package init(published: Double, nearlyEqual: Double, measured: [Double]) {
    guard let spread = Spread(measured) else {
      self = .missing
      return
    }
    // Rounded figures such as 25.8 − 25.7 are not exactly 0.1.
    let saysEqual = abs(published) <= nearlyEqual + 1e-9
    guard let deviation = spread.deviation else {
      let hasDirection = !saysEqual && spread.mean != 0
      let agrees = (spread.mean < 0) == (published < 0)
      self = !hasDirection ? .withinSpread : agrees ? .heldOnce : .reversedOnce
      return
    }
    let isWithin = abs(spread.mean) <= deviation
    if saysEqual {
      self = isWithin ? .held : .reversed
    } else if isWithin {
      self = .withinSpread
    } else {
      self = (spread.mean < 0) == (published < 0) ? .held : .reversed
    }
  }
}
