import ArgumentParser
import Foundation
import Heed
import HeedEvaluation

/// `heed benchmark embed`: a text encoder, from lines to vectors.
struct EmbeddingBenchmark: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "embed", abstract: "Measure sentence embedding, in sentences a second.",
    discussion: """
      The first --count lines of a file that are not empty, --batch of them at a time, in the order of their lengths; \
      with --batch 1, one by one, no more than the first 128 of them, in the order of the file. Cutting them into tokens \
      is part of what is measured. The best of --repetitions counts.
      """)

  @OptionGroup var options: ModelBenchmarkOptions
  @Option(help: ArgumentHelp("Sentences, one a line.", valueName: "file")) var input: String
  @Option(help: "Lines that are read.") var count = 512
  @Option(help: "Sentences that are computed together.") var batch = 32
  @Option(help: "Runs to measure.") var repetitions = 3

  /// One by one takes longer, and says as much.
  private static let singleCount = 128

  mutating func perform() throws {
    Machine.exitOnInterrupt()
    try require("--count", count, in: 1...1_000_000)
    try require("--batch", batch, in: 1...4096)
    try require("--repetitions", repetitions, in: 1...1000)
    try options.machine.apply()

    let batches = try batches()
    let stopwatch = Stopwatch()
    var embedder = try options.loadEncoder()
    embedder.batchTokens = .max
    let secondsToLoad = stopwatch.seconds
    let seconds = try Measurement.best(of: repetitions) {
      for batch in batches { _ = try embedder.embed(batch) }
    }
    let sentences = batches.reduce(0) { $0 + $1.count }
    try options.report(
      Figures(
        batch: batch, repetitions: repetitions, sentences: sentences,
        sentencesPerSecond: Double(sentences) / seconds),
      secondsToLoad: secondsToLoad)
  }

  private func batches() throws -> [[String]] {
    // Lazily, because the file may be far longer than what is asked for.
    var lines = Array(
      try ParallelLines.lines(of: input).lazy
        .map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.filter { !$0.isEmpty }.prefix(count))
    guard !lines.isEmpty else {
      throw CommandError(.data, "\(input): every line is empty; expected sentences")
    }
    if batch > 1 {
      // Swift's sort is stable.
      lines = lines.map { ($0.unicodeScalars.count, $0) }.sorted { $0.0 < $1.0 }.map(\.1)
    } else {
      lines = Array(lines.prefix(Self.singleCount))
    }
    return stride(from: 0, to: lines.count, by: batch).map {
      Array(lines[$0..<min($0 + batch, lines.count)])
    }
  }

  private struct Figures: BenchmarkFigures {
    let batch, repetitions, sentences: Int
    /// Of the best run.
    let sentencesPerSecond: Double

    var lines: [String] {
      ["heed embed: batch \(batch)  \(sentences) sentences  \(sentencesPerSecond.fixed(1)) sentences/s"]
    }
  }
}
