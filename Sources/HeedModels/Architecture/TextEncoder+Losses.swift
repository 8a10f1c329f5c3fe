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
    maskedLoss(
      states: self(sequences, segmentIDs: segmentIDs, &context), labels: labels, smoothing: smoothing,
      scale: scale)
  }

  /// The same, where the states of the tokens are known, `[tokens, hidden]`.
  public func maskedLoss(states: Tensor, labels: [Int32], smoothing: Float, scale: Float) -> LossResult {
    guard let maskedHead else { preconditionFailure("this encoder does not predict words") }
    // One token in seven has a label, and the vocabulary is what costs: the others need no scores.
    let rows = labels.indices.filter { labels[$0] >= 0 }
    let hidden = maskedHead.transformed(states.rows(rows))
    return hidden.projectedCrossEntropy(
      embedding, bias: maskedHead.bias, labels: rows.map { labels[$0] }, smoothing: smoothing, scale: scale)
  }

  /// The loss of BERT's pre-training: of predicting the words behind masks, and whether the second of two texts goes on
  /// from the first (Devlin et al. 2019, section 3.1).
  ///
  /// - Parameters:
  ///   - sequences: Pairs of texts with masks.
  ///   - segmentIDs: Which of the two texts each token belongs to, `[tokens]`.
  ///   - labels: What each token was; below 0 where it does not count.
  ///   - nextLabels: For each pair 0 where the second text goes on from the first, 1 where it comes from elsewhere,
  ///     `[sequences]`.
  ///   - smoothing: Label smoothing, of the words alone.
  ///   - scale: The factor of the words' loss; 1 / (number of labels) for their mean.
  ///   - nextScale: The factor of the pairs' loss; 1 / (number of pairs) for their mean.
  ///   - context: Training or inference.
  /// - Returns: The sum of both losses; its sums are of the words with the pairs' share, such that divided by the
  ///   number of words they are the sum of both means.
  /// - Precondition: The model has both heads of BERT's pre-training.
  public func preTrainingLoss(
    _ sequences: TokenSequences, segmentIDs: [Int32]?, labels: [Int32], nextLabels: [Int32],
    smoothing: Float, scale: Float, nextScale: Float, _ context: inout ForwardContext
  ) -> LossResult {
    let states = self(sequences, segmentIDs: segmentIDs, &context)
    guard let nextSentenceHead, let pooled = pooled(states, sequences) else {
      preconditionFailure("this encoder does not predict what goes on from what")
    }
    let words = maskedLoss(states: states, labels: labels, smoothing: smoothing, scale: scale)
    let next = pooled.projectedCrossEntropy(
      nextSentenceHead.weight, bias: nextSentenceHead.bias, labels: nextLabels, smoothing: 0,
      scale: nextScale)
    let weight = Double(nextScale) / Double(scale)
    return LossResult(
      loss: words.loss + next.loss, lossSum: words.lossSum + weight * next.lossSum,
      negativeLogLikelihoodSum: words.negativeLogLikelihoodSum + weight * next.negativeLogLikelihoodSum,
      labelCount: words.labelCount)
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
