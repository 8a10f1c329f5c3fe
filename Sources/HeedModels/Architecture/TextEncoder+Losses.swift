import HeedLayers
import HeedTensor

extension TextEncoder {
  /// The loss of predicting the words behind masks (Devlin et al. 2019, section 3.1).
  ///
  /// - Parameters:
  ///   - sequences: Token sequences with masks.
  ///   - segmentIDs: The segment of each token; all 0 if nil.
  ///   - labels: What each token was; below 0 where it does not count.
  ///   - smoothing: Label smoothing.
  ///   - scale: The factor of the loss; 1 / (number of labels) for their mean.
  ///   - context: Training or inference.
  /// - Returns: The loss and the sums behind it.
  /// - Precondition: The model has a masked language model's head.
  public func maskedLoss(
    _ sequences: TokenSequences, segmentIDs: [Int32]? = nil, labels: [Int32], smoothing: Float, scale: Float,
    _ context: inout ForwardContext
  ) -> LossResult {
    guard let maskedHead else { preconditionFailure("this encoder does not predict words") }
    let states = self(sequences, segmentIDs: segmentIDs, &context)
    // One token in seven has a label, and the vocabulary is what costs: the others need no scores.
    let rows = labels.indices.filter { labels[$0] >= 0 }
    let hidden = maskedHead.transformed(states.rows(rows))
    return hidden.projectedCrossEntropy(
      embedding, bias: maskedHead.bias, labels: rows.map { labels[$0] }, smoothing: smoothing, scale: scale)
  }

  /// The loss of labelling texts (Devlin et al. 2019, section 4.1).
  ///
  /// - Parameters:
  ///   - sequences: A token sequence for each text.
  ///   - segmentIDs: The segment of each token; all 0 if nil.
  ///   - labels: The label of each text, `[sequences]`; below 0 where it does not count.
  ///   - smoothing: Label smoothing.
  ///   - scale: The factor of the loss; 1 / (number of labels) for their mean.
  ///   - context: Training or inference.
  /// - Returns: The loss and the sums behind it.
  /// - Precondition: The model classifies sequences.
  public func classificationLoss(
    _ sequences: TokenSequences, segmentIDs: [Int32]? = nil, labels: [Int32], smoothing: Float, scale: Float,
    _ context: inout ForwardContext
  ) -> LossResult {
    guard let classifier else { preconditionFailure("this encoder does not classify texts") }
    let states = self(sequences, segmentIDs: segmentIDs, &context)
    let features = classifier.features(states.rows(sequences.ranges.map(\.lowerBound)), &context)
    return features.projectedCrossEntropy(
      classifier.output.weight, bias: classifier.output.bias, labels: labels, smoothing: smoothing,
      scale: scale)
  }

  /// The loss of finding where answers begin and end (Devlin et al. 2019, section 4.2).
  ///
  /// - Parameters:
  ///   - sequences: Question and context of each example.
  ///   - segmentIDs: The segment of each token; all 0 if nil.
  ///   - ends: For each sequence the first and the last token of the answer, counted from its start, both those of the
  ///     token that stands for the whole where there is none, `[2 × sequences]`.
  ///   - scale: The factor of the loss; 1 / (number of ends) for their mean.
  ///   - context: Training or inference.
  /// - Returns: The loss and the sums behind it.
  /// - Precondition: The model answers questions.
  public func answerLoss(
    _ sequences: TokenSequences, segmentIDs: [Int32]? = nil, ends: [Int32], scale: Float,
    _ context: inout ForwardContext
  ) -> LossResult {
    let states = self(sequences, segmentIDs: segmentIDs, &context)
    return tokenLogits(states).rowCrossEntropy(sequences.ranges, labels: ends, scale: scale)
  }

  /// The loss of finding each text's partner among those of a batch (Henderson et al. 2017, section 4.4; both ways, as in
  /// CLIP, Radford et al. 2021).
  ///
  /// A text's embedding is the mean of its tokens' states, of length 1.
  ///
  /// - Parameters:
  ///   - first: A token sequence for each text.
  ///   - second: The partner of each, in the same order.
  ///   - temperature: What similarities, which lie between −1 and 1, are divided by.
  ///   - scale: The factor of the loss; 1 / (2 × number of pairs) for the mean.
  ///   - context: Training or inference.
  /// - Returns: The loss and the sums behind it.
  public func contrastiveLoss(
    _ first: TokenSequences, _ second: TokenSequences, temperature: Float, scale: Float,
    _ context: inout ForwardContext
  ) -> LossResult {
    let left = embeddings(first, &context)
    let right = embeddings(second, &context)
    let labels = (0..<Int32(first.ranges.count)).map { $0 }
    let forth = (left * (1 / temperature)).projectedCrossEntropy(
      right, labels: labels, smoothing: 0, scale: scale)
    let back = (right * (1 / temperature)).projectedCrossEntropy(
      left, labels: labels, smoothing: 0, scale: scale)
    return LossResult(
      loss: forth.loss + back.loss, lossSum: forth.lossSum + back.lossSum,
      negativeLogLikelihoodSum: forth.negativeLogLikelihoodSum + back.negativeLogLikelihoodSum,
      labelCount: forth.labelCount + back.labelCount)
  }

  /// The mean of each text's states, of length 1: `[sequences, hidden]`.
  public func embeddings(_ sequences: TokenSequences, _ context: inout ForwardContext) -> Tensor {
    self(sequences, &context).meanOfRows(sequences.ranges).normalizedToUnitLength()
  }
}
