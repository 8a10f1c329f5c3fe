import Foundation
import Heed
import HeedEvaluation
import HeedTraining

extension EvaluateCommand {
  /// Texts that are labelled between two signs of progress.
  private static let windowTextCount = 512

  /// Accuracy, macro-F1 and Matthews' correlation of labels.
  func evaluateClassification() throws {
    var data = DataRecipe()
    data.source = try onlySource()
    (data.sourceField, data.targetField, data.pairField) = (
      choices.sourceField, choices.targetField, choices.pairField
    )
    var classifier = try TextClassifier(directory: onlyDirectory(), precision: model.weights.precision)
    classifier.batchTokens = search.batchTokens
    classifier.cutsLongTexts = true
    var (inputs, labels) = ([TextClassifier.Input](), [String]())
    try data.labelledTexts().training.forEach { record in
      let values = record.values.map { $0 ?? "" }
      inputs.append(TextClassifier.Input(values[0], pair: values.count > 2 ? values[1] : nil))
      labels.append(values[values.count - 1])
    }
    let known = Set(classifier.labels)
    if let place = labels.firstIndex(where: { !known.contains($0) }) {
      throw CommandError(
        .data,
        "\(source[0]): the label \"\(labels[place].prefix(60))\" of text \(place + 1) is none of the model's: "
          + "\(classifier.labels.prefix(20).joined(separator: ", "))")
    }
    var found: [String] = []
    while found.count < inputs.count {
      let window = Array(inputs.dropFirst(found.count).prefix(Self.windowTextCount))
      found += try withFlagNames { try classifier.classify(window, firstLine: found.count) }.map(\.label)
      Progress.show("\(found.count) of \(inputs.count) texts")
    }
    Progress.clear()
    try writeOutput(found)
    let score = ClassificationScore(predictions: found, labels: labels)
    let figures = ClassificationFigures(score, of: .texts)
    if json { return try ResultStream.write(json: figures) }
    try ResultStream.write(figures.text)
  }
}
