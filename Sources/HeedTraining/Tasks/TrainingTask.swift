import HeedLayers
import HeedModels
import HeedTensor

/// What a model learns to do: examples, the loss of a batch of them, and what validation measures.
///
/// The trainer knows no more of a task than this. Whatever is random about an example (the words that are masked, the
/// place where a text is cut) follows from the epoch and the example alone, so that a run that was stopped goes on as
/// if it had not been.
public protocol TrainingTask: Sendable {
  /// What is trained.
  associatedtype Model: StoredModel
  /// What a step takes.
  associatedtype Batch: TrainingBatch where Batch.Model == Model

  /// How large each example is; the order is that of the examples.
  var exampleSizes: [ExampleSize] { get }
  /// What tells the training data from other data.
  var fingerprint: String { get }

  /// Lays out some examples.
  ///
  /// - Parameters:
  ///   - examples: Positions in `exampleSizes`.
  ///   - epoch: The pass over the data, from 0.
  /// - Returns: The batch.
  func batch(_ examples: [Int], epoch: Int) -> Batch

  /// Measures a model on the text that is held out.
  func validate(_ model: Model) throws -> ValidationFigures
}

/// How many tokens an example has on each of its sides; the second is 0 where there is only one.
public struct ExampleSize: Sendable, Hashable {
  /// Tokens that the encoder reads, or the only ones.
  public var source: UInt32
  /// Tokens that the decoder reads.
  public var target: UInt32

  /// The size of an example.
  public init(source: Int, target: Int = 0) {
    self.source = UInt32(source)
    self.target = UInt32(target)
  }

  /// The larger side, which a batch counts.
  var larger: Int { Int(max(source, target)) }
}

/// Some examples laid end to end, and the loss that a model has on them.
public protocol TrainingBatch: Sendable {
  /// What is trained.
  associatedtype Model: StoredModel

  /// How many labels there are. The loss of a step is the mean over those of its batches.
  var labelCount: Int { get }
  /// How many tokens the speed of training is counted in: those of the decoder where there is one, all of them otherwise.
  var tokenCount: Int { get }

  /// The loss of the batch.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - smoothing: Label smoothing, where the loss has labels to smooth.
  ///   - scale: The factor of the loss; 1 / (labels of the step) for their mean.
  ///   - context: Training or inference.
  /// - Returns: The loss and the sums behind it.
  func loss(of model: Model, smoothing: Float, scale: Float, _ context: inout ForwardContext) -> LossResult
}

/// What a validation measures.
public struct ValidationFigures: Sendable {
  /// −log p for each label, in nats, without smoothing.
  public var loss: Double
  /// Other figures, by their metric.
  public var scores: [ValidationMetric: Double]
  /// What the model makes of some of the examples.
  public var samples: [ValidationReport.Sample]

  /// Figures of a validation.
  public init(
    loss: Double, scores: [ValidationMetric: Double] = [:], samples: [ValidationReport.Sample] = []
  ) {
    self.loss = loss
    self.scores = scores
    self.samples = samples
  }

  /// A figure; where it was not measured NaN, which is better than no other.
  public func value(_ metric: ValidationMetric) -> Double {
    metric == .loss ? loss : scores[metric] ?? .nan
  }
}

extension TrainingBatch {
  /// −log p for each label of some batches, in nats, without smoothing.
  ///
  /// - Parameters:
  ///   - model: The model.
  ///   - batches: The batches, each laid out when it is needed.
  /// - Returns: The mean over all labels.
  static func loss(of model: Model, on batches: some Sequence<Self>) -> Double {
    let model = model.detached
    var (sum, count) = (0.0, 0)
    for batch in batches {
      var context = ForwardContext.inference
      let result = batch.loss(of: model, smoothing: 0, scale: 1, &context)
      sum += result.negativeLogLikelihoodSum
      count += result.labelCount
    }
    // Without a label nothing is known, which is not the same as knowing everything.
    return count > 0 ? sum / Double(count) : .infinity
  }
}

extension Array<ExampleSize> {
  /// The examples in their own order, cut into batches whose larger side has at most so many tokens; an example that is
  /// larger than that makes a batch of its own.
  func inOrder(tokenBudget: Int) -> [Range<Int>] {
    var batches: [Range<Int>] = []
    var start = 0
    var tokens = 0
    for (index, size) in enumerated() {
      tokens += size.larger
      if tokens > tokenBudget, index > start {
        batches.append(start..<index)
        start = index
        tokens = size.larger
      }
    }
    if start < count { batches.append(start..<count) }
    return batches
  }
}
