import ArgumentParser
import HeedEvaluation

/// `heed score rouge`: ROUGE-1, ROUGE-2, ROUGE-L and ROUGE-Lsum of summaries.
struct ROUGECommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "rouge", abstract: "Shared n-grams and subsequences of words, for summaries.",
    discussion: """
      Precision, recall and F-score are means over the summaries, in percent. A line is a summary; where it has several \
      lines itself, <n> stands for a line feed, as in Pegasus: ROUGE-Lsum compares line by line.
      """)

  @OptionGroup var files: ScoredFiles

  @Flag(help: "Compare words by their stems (Porter's, for English).")
  var stem = false

  @Flag(help: "Add the interval in which 95 % of the F-scores of resampled corpora lie.")
  var confidence = false

  @Option(help: "Resampled corpora (default: 1000).")
  var resamples: Int?

  @Option(help: "The seed of resampling (default: 12345).")
  var seed: UInt64?

  @Option(help: "Decimals of the F-scores.")
  var width = 2

  @Flag(help: "Write a JSON object.")
  var json = false

  func perform() throws {
    try checkWidth(width)
    guard confidence || (resamples == nil && seed == nil) else {
      throw CommandError.usage("--resamples and --seed are only for --confidence")
    }
    let bootstrap = PairedBootstrap(resampleCount: max(1, resamples ?? 1_000), seed: seed ?? 12_345)
    if let resamples { try checkResamples(resamples) }
    let lines = try files.lines()
    for warning in subwordWarnings(hypotheses: lines.hypotheses, references: lines.references) {
      StandardError.say(warning.description)
    }
    let hypotheses = lines.hypotheses.map(Self.withLineFeeds)
    let references = lines.references.map { $0.map(Self.withLineFeeds) }

    var rows: [Row] = []
    for variant in ROUGE.Variant.usual {
      let metric = ROUGE(variant, stemming: stem)
      let statistics = metric.statistics(hypotheses: hypotheses, references: references)
      let score = metric.score(sums: statistics.sums(), referenceCount: references.count)
      var interval: [Double]?
      if confidence {
        let samples = bootstrap.resamples(of: [statistics]) {
          metric.score(sums: $0, referenceCount: references.count).score
        }[0]
        interval = [quantile(samples, 0.025), quantile(samples, 0.975)]
      }
      rows.append(Row(score: score, interval: interval))
    }
    try write(rows)
  }

  private struct Row {
    let score: ROUGEScore
    let interval: [Double]?
  }

  private struct Report: Encodable {
    let signature: String
    let precision: Double
    let recall: Double
    let fMeasure: Double
    let confidenceInterval: [Double]?
  }

  private func write(_ rows: [Row]) throws {
    if json {
      let reports = rows.map { row in
        let score = row.score
        let report = Report(
          signature: score.signature(), precision: 100 * score.precision, recall: 100 * score.recall,
          fMeasure: score.score, confidenceInterval: row.interval)
        return (score.name, report)
      }
      return try ResultStream.write(json: Dictionary(uniqueKeysWithValues: reports))
    }
    var text = alignedLines(of: rows.map(\.score), width: width).split(separator: "\n").map(String.init)
    for (index, row) in rows.enumerated() {
      guard let interval = row.interval else { continue }
      text[index] += " [\(interval[0].formatted(width)), \(interval[1].formatted(width))]"
    }
    try ResultStream.write(text.joined(separator: "\n"))
  }

  /// A summary with its line feeds.
  static func withLineFeeds(_ line: String) -> String { line.replacing("<n>", with: "\n") }
}
