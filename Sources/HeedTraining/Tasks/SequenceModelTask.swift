import HeedGeneration
import HeedLayers
import HeedModels
import HeedTensor

/// To turn one text into another with a model that the Transformer replaced: the pairs, batches and figures are those of
/// `SequenceToSequenceTask`.
public struct SequenceModelTask<Model: SequenceToSequenceModel & SearchableModel>: TrainingTask {
  /// Writes texts for the held-out sources with a model and measures them.
  public typealias Writing = @Sendable (Model) throws -> ValidationTexts

  private let pairs: SequenceToSequenceTask
  private let writing: Writing?

  /// A task.
  ///
  /// - Parameters:
  ///   - pairs: What to learn from, and what to validate on.
  ///   - writing: Writes and measures texts; without it validation computes the loss alone.
  public init(_ pairs: SequenceToSequenceTask, writing: Writing? = nil) {
    self.pairs = pairs
    self.writing = writing
  }

  /// The sizes of all pairs, as a batch has them.
  public var exampleSizes: [ExampleSize] { pairs.exampleSizes }
  /// What tells the pairs from others.
  public var fingerprint: String { pairs.fingerprint }

  /// Lays out some pairs.
  public func batch(_ examples: [Int], epoch: Int) -> SequenceModelBatch<Model> {
    SequenceModelBatch(pairs.batch(examples, epoch: epoch))
  }

  /// The loss on the held-out pairs, and what is written for them.
  public func validate(_ model: Model) throws -> ValidationFigures {
    let loss = SequenceModelBatch<Model>.loss(
      of: model, on: pairs.validationBatches.lazy.map { SequenceModelBatch($0) })
    return try ValidationFigures(loss: loss) { try writing?(model.preparedForInference) }
  }
}

/// Pairs laid end to end, and the loss that a recurrent or convolutional model has on them.
public struct SequenceModelBatch<Model: SequenceToSequenceModel & SearchableModel>: TrainingBatch {
  private let pairs: RaggedBatch

  init(_ pairs: RaggedBatch) { self.pairs = pairs }

  /// How many labels there are: target tokens, ends of sentence included.
  public var labelCount: Int { pairs.labelCount }
  /// The same: the target's tokens are what is counted.
  public var tokenCount: Int { pairs.tokenCount }

  /// The loss of predicting the targets.
  public func loss(
    of model: Model, smoothing: Float, scale: Float, _ context: inout ForwardContext
  ) -> LossResult {
    model.loss(
      sources: TokenSequences(ids: pairs.sourceIDs, offsets: pairs.sourceOffsets),
      targets: TokenSequences(ids: pairs.targetInputIDs, offsets: pairs.targetOffsets),
      labels: pairs.labels, smoothing: smoothing, scale: scale, &context)
  }
}
