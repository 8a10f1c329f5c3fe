/// How well predicted labels agree with the right ones, as scikit-learn counts it.
public struct ClassificationScore: Hashable, Sendable {
  /// The share of predictions that are right, in 0...1.
  public let accuracy: Double
  /// The mean of the classes' F1, in 0...1, each class weighing the same; one that is never predicted rightly has 0.
  public let macroF1: Double
  /// Matthews' correlation in its form for several classes, in −1...1; 0 if all predictions or all right labels are one.
  ///
  /// Source: Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient" (2004).
  public let matthewsCorrelation: Double
  /// How many labels were compared.
  public let count: Int
  /// How many different labels there are, predicted or right.
  public let labelCount: Int

  /// Compares labels.
  ///
  /// - Parameters:
  ///   - predictions: The labels to judge.
  ///   - labels: What they should be.
  /// - Precondition: Both have the same number of labels.
  public init<Label: Hashable>(predictions: [Label], labels: [Label]) {
    precondition(
      predictions.count == labels.count,
      "\(predictions.count) predictions cannot be compared with \(labels.count) labels.")
    var classes: [Label: (predicted: Double, right: Double, both: Double)] = [:]
    for (prediction, label) in zip(predictions, labels) {
      classes[prediction, default: (0, 0, 0)].predicted += 1
      classes[label, default: (0, 0, 0)].right += 1
      if prediction == label { classes[label, default: (0, 0, 0)].both += 1 }
    }
    count = labels.count
    labelCount = classes.count
    let total = Double(labels.count)
    let correct = classes.values.reduce(0) { $0 + $1.both }
    accuracy = labels.isEmpty ? 0 : correct / total
    let sumOfF1 = classes.values.map { 2 * $0.both / ($0.predicted + $0.right) }.sorted().reduce(0, +)
    macroF1 = classes.isEmpty ? 0 : sumOfF1 / Double(classes.count)

    // Covariances of the indicators of the classes, times the square of the number of labels.
    let covariance = correct * total - classes.values.reduce(0) { $0 + $1.predicted * $1.right }
    let varianceOfPredictions = total * total - classes.values.reduce(0) { $0 + $1.predicted * $1.predicted }
    let varianceOfLabels = total * total - classes.values.reduce(0) { $0 + $1.right * $1.right }
    let product = varianceOfPredictions * varianceOfLabels
    matthewsCorrelation = product == 0 ? 0 : covariance / product.squareRoot()
  }

  /// Compares labels scalar by scalar: composed and decomposed characters differ, as they do for other metrics.
  ///
  /// - Parameters:
  ///   - predictions: The labels to judge.
  ///   - labels: What they should be.
  /// - Precondition: Both have the same number of labels.
  public init(predictions: [String], labels: [String]) {
    self.init(predictions: predictions.map { Array($0.utf8) }, labels: labels.map { Array($0.utf8) })
  }
}
