import ArgumentParser
import Foundation
import HeedEvaluation

/// A line on the terminal that changes; nothing where standard error is a file.
enum Progress {
  /// Replaces the line.
  static func show(_ text: String) {
    guard StandardError.isTerminal else { return }
    StandardError.write("\r\u{1B}[K\(text)")
  }

  /// Removes the line.
  static func clear() {
    guard StandardError.isTerminal else { return }
    StandardError.write("\r\u{1B}[K")
  }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}

extension Double {
  /// The number with so many decimals.
  func formatted(_ decimals: Int) -> String { String(format: "%.\(decimals)f", self) }
}

extension BLEUTokenizer: ExpressibleByArgument {}
