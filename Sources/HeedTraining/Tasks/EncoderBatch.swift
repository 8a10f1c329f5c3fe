import HeedLayers
import HeedModels
import HeedTensor

/// Texts with a label each.
public struct ClassificationBatch: TrainingBatch {
  /// The texts.
  public let input: EncoderInput
  /// The label of each, `[texts]`.
  public let labels: [Int32]

  /// Texts with their labels.
  public init(input: EncoderInput, labels: [Int32]) {
    precondition(labels.count == input.sequences.ranges.count, "\(labels.count) labels for other texts")
    self.input = input
    self.labels = labels
  }

  /// A label a text.
  public var labelCount: Int { labels.count }
  /// The tokens that are read.
  public var tokenCount: Int { input.sequences.ids.count }

  /// The loss of labelling the texts.
  public func loss(
    of model: TextEncoder, smoothing: Float, scale: Float, _ context: inout ForwardContext
  ) -> LossResult {
    model.classificationLoss(
      input.sequences, segmentIDs: input.segmentIDs, labels: labels, smoothing: smoothing, scale: scale,
      &context)
  }
}

/// Texts with some of their words hidden.
public struct MaskedBatch: TrainingBatch {
  /// The texts with masks.
  public let input: EncoderInput
  /// What each token was; −1 where it does not count, `[tokens]`.
  public let labels: [Int32]
  /// The words that are to be found.
  public let labelCount: Int
  /// Of pairs of texts 0 where the second goes on from the first, and 1 where it does not, `[texts]`.
  public let nextLabels: [Int32]?

  /// Texts whose labels say what was hidden and, of pairs, what goes on from what.
  public init(_ input: EncoderInput, labels: [Int32], nextLabels: [Int32]? = nil) {
    precondition(
      nextLabels.map { $0.count == input.sequences.ranges.count } ?? true,
      "MaskedBatch: a label for each pair")
    self.input = input
    self.labels = labels
    self.nextLabels = nextLabels
    labelCount = labels.count { $0 >= 0 }
  }

  /// The tokens that are read.
  public var tokenCount: Int { labels.count }

  /// The loss of finding what was hidden; of pairs the sum of the mean over the words and the mean over the pairs (Devlin
  /// et al. 2019, appendix A.2). Where several batches make a step, each of them counts by its words.
  public func loss(
    of model: TextEncoder, smoothing: Float, scale: Float, _ context: inout ForwardContext
  ) -> LossResult {
    if let nextLabels {
      return model.preTrainingLoss(
        input.sequences, segmentIDs: input.segmentIDs, labels: labels, nextLabels: nextLabels,
        smoothing: smoothing, scale: scale,
        nextScale: scale * Float(labelCount) / Float(max(1, nextLabels.count)), &context)
    }
    return model.maskedLoss(
      input.sequences, segmentIDs: input.segmentIDs, labels: labels, smoothing: smoothing, scale: scale,
      &context)
  }
}

/// Questions with texts that may hold their answers.
public struct AnswerBatch: TrainingBatch {
  /// Question and text of each example.
  public let input: EncoderInput
  /// The first and the last token of each answer, counted from the example's start, `[2 × examples]`.
  public let ends: [Int32]

  /// Questions with texts, and where the answers are.
  public init(input: EncoderInput, ends: [Int32]) {
    precondition(ends.count == 2 * input.sequences.ranges.count, "\(ends.count) ends for other examples")
    self.input = input
    self.ends = ends
  }

  /// Two for each example.
  public var labelCount: Int { ends.count }
  /// The tokens that are read.
  public var tokenCount: Int { input.sequences.ids.count }

  /// The loss of finding where answers begin and end; labels are not smoothed.
  public func loss(
    of model: TextEncoder, smoothing: Float, scale: Float, _ context: inout ForwardContext
  ) -> LossResult {
    model.answerLoss(input.sequences, segmentIDs: input.segmentIDs, ends: ends, scale: scale, &context)
  }
}

/// Pairs of texts that mean the same.
public struct ContrastiveBatch: TrainingBatch {
  /// A text of each pair.
  public let first: TokenSequences
  /// The other one, in the same order.
  public let second: TokenSequences
  /// What similarities are divided by.
  public let temperature: Float

  /// Pairs of texts.
  public init(first: TokenSequences, second: TokenSequences, temperature: Float) {
    precondition(first.ranges.count == second.ranges.count, "ContrastiveBatch: a text without a partner")
    self.first = first
    self.second = second
    self.temperature = temperature
  }

  /// Each text is to find its partner.
  public var labelCount: Int { 2 * first.ranges.count }
  /// The tokens that are read.
  public var tokenCount: Int { first.ids.count + second.ids.count }

  /// The loss of finding each text's partner among those of the batch; labels are not smoothed.
  public func loss(
    of model: TextEncoder, smoothing: Float, scale: Float, _ context: inout ForwardContext
  ) -> LossResult {
    model.contrastiveLoss(first, second, temperature: temperature, scale: scale, &context)
  }
}
