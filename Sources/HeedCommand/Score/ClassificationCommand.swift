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

  func perform() throws {
    let lines = try ParallelLines(hypothesesFile: hypotheses, referenceFiles: [references])
    let score = ClassificationScore(predictions: lines.hypotheses, labels: lines.references[0])
    let figures = ClassificationFigures(score, of: .lines)
    if json { return try ResultStream.write(json: figures) }
    try ResultStream.write(figures.text)
  }
}
