import HeedLayers
import HeedModels
import HeedTensor

/// Some pairs laid end to end, without padding, as a training step of an encoder-decoder takes them.
public struct RaggedBatch: TrainingBatch, Hashable {
  /// The source tokens, `[source tokens]`.
  public var sourceIDs: [Int32]
  /// Where each source begins and the last one ends, `[pairs + 1]`.
  public var sourceOffsets: [Int]
  /// What the decoder reads: of each pair the start token and then the target, `[target tokens]`.
  public var targetInputIDs: [Int32]
  /// Where each target begins and the last one ends, `[pairs + 1]`.
  public var targetOffsets: [Int]
  /// What the decoder must say: of each pair the target and then the end of sentence, `[target tokens]`.
  public var labels: [Int32]

  /// How many pairs there are.
  public var pairCount: Int { sourceOffsets.count - 1 }
  /// How many source tokens there are.
  public var sourceTokenCount: Int { sourceIDs.count }
  /// How many labels there are: target tokens, ends of sentence included.
  public var labelCount: Int { labels.count }
  /// The same: the target's tokens are what is counted.
  public var tokenCount: Int { labels.count }

  /// Lays out pairs of a store.
  ///
  /// - Parameters:
  ///   - store: The pairs.
  ///   - indices: Which of them, in which order.
  ///   - startToken: What the decoder reads first.
  ///   - endToken: The end of sentence.
  public init(_ store: PairStore, _ indices: [Int], startToken: Int32, endToken: Int32) {
    sourceIDs = []
    targetInputIDs = []
    labels = []
    sourceOffsets = [0]
    targetOffsets = [0]
    sourceIDs.reserveCapacity(indices.reduce(0) { $0 + store.sourceLength($1) })
    let targetCount = indices.reduce(0) { $0 + store.targetLength($1) }
    targetInputIDs.reserveCapacity(targetCount)
    labels.reserveCapacity(targetCount)
    sourceOffsets.reserveCapacity(indices.count + 1)
    targetOffsets.reserveCapacity(indices.count + 1)
    for index in indices {
      let target = store.target(index)
      sourceIDs.append(contentsOf: store.source(index))
      targetInputIDs.append(startToken)
      targetInputIDs.append(contentsOf: target)
      labels.append(contentsOf: target)
      labels.append(endToken)
      sourceOffsets.append(sourceIDs.count)
      targetOffsets.append(labels.count)
    }
  }

  /// The loss of predicting the targets.
  public func loss(
    of model: EncoderDecoder, smoothing: Float, scale: Float, _ context: inout ForwardContext
  ) -> LossResult {
    model.loss(
      sources: TokenSequences(ids: sourceIDs, offsets: sourceOffsets),
      targets: TokenSequences(ids: targetInputIDs, offsets: targetOffsets), labels: labels,
      smoothing: smoothing, scale: scale, &context)
  }
}
