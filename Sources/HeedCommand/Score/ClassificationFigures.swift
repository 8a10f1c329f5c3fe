import HeedEvaluation

/// What is written of the labels that were put on lines of a file, or on texts.
struct ClassificationFigures: Encodable {
  /// What each label is of.
  enum Unit: String {
    case lines, texts
  }

  private let accuracy: Double
  private let macroF1: Double
  private let matthewsCorrelation: Double
  private let lines: Int?
  private let texts: Int?
  private let labels: Int
  /// The same for people.
  let text: String

  init(_ score: ClassificationScore, of unit: Unit) {
    accuracy = score.accuracy
    macroF1 = score.macroF1
    matthewsCorrelation = score.matthewsCorrelation
    lines = unit == .lines ? score.count : nil
    texts = unit == .texts ? score.count : nil
    labels = score.labelCount
    text =
      "accuracy \(accuracy.formatted(4)), macro-F1 \(macroF1.formatted(4)), "
      + "Matthews correlation \(matthewsCorrelation.formatted(4)) "
      + "(\(score.count) \(unit.rawValue), \(labels) labels)"
  }

  enum CodingKeys: String, CodingKey {
    case accuracy, matthewsCorrelation, lines, texts, labels
    case macroF1 = "macro_f1"
  }
}
