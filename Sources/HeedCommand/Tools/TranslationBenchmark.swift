import ArgumentParser
import Heed

/// `heed benchmark translate`: an encoder-decoder, from tokens to tokens.
struct TranslationBenchmark: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "translate", abstract: "Measure translation, in target tokens a second.",
    discussion: """
      Random source tokens with an end of sentence each; exactly --new-tokens tokens are written for each, because an \
      end of sentence is forbidden before. No text is cut or joined, so that a directory without a tokenizer will do. \
      After one run to warm up the best of --repetitions counts.
      """)

  @OptionGroup var options: ModelBenchmarkOptions
  @Option(
    name: [.customLong("beam-size"), .customLong("beam")], help: "Hypotheses kept; 1 is greedy search.")
  var beamSize = 1
  @Option(help: "Sentences that are translated together.") var batch = 1
  @Option(help: "Tokens of a source, the end of sentence apart.") var sourceTokens = 25
  @Option(help: "Tokens that are written for each source.") var newTokens = 32
  @Option(help: "Runs to measure.") var repetitions = 4
  @Option(help: "Where the random tokens start.") var seed: UInt64 = 1

  mutating func perform() throws {
    Machine.exitOnInterrupt()
    try require("--beam-size", beamSize, in: 1...1024)
    try require("--batch", batch, in: 1...4096)
    try require("--source-tokens", sourceTokens, in: 1...65_536)
    try require("--new-tokens", newTokens, in: 1...65_536)
    try require("--repetitions", repetitions, in: 1...1000)
    try options.machine.apply()

    let extents = TranslationExtents(
      batch: batch, beamSize: beamSize, sourceTokens: sourceTokens, newTokens: newTokens, seed: seed)
    let stopwatch = Stopwatch()
    let generator = try options.loadEncoderDecoder()
    let secondsToLoad = stopwatch.seconds
    let work = try TranslationWork(generator, name: options.model, extents)
    try work.run(newTokens: 1)
    let secondsToFirstToken = stopwatch.seconds
    try work.run()
    let seconds = try Measurement.best(of: repetitions) { try work.run() }
    try options.report(
      Figures(
        batch: batch, beamSize: beamSize, newTokens: newTokens, repetitions: repetitions,
        secondsToFirstToken: secondsToFirstToken, sourceTokens: sourceTokens,
        targetTokensPerSecond: Double(batch * newTokens) / seconds),
      secondsToLoad: secondsToLoad)
  }

  private struct Figures: BenchmarkFigures {
    let batch, beamSize, newTokens, repetitions: Int
    /// From the beginning of loading until a first run, for one token of each source, has given it.
    let secondsToFirstToken: Double
    let sourceTokens: Int
    /// Of the best run.
    let targetTokensPerSecond: Double

    var lines: [String] {
      [
        "heed translate: beam \(beamSize)  batch \(batch)  \(sourceTokens) + 1 source tokens, \(newTokens) new  "
          + "target tokens/s \(targetTokensPerSecond.fixed(1))  first token after \(secondsToFirstToken.fixed(2)) s"
      ]
    }
  }
}
