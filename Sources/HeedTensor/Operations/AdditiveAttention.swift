import CHeedKernels

/// softmax over j of v · tanh(qᵢ + kⱼ), applied to the values: attention by a small network instead of a product.
///
/// Source: Bahdanau, Cho and Bengio, "Neural Machine Translation by Jointly Learning to Align and Translate" (2015),
/// appendix A.1.2; queries and keys are the two products inside the hyperbolic tangent.
///
/// - Parameters:
///   - queries: `[tokens, width]`.
///   - keys: `[memoryTokens, width]`.
///   - vector: v, `[width]`.
///   - values: What the weights are applied to, `[memoryTokens, columns]`.
///   - queryRanges: The rows of each sequence's queries, one behind the other.
///   - keyRanges: The rows of the keys and values that each sequence attends to.
/// - Returns: `[tokens, columns]`; zeros for a sequence without keys.
public func additiveAttention(
  queries: Tensor, keys: Tensor, vector: Tensor, values: Tensor, queryRanges: [Range<Int>],
  keyRanges: [Range<Int>]
) -> Tensor {
  let task = AdditiveAttentionTask(queries, keys, vector, values, queryRanges, keyRanges)
  let weights = task.weights()
  let output = task.apply(weights)
  return output.recorded(as: "additiveAttention", inputs: [queries, keys, vector, values]) { gradient in
    task.gradients(weights, gradient)
  }
}

/// The weights of one sequence of an additive attention, `[queries, keys]`: each row sums to one.
public func additiveAttentionWeights(
  queries: Tensor, keys: Tensor, vector: Tensor, queryRanges: [Range<Int>], keyRanges: [Range<Int>],
  sequence: Int
) -> Tensor {
  let task = AdditiveAttentionTask(queries, keys, vector, keys, queryRanges, keyRanges)
  let weights = task.weights()
  let (rows, columns) = (queryRanges[sequence].count, keyRanges[sequence].count)
  let view = weights.view([rows, columns], at: task.firstWeights[sequence])
  return view.withoutGradient("additiveAttentionWeights", inputs: [queries, keys, vector])
}

private struct AdditiveAttentionTask {
  let queries, keys, vector, values: Tensor
  let queryRanges, keyRanges: [Range<Int>]
  /// The sequence of each query.
  let owner: [Int]
  /// Where the weights of each sequence begin, and behind the last one's end.
  let firstWeights: [Int]

  private var width: Int { vector.count }
  private var columns: Int { values.shape.columns }

  init(
    _ queries: Tensor, _ keys: Tensor, _ vector: Tensor, _ values: Tensor, _ queryRanges: [Range<Int>],
    _ keyRanges: [Range<Int>]
  ) {
    precondition(
      vector.shape.rank == 1 && queries.shape.columns == vector.count && keys.shape.columns == vector.count
        && keys.shape.rows == values.shape.rows && queryRanges.count == keyRanges.count
        && keyRanges.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= keys.shape.rows },
      "additive attention of \(queries.shape), \(keys.shape), \(vector.shape) and \(values.shape)")
    self.queries = queries
    self.keys = keys
    self.vector = vector
    self.values = values
    self.queryRanges = queryRanges
    self.keyRanges = keyRanges
    owner = Tensor.sequenceOfRow(queryRanges, count: queries.shape.rows)
    firstWeights = zip(queryRanges, keyRanges).reduce(into: [0]) { starts, ranges in
      starts.append(starts[starts.count - 1] + ranges.0.count * ranges.1.count)
    }
  }

  /// Where the weights of a query begin.
  private func firstWeight(_ query: Int) -> Int {
    let sequence = owner[query]
    return firstWeights[sequence] + (query - queryRanges[sequence].lowerBound) * keyRanges[sequence].count
  }

  /// Queries worth handing to a thread.
  private var grain: Int {
    max(1, 8_192 / max(1, firstWeights[queryRanges.count] / max(1, owner.count) * width))
  }

  func weights() -> Tensor {
    let output = Tensor(uninitialized: [firstWeights[queryRanges.count]])
    let (q, k, v, w) = (queries.pointer, keys.pointer, vector.pointer, output.pointer)
    ThreadPool.shared.parallel(over: owner.count, grain: grain) { rows in
      for row in rows {
        let (range, scores) = (keyRanges[owner[row]], w + firstWeight(row))
        heed_additive_scores(
          q + row * width, k + range.lowerBound * width, width, range.count, v, width, scores)
        heed_softmax_rows(scores, scores, 1, range.count)
      }
    }
    return output
  }

  func apply(_ weights: Tensor) -> Tensor {
    let output = Tensor(zeros: [owner.count, columns])
    let (w, m, y) = (weights.pointer, values.pointer, output.pointer)
    ThreadPool.shared.parallel(over: owner.count, grain: grain) { rows in
      for row in rows {
        let (range, first) = (keyRanges[owner[row]], firstWeight(row))
        for (place, key) in range.enumerated() {
          heed_scaled_add(w[first + place], m + key * columns, y + row * columns, columns)
        }
      }
    }
    withExtendedLifetime(weights) {}
    return output
  }

  /// With w the weights: dvalueⱼ = Σᵢ wᵢⱼ dyᵢ, dwᵢⱼ = dyᵢ · valueⱼ, dscore = w ⊙ (dw − Σ dw ⊙ w), and through the score
  /// dq = dk = dscore v (1 − tanh²(q + k)), dv = dscore tanh(q + k).
  func gradients(_ weights: Tensor, _ gradient: Tensor) -> [Tensor?] {
    let queryGradient = Tensor(zeros: queries.shape)
    let keyGradient = Tensor(zeros: keys.shape)
    let valueGradient = Tensor(zeros: values.shape)
    // A row for each sequence, so that they can be computed beside each other and summed in their order.
    let vectorGradients = Tensor(zeros: [queryRanges.count, width])
    let scratch = Tensor(uninitialized: [weights.count])
    let (q, k, v, m) = (queries.pointer, keys.pointer, vector.pointer, values.pointer)
    let (w, dy, dw) = (weights.pointer, gradient.pointer, scratch.pointer)
    let (dq, dk, dv, dm) = (
      queryGradient.pointer, keyGradient.pointer, vectorGradients.pointer, valueGradient.pointer
    )
    func run(_ sequence: Int) {
      let range = keyRanges[sequence]
      for row in queryRanges[sequence] {
        let (first, slope) = (firstWeight(row), dy + row * columns)
        heed_row_products(slope, m + range.lowerBound * columns, columns, range.count, columns, dw + first)
        for (place, key) in range.enumerated() {
          heed_scaled_add(w[first + place], slope, dm + key * columns, columns)
        }
        heed_softmax_gradient_rows(w + first, dw + first, dw + first, 1, range.count)
        heed_additive_scores_gradient(
          q + row * width, k + range.lowerBound * width, width, range.count, v, width, dw + first,
          dq + row * width, dk + range.lowerBound * width, dv + sequence * width)
      }
    }
    if haveKeysInCommon {
      // Two would add to the same place.
      for sequence in queryRanges.indices { run(sequence) }
    } else {
      ThreadPool.shared.parallel(over: queryRanges.count, grain: 1) { $0.forEach(run) }
    }
    withExtendedLifetime((weights, gradient, scratch)) {}
    return [queryGradient, keyGradient, vectorGradients.columnSums(into: vector), valueGradient]
  }

  private var haveKeysInCommon: Bool {
    let ranges = keyRanges.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
    return zip(ranges, ranges.dropFirst()).contains { $0.upperBound > $1.lowerBound }
  }
}
