import Foundation
import HeedTraining

/// Shows the progress of a training on standard error: one line that moves where there is a terminal, and a plain line
/// now and then where there is none.
final class TrainingPrinter {
  private let isTerminal = StandardError.isTerminal
  private var hasMovingLine = false
  private var lastShown = -Double.infinity
  private var smoothLoss: Double?
  private var recent: [(tokenCount: Int, seconds: Double)] = []

  /// Seconds between two states of the moving line, and between plain ones.
  private var interval: Double { isTerminal ? 0.1 : 20 }
  /// Steps that the speed is measured over.
  private static let speedWindow = 50
  /// Examples that are shown at a validation.
  private static let sampleCount = 2

  /// Shows what happened.
  func show(_ update: TrainingUpdate) {
    switch update {
    case .note(let text): line(text)
    case .started(let step, let expected):
      let end = expected.map { " of \($0)" } ?? ""
      line(
        step == 0 ? "training\(expected.map { ", \($0) steps" } ?? "")" : "going on after step \(step)\(end)")
    case .step(let report, let place): step(report, place)
    case .skipped(let step, let inARow):
      line("step \(step) skipped: its loss or gradient was not finite (\(inARow) in a row)")
    case .validated(let report): validated(report)
    case .saved: break
    }
  }

  /// Leaves the last state of the moving line standing.
  func finish() {
    if hasMovingLine { write("\n") }
    hasMovingLine = false
  }

  private func step(_ report: StepReport, _ place: StepPlace) {
    smoothLoss = smoothLoss.map { 0.9 * $0 + 0.1 * report.loss } ?? report.loss
    recent.append((report.tokenCount, report.seconds))
    if recent.count > Self.speedWindow { recent.removeFirst() }
    let now = Date.timeIntervalSinceReferenceDate
    guard now - lastShown >= interval || report.step == place.expectedStepCount else { return }
    lastShown = now
    let parts = progress(report, place)
    if isTerminal {
      write("\r\u{1B}[K" + fitted(parts, to: max(20, TerminalSize.columns(of: STDERR_FILENO) - 1)))
      hasMovingLine = true
    } else {
      write(parts.joined(separator: "  ") + "\n")
    }
  }

  /// What is known of a step, the most important first.
  private func progress(_ report: StepReport, _ place: StepPlace) -> [String] {
    let seconds = recent.reduce(0) { $0 + $1.seconds }
    let tokens = recent.reduce(0) { $0 + $1.tokenCount }
    var parts: [String] = []
    if let expected = place.expectedStepCount, expected > 0 {
      let bar = isTerminal ? bar(Double(report.step) / Double(expected)) + "  " : ""
      parts.append("\(bar)step \(report.step)/\(expected)")
    } else {
      parts.append("step \(report.step)")
    }
    if let left = secondsLeft(report, place, secondsPerStep: seconds / Double(recent.count)) {
      parts.append("\(duration(left)) left")
    }
    parts.append("loss \(figure(smoothLoss ?? report.loss, 3))")
    parts.append("\(Int(Double(tokens) / max(seconds, 1e-9))) tokens/s")
    parts.append("epoch \(report.epoch + 1)")
    parts.append("rate \(String(format: "%.2e", report.learningRate))")
    return parts
  }

  /// As many parts as a line of the terminal has room for: a longer one could not be overwritten.
  private func fitted(_ parts: [String], to width: Int) -> String {
    var line = ""
    for part in parts {
      let longer = line.isEmpty ? part : "\(line)  \(part)"
      if longer.count > width { break }
      line = longer
    }
    return line.isEmpty ? String(parts.first?.prefix(width) ?? "") : line
  }

  private func secondsLeft(_ report: StepReport, _ place: StepPlace, secondsPerStep: Double) -> Double? {
    let bySteps = place.expectedStepCount.map {
      Double(max(0, $0 - report.step)) * secondsPerStep + place.secondsOfValidationsLeft
    }
    let byBudget = place.timeBudget.map { max(0, $0 - place.elapsed) }
    return [bySteps, byBudget].compactMap { $0 }.min()
  }

  private func bar(_ share: Double) -> String {
    let width = 16
    let filled = min(width, max(0, Int(share * Double(width))))
    return "[" + String(repeating: "=", count: filled) + String(repeating: " ", count: width - filled) + "]"
  }

  private func duration(_ seconds: Double) -> String {
    let whole = Int(min(max(seconds, 0), 1e7))
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    let rest = String(format: hours > 0 ? "%02d:%02d" : "%d:%02d", minutes, whole % 60)
    return hours > 0 ? "\(hours):\(rest)" : rest
  }

  private func validated(_ report: ValidationReport) {
    var text = "validation at step \(report.step): loss \(figure(report.loss, 4))"
    // A perplexity is of words; labels and places have none worth the name.
    if report.scores[.accuracy] == nil, report.scores[.f1] == nil {
      text += ", perplexity \(figure(exp(report.loss), 2))"
    }
    for metric in ValidationMetric.allCases {
      // Whole sentences are seldom equal: where there is something better to say, that is said.
      if metric == .exactMatch, report.scores[.bleu] != nil || report.scores[.rougeL] != nil { continue }
      if let score = report.scores[metric] { text += ", \(metric.title) \(figure(score, 2))" }
    }
    text += ", \(figure(report.seconds, 1)) s" + (report.isBest ? ", the best so far" : "")
    line(text)
    for sample in report.samples.prefix(Self.sampleCount) {
      line("  source      \(shortened(sample.source))")
      line("  reference   \(shortened(sample.reference))")
      line("  hypothesis  \(shortened(sample.hypothesis))")
    }
  }

  /// A model that has learned little goes on and on.
  private func shortened(_ text: String) -> String { text.count > 120 ? text.prefix(119) + "…" : text }

  /// A line that stays.
  private func line(_ text: String) {
    write((hasMovingLine ? "\r\u{1B}[K" : "") + text + "\n")
    hasMovingLine = false
    lastShown = isTerminal ? -Double.infinity : lastShown
  }

  private func write(_ text: String) {
    Array(text.utf8).withUnsafeBytes { _ = POSIX.write(STDERR_FILENO, $0) }
  }
}

/// The size of a terminal.
enum TerminalSize {
  /// How many columns it has; 80 where that cannot be known.
  static func columns(of descriptor: Int32) -> Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }
}
