import CHeedKernels

/// softmax(scale · Q Kᵀ + bias) V for each head of each sequence (section 3.2 of the paper; in tiles, as Dao et al.
/// 2022).
///
/// Queries, keys and values may be columns of one packed projection; nothing is copied, and no matrix of weights is
/// kept: the backward pass computes it again from one number for each query and head.
///
/// - Parameters:
///   - queries: `[tokens, headCount × headSize]` inside its tensor.
///   - keys: `[memoryTokens, keyValueHeadCount × headSize]` inside its tensor.
///   - values: like the keys.
///   - layout: Which tokens attend to which.
///   - scale: The factor of the scores, 1/√headSize in the paper.
///   - bias: Added to the scaled scores, for all distances that the layout has.
///   - dropout: Dropout of the weights.
/// - Returns: `[tokens, headCount × headSize]`.
public func attention(
  queries: ProjectedColumns, keys: ProjectedColumns, values: ProjectedColumns, _ layout: AttentionLayout,
  scale: Float, bias: RelativeBias? = nil, dropout: DropoutChoice = .none
) -> Tensor {
  let task = AttentionTask(queries, keys, values, layout, scale, bias, dropout)
  let tokens = queries.tensor.shape.rows
  let inputs = [queries.tensor, keys.tensor, values.tensor] + (bias.map { [$0.values] } ?? [])
  let needsGradient = inputs.contains(where: \.requiresGradient)
  let output = Tensor(uninitialized: [tokens, layout.width])
  let logSums = needsGradient ? Tensor(uninitialized: [layout.headCount, tokens]) : nil
  let result = output.pointer
  let logSumBase = logSums?.pointer
  task.forEachHead(.heads) { job, sequence, head in
    var job = job
    let start = layout.queryRanges[sequence].lowerBound
    heed_attention(
      &job, result + start * layout.width + task.column(of: head), layout.width,
      logSumBase.map { $0 + head * tokens + start })
  }
  guard let logSums else { return output }
  return output.recorded(as: "attention", inputs: inputs) { gradient in
    task.gradients(output: output, logSums: logSums, gradient)
  }
}

extension AttentionTask {
  /// The gradients of queries, keys, values and the bias, if there is one, given that of the output.
  fileprivate func gradients(output: Tensor, logSums: Tensor, _ gradient: Tensor) -> [Tensor?] {
    // Queries, keys and values that lie in one tensor share one gradient, which is handed back once.
    let sharesKeys = keys.shareTensor(with: queries)
    let sharesValues = values.shareTensor(with: keys)
    let queryGradient = Tensor(zeros: queries.tensor.shape)
    let keyGradient = sharesKeys ? queryGradient : Tensor(zeros: keys.tensor.shape)
    let valueGradient = sharesValues ? keyGradient : Tensor(zeros: values.tensor.shape)
    let biasSums = bias.flatMap { $0.values.requiresGradient ? BiasGradient(layout) : nil }
    let (tokens, width) = (output.shape.rows, layout.width)
    let (y, dy, sums) = (output.pointer, gradient.pointer, logSums.pointer)
    let dQueries = queryGradient.pointer + queries.firstColumn
    let dKeys = keyGradient.pointer + keys.firstColumn
    let dValues = valueGradient.pointer + values.firstColumn
    forEachHead(concurrencyOfGradients) { job, sequence, head in
      var job = job
      let (start, memoryStart) = (
        layout.queryRanges[sequence].lowerBound, layout.keyRanges[sequence].lowerBound
      )
      let (column, keyColumn) = (column(of: head), keyColumn(of: head))
      let outputStart = start * width + column
      heed_attention_gradient(
        &job, y + outputStart, dy + outputStart, width, sums + head * tokens + start,
        dQueries + start * queries.stride + column, dKeys + memoryStart * keys.stride + keyColumn,
        dValues + memoryStart * values.stride + keyColumn,
        biasSums?.zeroDistance(sequence: sequence, head: head))
    }
    var result = [queryGradient, sharesKeys ? nil : keyGradient, sharesValues ? nil : valueGradient]
    if let bias { result.append(biasSums.flatMap { bias.values.add($0.total(like: bias)) }) }
    return result
  }

