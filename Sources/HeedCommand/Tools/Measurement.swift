import Foundation
import HeedTensor

/// What is measured of this process.
enum Measurement {
  /// Seconds that `body` takes.
  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let stopwatch = Stopwatch()
    try body()
    return stopwatch.seconds
  }

  /// The fewest seconds that `body` took.
  static func best(of repetitions: Int, _ body: () throws -> Void) rethrows -> Double {
    try (0..<repetitions).reduce(Double.infinity) { best, _ in min(best, try seconds(body)) }
  }

  /// What some work takes.
  struct Cost {
    /// Of the fastest repetition.
    let seconds: Double
    /// What tensors were given beyond those that were there before, at most at one time.
    let allocatedBytes: Int
  }

  /// What `body` takes, repeated as often as said, and further until it has run for so many seconds.
  static func cost(
    atLeast repetitions: Int, spending budget: Double = 0, _ body: () throws -> Void
  ) rethrows -> Cost {
    let stopwatch = Stopwatch()
    var best = Double.infinity
    let bytes = try StoragePool.shared.mostUsed {
      best = try self.best(of: repetitions, body)
      while stopwatch.seconds < budget { best = min(best, try seconds(body)) }
    }
    return Cost(seconds: best, allocatedBytes: bytes)
  }
}

/// Tells the seconds since it was made.
struct Stopwatch {
  private let start = ContinuousClock.now
  var seconds: Double { (ContinuousClock.now - start).seconds }
}

extension Double {
  /// The number with this many digits behind the point.
  func fixed(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}

extension Int {
  /// Bytes as megabytes, without the unit.
  var megabytes: String { (Double(self) / 1e6).fixed(1) }
}
