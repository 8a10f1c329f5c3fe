import HeedEvaluation
import HeedLayers
import HeedModels

/// To put a label on a text (Devlin et al. 2019, section 4.1).
public struct ClassificationTask: TrainingTask {
  /// Texts as the model reads them, with their labels.
  public struct Examples: Sendable {
    /// The texts.
    public var texts = EncoderInputStore()
    /// The label of each text.
    public var labels: [Int32] = []

    /// No examples.
    public init() {}

    /// How many there are.
    public var count: Int { labels.count }
  }

  private let training: Examples
  private let validation: Examples
  private let labels: [String]
  private let validationTokenBudget: Int
  private let text: @Sendable (Int) -> String
  /// The sizes of all texts.
  public let exampleSizes: [ExampleSize]

  /// A task.
  ///
  /// - Parameters:
  ///   - training: The texts to learn from.
  ///   - validation: The texts to validate on.
  ///   - labels: What the labels are called.
  ///   - validationTokenBudget: The most tokens of a batch of the validation set.
  ///   - text: A text of the validation set, to show it.
  public init(
    training: Examples, validation: Examples, labels: [String], validationTokenBudget: Int = 4096,
    text: @escaping @Sendable (Int) -> String
  ) {
    self.training = training
    self.validation = validation
    self.labels = labels
    self.validationTokenBudget = validationTokenBudget
    self.text = text
    exampleSizes = training.texts.exampleSizes
  }

  /// What tells the texts and labels from others.
  public var fingerprint: String {
    var fingerprint = Fingerprint()
    fingerprint.mix(training.texts.tokens)
    fingerprint.mix(training.labels)
    return fingerprint.text
  }

  /// Lays out some texts.
  public func batch(_ examples: [Int], epoch: Int) -> ClassificationBatch { batch(examples, of: training) }

  /// Loss, accuracy and macro-averaged F1 on the held-out texts.
  public func validate(_ model: TextEncoder) throws -> ValidationFigures {
    let model = model.detached
    var (sum, found) = (0.0, [Int32]())
    for range in validation.texts.exampleSizes.inOrder(tokenBudget: validationTokenBudget) {
      let batch = batch(Array(range), of: validation)
      var context = ForwardContext.inference
      let states = model(batch.input.sequences, segmentIDs: batch.input.segmentIDs, &context)
      let logits = model.sequenceLogits(states, batch.input.sequences, &context)
      let columns = logits.shape.columns
      logits.softmax().withUnsafeValues { probabilities in
        for (row, label) in batch.labels.enumerated() {
          let scores = probabilities[row * columns..<(row + 1) * columns]
          let best = scores.indices.max { scores[$0] < scores[$1] } ?? scores.startIndex
          found.append(Int32(best - scores.startIndex))
          sum -= Double(Float.logarithm(max(scores[scores.startIndex + Int(label)], .leastNormalMagnitude)))
        }
      }
    }
    let count = min(Self.sampleCount, validation.count)
    let samples = (0..<count).map { number in
      let index = number * validation.count / count
      return ValidationReport.Sample(
        source: text(index), reference: labels[Int(validation.labels[index])],
        hypothesis: labels[Int(found[index])])
    }
    let score = ClassificationScore(predictions: found, labels: validation.labels)
    return ValidationFigures(
      loss: sum / Double(max(1, validation.count)),
      scores: [.accuracy: 100 * score.accuracy, .f1: 100 * score.macroF1], samples: samples)
  }

  private static var sampleCount: Int { 4 }

  private func batch(_ examples: [Int], of store: Examples) -> ClassificationBatch {
    ClassificationBatch(
      input: store.texts.input(examples), labels: examples.map { store.labels[$0] })
  }
}