  /// What may run at a time without two adding to the same place: that would be a race, and its order a matter of luck.
  private var concurrencyOfGradients: Concurrency {
    // Columns that belong to different heads of two parts.
    func overlap(_ one: ProjectedColumns, _ oneWidth: Int, _ other: ProjectedColumns) -> Bool {
      guard one.shareTensor(with: other) else { return false }
      if one.firstColumn == other.firstColumn && oneWidth == layout.keyValueWidth { return false }
      return one.firstColumn < other.firstColumn + layout.keyValueWidth
        && other.firstColumn < one.firstColumn + oneWidth
    }
    if overlap(queries, layout.width, keys) || overlap(queries, layout.width, values)
      || overlap(keys, layout.keyValueWidth, values)
    {
      return .nothing
    }
    let sharesQueries = queries.shareTensor(with: keys) || queries.shareTensor(with: values)
    return layout.hasKeysInCommon || (sharesQueries && layout.queryRanges != layout.keyRanges)
      ? .groupsOfOneSequence : .groups
  }
}

/// The gradient of a bias, head by head and sequence by sequence: memory grows with the tokens of the batch.
private struct BiasGradient {
  let layout: AttentionLayout
  /// Where the distances of each sequence start in the row of a head, and behind the last one's end.
  let starts: [Int]
  /// `[headCount, distances of all sequences]`.
  let sums: Tensor

  init(_ layout: AttentionLayout) {
    self.layout = layout
    starts = (0..<layout.sequenceCount).reduce(into: [0]) { starts, sequence in
      starts.append(starts[sequence] + layout.distances(sequence: sequence).count)
    }
    sums = Tensor(zeros: [layout.headCount, starts[layout.sequenceCount]])
  }

  /// Where the sum for distance 0 is, or would be.
  func zeroDistance(sequence: Int, head: Int) -> UnsafeMutablePointer<Float> {
    sums.pointer
      + (head * sums.shape.columns + starts[sequence] - layout.distances(sequence: sequence).lowerBound)
  }

  /// The sums over sequences, in their order.
  func total(like bias: RelativeBias) -> Tensor {
    let result = Tensor(zeros: bias.values.shape)
    for head in 0..<layout.headCount {
      let row = result.pointer + head * result.shape.columns
      for sequence in 0..<layout.sequenceCount {
        let distances = layout.distances(sequence: sequence)
        heed_scaled_add(
          1, sums.pointer + head * sums.shape.columns + starts[sequence],
          row + (distances.lowerBound - bias.firstDistance), distances.count)
      }
    }
    return result
  }
}

/// The attention weights of one sequence and head, `[queries, keys]`: what the fast path never stores.
///
/// - Parameters:
///   - queries: As for `attention`.
///   - keys: As for `attention`.
///   - layout: As for `attention`.
///   - scale: As for `attention`.
///   - bias: As for `attention`.
///   - sequence: The sequence.
///   - head: The head.
///   - rows: The queries whose weights are wanted, counted in the sequence; nil for all of them.
/// - Returns: `[rows, keys]`, each row of which sums to one.
public func attentionWeights(
  queries: ProjectedColumns, keys: ProjectedColumns, _ layout: AttentionLayout, scale: Float,
  bias: RelativeBias? = nil, sequence: Int, head: Int, rows: Range<Int>? = nil
) -> Tensor {
  let task = AttentionTask(queries, keys, keys, layout, scale, bias, .none)
  var job = task.job(sequence: sequence, head: head)
  let rows = rows ?? 0..<job.query_count
  precondition(
    rows.lowerBound >= 0 && rows.upperBound <= job.query_count,
    "queries \(rows) of a sequence of \(job.query_count)")
  let output = Tensor(uninitialized: [rows.count, job.key_count])
  heed_attention_weights(&job, rows.lowerBound, rows.count, output.pointer)
  return output.withoutGradient(
    "attentionWeights", inputs: [queries.tensor, keys.tensor] + (bias.map { [$0.values] } ?? []))
}

extension ProjectedColumns {
  /// A copy of what one head has of some rows.
  ///
  /// - Parameters:
  ///   - head: The head, among those that these columns hold.
  ///   - size: The columns of a head.
  ///   - rows: The rows of the tensor.
  /// - Returns: `[rows, size]`.
  public func vectors(ofHead head: Int, size: Int, rows: Range<Int>) -> Tensor {
    precondition(
      head >= 0 && size >= 0 && firstColumn + (head + 1) * size <= stride && rows.lowerBound >= 0
        && rows.upperBound <= tensor.shape.rows,
      "head \(head) of \(size) columns and rows \(rows) are not in \(tensor.shape)")
    let output = Tensor(uninitialized: [rows.count, size])
    for (place, row) in rows.enumerated() {
      (output.pointer + place * size).update(from: base + row * stride + head * size, count: size)
    }
    return output.withoutGradient("vectors", inputs: [tensor])
  }
}
