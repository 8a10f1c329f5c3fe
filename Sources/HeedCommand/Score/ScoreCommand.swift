import ArgumentParser
import HeedEvaluation

/// `heed score`: scores files as the reference programs of each metric do.
struct ScoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "Score files of translations, summaries, answers or labels.",
    discussion: """
      BLEU, chrF and TER are those of sacreBLEU \(sacreBLEUVersion) with its signatures, ROUGE that of rouge-score 0.1.2, \
      exact match and F1 of answers those of SQuAD's scripts, and figures of labels those of scikit-learn.
      """,
    subcommands: [
      BLEUCommand.self, CHRFCommand.self, TERCommand.self, ROUGECommand.self, SQuADCommand.self,
      ClassificationCommand.self, CompareCommand.self,
    ])
}

/// The files that are compared line by line.
struct ScoredFiles: ParsableArguments {
  @Option(
    name: [.customLong("hypotheses"), .customShort("i")],
    help: ArgumentHelp("What is scored, a segment a line.", valueName: "file"))
  var hypotheses: String

  @Option(
    name: [.customLong("references"), .customLong("reference"), .customShort("r")], parsing: .upToNextOption,
    help: ArgumentHelp("What it should be; several files for several references.", valueName: "file"))
  var references: [String]

  /// Reads the files.
  func lines() throws -> ParallelLines {
    try ParallelLines(hypothesesFile: hypotheses, referenceFiles: references)
  }
}

/// What metrics of translations need.
struct ScoreOptions: ParsableArguments {
  @OptionGroup var files: ScoredFiles

  @Option(help: "Decimals of the score.")
  var width = 1

  @Flag(help: "Write the JSON object that sacreBLEU writes.")
  var json = false

  /// Scores the files and writes the result.
  func score(with metric: some Metric) throws {
    try checkWidth(width)
    let lines = try files.lines()
    for warning in warnings(hypotheses: lines.hypotheses, references: lines.references) {
      StandardError.say(warning.description)
    }
    let score = metric.score(hypotheses: lines.hypotheses, references: lines.references)
    try ResultStream.write(json ? score.json(width: width) : score.formatted(width: width))
  }
}

/// Refuses more decimals than a score has.
func checkWidth(_ width: Int) throws {
  guard (0...15).contains(width) else {
    throw CommandError.usage("--width must be from 0 to 15, got \(width)")
  }
}

/// Refuses a number of resamples that means nothing or would take days.
func checkResamples(_ count: Int) throws {
  guard (1...1_000_000).contains(count) else {
    throw CommandError.usage("--resamples must be from 1 to 1000000, got \(count)")
  }
}
