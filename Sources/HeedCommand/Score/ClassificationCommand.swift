import ArgumentParser
import HeedEvaluation

/// `heed score classification`: accuracy, macro-F1 and Matthews' correlation of labels.
struct ClassificationCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "classification",
    abstract: "Accuracy, macro-F1 and Matthews correlation of labels, a label a line.",
    discussion: "Figures are those of scikit-learn, from 0 or -1 to 1.")

  @Option(
    name: [.customLong("hypotheses"), .customShort("i")],
    help: ArgumentHelp("The predicted labels, a label a line.", valueName: "file"))
  var hypotheses: String

  @Option(
    name: [.customLong("references"), .customLong("reference"), .customShort("r")],
    help: ArgumentHelp("The right labels.", valueName: "file"))
  var references: String

  @Flag(help: "Write a JSON object.")
  var json = false

  private struct Report: Encodable {
    let accuracy: Double
    let macroF1: Double
    let matthewsCorrelation: Double
    let lines: Int
    let labels: Int

    enum CodingKeys: String, CodingKey {
      case accuracy, matthewsCorrelation, lines, labels
      case macroF1 = "macro_f1"
    }
  }

  func perform() throws {
    let lines = try ParallelLines(hypothesesFile: hypotheses, referenceFiles: [references])
    let score = ClassificationScore(predictions: lines.hypotheses, labels: lines.references[0])
    if json {
      return try ResultStream.write(
        json: Report(
          accuracy: score.accuracy, macroF1: score.macroF1, matthewsCorrelation: score.matthewsCorrelation,
          lines: score.count, labels: score.labelCount))
    }
    try ResultStream.write(
      "accuracy \(score.accuracy.formatted(4)), macro-F1 \(score.macroF1.formatted(4)), "
        + "Matthews correlation \(score.matthewsCorrelation.formatted(4)) "
        + "(\(score.count) lines, \(score.labelCount) labels)")
  }
}
