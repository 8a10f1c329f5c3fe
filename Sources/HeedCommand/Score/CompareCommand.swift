import ArgumentParser
import Foundation
import HeedEvaluation

/// `heed score compare`: whether systems differ from a baseline by more than chance.
struct CompareCommand: HeedSubcommand {
  /// A metric by which systems are compared.
  enum MetricName: String, ExpressibleByArgument, CaseIterable {
    case bleu, chrf, ter, rouge1, rouge2, rougeL, rougeLsum
    case chrfWithWords = "chrf++"

    var isROUGE: Bool { [.rouge1, .rouge2, .rougeL, .rougeLsum].contains(self) }
  }

  static let configuration = CommandConfiguration(
    commandName: "compare", abstract: "Compare systems with a baseline by paired bootstrap resampling.",
    discussion: """
      For each metric: the score, in parentheses the mean of the resamples and half the width of the interval with 95 % of \
      them, and p, the probability of such a difference from the baseline between equal systems. It is the test of \
      sacrebleu --paired-bs with draws of its own. In summaries <n> stands for a line feed.
      """)

  @Option(
    name: [.customLong("references"), .customLong("reference"), .customShort("r")], parsing: .upToNextOption,
    help: ArgumentHelp("What lines should be; several files for several references.", valueName: "file"))
  var references: [String]

  @Option(help: ArgumentHelp("The lines of the system that others are compared with.", valueName: "file"))
  var baseline: String

  @Option(
    name: [.customLong("system"), .customLong("systems")], parsing: .upToNextOption,
    help: ArgumentHelp("The lines of a system; several files for several systems.", valueName: "file"))
  var systems: [String]

  @Option(
    name: [.customLong("metric"), .customLong("metrics"), .customShort("m")], parsing: .upToNextOption,
    help: "What is compared (default: bleu chrf ter).")
  var metrics: [MetricName] = []

  @Option(help: "How many resamples are drawn.")
  var resamples = 1_000

  @Option(help: "The seed of the draws.")
  var seed: UInt64 = 12_345

  @Option(help: "How BLEU cuts lines into words (default: 13a).")
  var tokenize: BLEUTokenizer?

  @Flag(name: [.long, .customLong("lc")], help: "Ignore case in BLEU and chrF.")
  var lowercase = false

  @Flag(help: "Compare words by their stems in ROUGE.")
  var stem = false

  @Option(help: "Decimals of the scores.")
  var width = 1

  @Flag(help: "Write a JSON object.")
  var json = false

  func perform() throws {
    let names = metrics.isEmpty ? [.bleu, .chrf, .ter] : metrics
    try check(names)
    let first = try ParallelLines(hypothesesFile: baseline, referenceFiles: references)
    // References are read once: they may come from a pipe.
    let others = try systems.map { try first.hypotheses(of: $0, asManyAs: baseline) }
    for (file, hypotheses) in zip([baseline] + systems, [first.hypotheses] + others) {
      for warning in warnings(hypotheses: hypotheses, references: []) {
        StandardError.say("\(file): \(warning)")
      }
    }
    for warning in warnings(hypotheses: [], references: first.references) {
      StandardError.say(warning.description)
    }

    var reports: [Report] = []
    for name in names {
      reports.append(report(metric(name), name, first.hypotheses, others, first.references))
      Progress.show("\(reports.count) of \(names.count) metrics")
    }
    Progress.clear()
    if json {
      return try ResultStream.write(json: Comparison(resamples: resamples, seed: seed, metrics: reports))
    }
    let lines = reports.flatMap(lines(of:))
    try ResultStream.write(
      (lines + ["\(resamples) resamples, seed \(seed); * p < 0.05"]).joined(separator: "\n"))
  }

  private func check(_ names: [MetricName]) throws {
    try checkWidth(width)
    try checkResamples(resamples)
    guard !systems.isEmpty else { throw CommandError.usage("--system is needed at least once") }
    guard Set(names).count == names.count else { throw CommandError.usage("--metric names a metric twice") }
    guard tokenize == nil || names.contains(.bleu) else {
      throw CommandError.usage("--tokenize is only for --metric bleu")
    }
    guard !lowercase || names.contains(where: { [.bleu, .chrf, .chrfWithWords].contains($0) }) else {
      throw CommandError.usage("--lowercase is only for --metric bleu, chrf and chrf++")
    }
    guard !stem || names.contains(where: \.isROUGE) else {
      throw CommandError.usage("--stem is only for --metric rouge1, rouge2, rougeL and rougeLsum")
    }
  }

  private func metric(_ name: MetricName) -> any Metric {
    switch name {
    case .bleu: BLEU(tokenizer: tokenize ?? .mteval13a, lowercase: lowercase)
    case .chrf: CHRF(lowercase: lowercase)
    case .chrfWithWords: CHRF(wordOrder: 2, lowercase: lowercase)
    case .ter: TER()
    case .rouge1: ROUGE(.n(1), stemming: stem)
    case .rouge2: ROUGE(.n(2), stemming: stem)
    case .rougeL: ROUGE(.l, stemming: stem)
    case .rougeLsum: ROUGE(.lsum, stemming: stem)
    }
  }

  private func report(
    _ metric: some Metric, _ name: MetricName, _ first: [String], _ others: [[String]],
    _ references: [[String]]
  ) -> Report {
    // Metrics of translations count <n> as the three characters that it is.
    func text(_ lines: [String]) -> [String] {
      name.isROUGE ? lines.map(ROUGECommand.withLineFeeds) : lines
    }
    let (baseline, systems) = PairedBootstrap(resampleCount: resamples, seed: seed).compare(
      baseline: text(first), systems: others.map(text), references: references.map(text), metric: metric)
    return Report(
      name: baseline.score.name, signature: baseline.score.signature(),
      systems: zip([self.baseline] + self.systems, [baseline] + systems).map { file, result in
        Report.System(
          file: file, score: result.score.score, mean: result.mean, confidenceHalfWidth: result.halfWidth,
          pValue: result.pValue)
      })
  }

  private func lines(of report: Report) -> [String] {
    let widest = report.systems.map(\.file.count).max() ?? 0
    return ["\(report.name)|\(report.signature)"]
      + report.systems.map { system in
        var line = "  " + system.file.padding(toLength: widest, withPad: " ", startingAt: 0)
        line += "  \(system.score.formatted(width)) (\(system.mean.formatted(width)) "
        line += "± \(system.confidenceHalfWidth.formatted(width)))"
        if let pValue = system.pValue {
          // As in sacreBLEU a system has a small p against itself; no difference is not a significant one.
          let isSignificant = pValue < 0.05 && system.score != report.systems[0].score
          line += "  p = \(pValue.formatted(4))\(isSignificant ? "*" : "")"
        }
        return line
      }
  }

  private struct Comparison: Encodable {
    let resamples: Int
    let seed: UInt64
    let metrics: [Report]
  }

  private struct Report: Encodable {
    struct System: Encodable {
      let file: String
      let score: Double
      let mean: Double
      let confidenceHalfWidth: Double
      let pValue: Double?
    }
    let name: String
    let signature: String
    /// The baseline and then the others.
    let systems: [System]
  }
}
