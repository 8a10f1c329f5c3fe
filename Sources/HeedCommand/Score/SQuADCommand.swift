import ArgumentParser
import HeedEvaluation

/// `heed score squad`: exact match and F1 of answers.
struct SQuADCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "squad", abstract: "Exact match and F1 of answers to questions.",
    discussion: """
      Figures are those of the official scripts of SQuAD 1.1 and 2.0, in percent. A question without a prediction counts \
      as answered wrongly.
      """)

  @Option(help: ArgumentHelp("The questions and their right answers, as SQuAD's JSON.", valueName: "file"))
  var data: String

  @Option(help: ArgumentHelp("A JSON object with an answer for each question's id.", valueName: "file"))
  var predictions: String

  @Option(help: "The version of SQuAD whose rules hold (default: what the data look like).")
  var rules: SQuAD.Rules?

  @Option(
    help: ArgumentHelp(
      "A JSON object with the probability, for each question's id, that there is no answer; version 2 only.",
      valueName: "file"))
  var noAnswerProbabilities: String?

  @Option(help: "Above this probability the answer counts as empty (default: 1).")
  var noAnswerThreshold: Double?

  @Flag(help: "Write the JSON object that the official script writes.")
  var json = false

  func perform() throws {
    if let noAnswerThreshold {
      guard noAnswerProbabilities != nil else {
        throw CommandError.usage("--no-answer-threshold needs --no-answer-probabilities")
      }
      guard noAnswerThreshold.isFinite else {
        throw CommandError.usage("--no-answer-threshold must be a number, got \(noAnswerThreshold)")
      }
    }
    let files = try SQuADFiles(
      data: data, predictions: predictions, noAnswerProbabilities: noAnswerProbabilities, rules: rules)
    guard files.rules == .v2 || noAnswerProbabilities == nil else {
      throw CommandError.usage(
        "--no-answer-probabilities are for data by the rules of version 2; see --rules")
    }
    let score = SQuAD(rules: files.rules, noAnswerThreshold: noAnswerThreshold ?? 1).score(
      files.questions, predictions: files.predictions, noAnswerProbabilities: files.noAnswerProbabilities)
    if let first = score.missing.first {
      StandardError.say(
        "\(score.missing.count) of \(files.questions.count) questions have no prediction and count as answered wrongly "
          + "(first: \(first))")
    }
    if json {
      let figures = score.figures.map { ($0.name, $0.value) }
      return try ResultStream.write(json: Dictionary(uniqueKeysWithValues: figures))
    }
    var lines = [line("all questions", score.all)]
    if files.rules == .v2 {
      if let mean = score.withAnswer { lines.append(line("with an answer", mean)) }
      if let mean = score.withoutAnswer { lines.append(line("without an answer", mean)) }
    }
    for (name, best) in [("exact match", score.bestExactMatch), ("F1", score.bestF1)] {
      guard let best else { continue }
      lines.append("best \(name): \(best.score.formatted(2)) with the threshold \(best.threshold)")
    }
    try ResultStream.write(lines.joined(separator: "\n"))
  }

  private func line(_ name: String, _ mean: SQuADScore.Mean) -> String {
    "\(name): exact match \(mean.exactMatch.formatted(2)), F1 \(mean.f1.formatted(2)) "
      + "(\(mean.questionCount) questions)"
  }
}

extension SQuAD.Rules: ExpressibleByArgument {}
