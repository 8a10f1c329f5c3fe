import HeedGeneration
import HeedModels

/// To turn one text into another: translation, summarisation, or anything that has that form.
public struct SequenceToSequenceTask: TrainingTask {
  /// Writes texts for the held-out sources with a model and measures them.
  public typealias Writing = @Sendable (EncoderDecoder) throws -> ValidationTexts

  /// The tokens that decoders start from and end with.
  public struct Ends: Sendable, Hashable {
    /// What the decoder reads first.
    public var start: Int32
    /// What it says last.
    public var end: Int32

    /// The tokens of a model.
    public init(_ configuration: TransformerConfiguration) {
      start = configuration.startToken
      end = configuration.endToken
    }

    /// The tokens of a recurrent or convolutional model.
    public init(_ vocabulary: SequenceVocabulary) {
      start = vocabulary.startToken
      end = vocabulary.endToken
    }
  }

  private let training: PairStore
  private let validation: PairStore
  private let validationTokenBudget: Int
  private let ends: Ends
  private let writing: Writing?
  /// The sizes of all pairs, as a batch has them.
  public let exampleSizes: [ExampleSize]

  /// A task.
  ///
  /// - Parameters:
  ///   - training: The pairs to learn from.
  ///   - validation: The pairs to validate on.
  ///   - ends: The tokens that the model's decoder starts from and ends with.
  ///   - validationTokenBudget: The most tokens of a batch of the validation set, on its larger side.
  ///   - writing: Writes and measures texts; without it validation computes the loss alone.
  public init(
    training: PairStore, validation: PairStore, _ ends: Ends, validationTokenBudget: Int = 4096,
    writing: Writing? = nil
  ) {
    self.training = training
    self.validation = validation
    self.validationTokenBudget = validationTokenBudget
    self.ends = ends
    self.writing = writing
    exampleSizes = training.exampleSizes
  }

  /// What tells the pairs from others.
  public var fingerprint: String { training.fingerprint }

  /// Lays out some pairs.
  public func batch(_ examples: [Int], epoch: Int) -> RaggedBatch { batch(examples, of: training) }

  /// The loss on the held-out pairs, and what is written for them.
  public func validate(_ model: EncoderDecoder) throws -> ValidationFigures {
    let loss = RaggedBatch.loss(of: model, on: validationBatches)
    return try ValidationFigures(loss: loss) { try writing?(model.preparedForInference) }
  }

  /// The held-out pairs, each batch laid out when it is needed.
  var validationBatches: some Sequence<RaggedBatch> {
    validation.exampleSizes.inOrder(tokenBudget: validationTokenBudget).lazy
      .map { batch(Array($0), of: validation) }
  }

  private func batch(_ pairs: [Int], of store: PairStore) -> RaggedBatch {
    RaggedBatch(store, pairs, startToken: ends.start, endToken: ends.end)
  }
}

extension ValidationFigures {
  /// Figures of a model that writes texts; of one that gives no numbers they are a loss that is not finite, and no more.
  init(loss: Double, writing: () throws -> ValidationTexts?) throws {
    self.init(loss: loss)
    guard loss.isFinite else { return }
    do {
      guard let written = try writing() else { return }
      (scores, samples) = (written.scores, written.samples)
    } catch SearchError.unusableLogits {
      // It had a loss on what others have written, but not on what it writes itself.
      self.loss = .nan
    }
  }
}

/// Texts that a model wrote for held-out sources, and what they are worth.
public struct ValidationTexts: Sendable {
  /// What they are worth, by metric.
  public var scores: [ValidationMetric: Double]
  /// Some of them.
  public var samples: [ValidationReport.Sample]

  /// Texts with their scores.
  public init(scores: [ValidationMetric: Double], samples: [ValidationReport.Sample]) {
    self.scores = scores
    self.samples = samples
  }
}
