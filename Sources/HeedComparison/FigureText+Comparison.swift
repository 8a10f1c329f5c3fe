import Foundation
import HeedTensor
import HeedTraining

extension FigureText {
  /// A number with so many decimals.
  static func fixed(_ value: Double, _ digits: Int) -> String {
    guard value.isFinite else { return "–" }
    return String(format: "%.\(digits)f", value).replacing("-", with: "−")
  }

  /// A difference, with its sign.
  static func signed(_ value: Double, _ digits: Int) -> String {
    let text = fixed(abs(value), digits)
    let isZero = !text.contains { ("1"..."9").contains($0) }
    return text == "–" ? text : (isZero ? "±" : value < 0 ? "−" : "+") + text
  }

  /// The perplexity of a loss in nats.
  static func perplexity(_ loss: Double) -> Double { exp(loss) }
}

/// The threads that compute.
enum ThreadCount {
  /// How many there are now.
  static var current: Int { ThreadPool.shared.threadCount }

  /// The threads that figures were measured with, which a comparison that was interrupted may have gone on with others of.
  static func text(_ counts: some Sequence<Int>) -> String {
    let counts = Set(counts).sorted()
    let names = counts.map { "\($0) \($0 == 1 ? "thread" : "threads")" }
    guard names.count > 1 else { return names.first ?? "threads that were not written down" }
    return names.joined(separator: " or ")
      + " (it differs between the measurements, so that their times cannot be compared)"
  }
}
