import CHeedKernels

/// A loss with the sums that a training log wants.
public struct LossResult: Sendable {
  /// The label-smoothed cross entropy, summed over the labels that count and multiplied by the scale: a scalar.
  public let loss: Tensor
  /// The sum over the labels that count, unscaled, in nats.
  public let lossSum: Double
  /// The sum of −log p(label), without smoothing, in nats.
  public let negativeLogLikelihoodSum: Double
  /// How many labels count.
  public let labelCount: Int

  /// A loss of parts that were computed one by one.
  public init(loss: Tensor, lossSum: Double, negativeLogLikelihoodSum: Double, labelCount: Int) {
    self.loss = loss
    self.lossSum = lossSum
    self.negativeLogLikelihoodSum = negativeLogLikelihoodSum
    self.labelCount = labelCount
  }
}

extension Tensor {
  /// Output projection and label-smoothed cross entropy in one, by chunks of rows.
  ///
  /// The logits of all tokens are never held at once: a chunk of them is computed, turned into its own gradient, and
  /// used for the gradients of the hidden states and of the table (Vaswani et al. 2017, section 5.4 for the smoothing;
  /// as torch.nn.functional.cross_entropy defines it, the smoothed share is spread over the whole vocabulary).
  ///
  /// - Parameters:
  ///   - table: The projection, `[vocabulary, hidden]`; usually the embedding table.
  ///   - bias: `[vocabulary]`, a constant or a parameter, if any.
  ///   - labels: The correct tokens, `[tokens]`; a label below 0 does not count.
  ///   - smoothing: The probability spread over the vocabulary, in `0..<1`; the paper uses 0.1.
  ///   - scale: The factor of the loss: 1 / (number of labels) for the mean.
  /// - Returns: The loss and the sums behind it.
  /// - Precondition: this is `[tokens, hidden]`.
  public func projectedCrossEntropy(
    _ table: Tensor, bias: Tensor? = nil, labels: [Int32], smoothing: Float, scale: Float
  ) -> LossResult {
    let (tokens, hidden, vocabulary) = (shape.rows, shape.columns, table.shape.rows)
    precondition(labels.count == tokens, "\(labels.count) labels for \(tokens) tokens")
    precondition(
      table.shape == [vocabulary, hidden], "hidden states \(shape) with a projection \(table.shape)")
    precondition(
      labels.allSatisfy { Int($0) < vocabulary }, "a label is not below the vocabulary's size \(vocabulary)")
    precondition(
      bias.map { $0.shape == [vocabulary] } ?? true, "a bias \(bias?.shape ?? []) for \(vocabulary) tokens")
    let needsGradient =
      requiresGradient || table.requiresGradient || bias?.requiresGradient ?? false
    let right = table.packed ?? .transpose(of: table)
    // To the kernel, a scale of 0 says that no gradient is wanted; all of it is 0 then.
    let hasGradient = needsGradient && scale != 0
    let back = hasGradient ? PackedMatrix.rows(of: table) : nil
    let hiddenGradient = needsGradient ? Tensor(uninitialized: shape) : nil
    if !hasGradient { hiddenGradient?.fill(0) }
    let tableGradient = needsGradient ? Tensor(zeros: table.shape) : nil
    let biasGradient = bias?.requiresGradient ?? false ? Tensor(zeros: [vocabulary]) : nil

    let chunkRows = 256
    let logits = Tensor(uninitialized: [min(chunkRows, tokens), vocabulary])
    let losses = Tensor(uninitialized: [2, tokens])
    for start in stride(from: 0, to: tokens, by: chunkRows) {
      let rows = min(chunkRows, tokens - start)
      let chunk = rowsWithoutGradient(start..<start + rows)
      MatrixMultiply.run(
        .init(chunk), right, into: logits.pointer, bias: bias.map { UnsafePointer($0.pointer) })
      let (scores, lossBase) = (logits.pointer, losses.pointer + start)
      labels.withUnsafeBufferPointer { labels in
        let labelBase = labels.baseAddress.map { $0 + start }
        ThreadPool.shared.parallel(over: rows, grain: 4) { range in
          let first = range.lowerBound
          heed_cross_entropy_rows(
            scores + first * vocabulary, range.count, vocabulary, labelBase.map { $0 + first }, smoothing,
            needsGradient ? scale : 0, lossBase + first, lossBase + tokens + first)
        }
      }
      guard let back, let hiddenGradient, let tableGradient else { continue }
      let scoreGradient = logits.rowsWithoutGradient(0..<rows)
      if let sums = biasGradient?.pointer {
        ThreadPool.shared.parallel(over: vocabulary, grain: 512) { columns in
          let first = columns.lowerBound
          heed_add_column_sums(scores + first, vocabulary, rows, columns.count, sums + first)
        }
      }
      MatrixMultiply.run(.init(scoreGradient), back, into: hiddenGradient.pointer + start * hidden)
      MatrixMultiply.run(
        .init(transposed: scoreGradient), .rows(of: chunk), into: tableGradient.pointer, accumulating: true)
    }
    let lossSum = heed_sum(losses.pointer, tokens)
    let likelihoodSum = heed_sum(losses.pointer + tokens, tokens)
    withExtendedLifetime((losses, logits)) {}

    let loss = Tensor(Float(lossSum * Double(scale)))
    let recorded = loss.recorded(
      as: "projectedCrossEntropy", inputs: [self, table] + [bias].compactMap(\.self)
    ) { gradient in
      let upstream = gradient.scalar
      func scaled(_ gradient: Tensor) -> Tensor {
        upstream == 1 ? gradient : gradient.scaledWithoutGradient(upstream)
      }
      guard let hiddenGradient, let tableGradient else { return bias == nil ? [nil, nil] : [nil, nil, nil] }
      let gradients = [scaled(hiddenGradient), table.add(scaled(tableGradient))]
      guard let bias else { return gradients }
      return gradients + [biasGradient.flatMap { bias.add(scaled($0)) }]
    }
    return LossResult(
      loss: recorded, lossSum: lossSum, negativeLogLikelihoodSum: likelihoodSum,
      labelCount: labels.count { $0 >= 0 })
  }
}
