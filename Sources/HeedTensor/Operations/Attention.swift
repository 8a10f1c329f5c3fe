import CHeedKernels

/// Which tokens of a ragged batch attend to which.
public struct AttentionLayout: Sendable {
  /// The rows of each sequence's queries.
  public let queryRanges: [Range<Int>]
  /// The rows of the keys and values that each sequence attends to.
  public let keyRanges: [Range<Int>]
  /// The number of heads.
  public let headCount: Int
  /// The size of a head's queries, keys and values.
  public let headSize: Int
  /// Whether query i sees only keys up to i + (keys − queries): the mask of the decoder (section 3.2.3 of the paper).
  public let isCausal: Bool

  /// Describes an attention.
  public init(
    queryRanges: [Range<Int>], keyRanges: [Range<Int>], headCount: Int, headSize: Int, isCausal: Bool
  ) {
    precondition(queryRanges.count == keyRanges.count, "queries and keys differ in their number of sequences")
    self.queryRanges = queryRanges
    self.keyRanges = keyRanges
    self.headCount = headCount
    self.headSize = headSize
    self.isCausal = isCausal
  }

  /// Whether sequences attend to the same rows, as several hypotheses of one source do.
  var hasKeysInCommon: Bool {
    let ranges = keyRanges.filter { !$0.isEmpty }.sorted { $0.lowerBound < $1.lowerBound }
    return zip(ranges, ranges.dropFirst()).contains { $0.upperBound > $1.lowerBound }
  }

  var sequenceCount: Int { queryRanges.count }
  var width: Int { headCount * headSize }
}

/// `headCount × headSize` columns of a tensor: queries, keys or values inside a packed projection.
public struct ProjectedColumns: Sendable {
  let tensor: Tensor
  let firstColumn: Int

  var base: UnsafeMutablePointer<Float> { tensor.pointer + firstColumn }
  var stride: Int { tensor.shape.columns }

  /// Whether both lie in one tensor of the graph; equal storage is not enough, for a detached tensor has it too.
  func shareTensor(with other: ProjectedColumns) -> Bool {
    tensor.node === other.tensor.node && tensor.storage === other.tensor.storage
      && tensor.offset == other.tensor.offset && tensor.shape == other.tensor.shape
  }
}

extension Tensor {
  /// The columns from `first` on, as input of an attention.
  public func columns(from first: Int) -> ProjectedColumns {
    ProjectedColumns(tensor: self, firstColumn: first)
  }
}

/// softmax(scale · Q Kᵀ) V for each head of each sequence (section 3.2 of the paper; in tiles, as Dao et al. 2022).
///
/// Queries, keys and values may be columns of one packed projection; nothing is copied, and no matrix of weights is
/// kept: the backward pass computes it again from one number for each query and head.
///
/// - Parameters:
///   - queries: `[tokens, headCount × headSize]` inside its tensor.
///   - keys: `[memoryTokens, headCount × headSize]` inside its tensor.
///   - values: like the keys.
///   - layout: Which tokens attend to which.
///   - scale: The factor of the scores, 1/√headSize in the paper.
///   - dropout: Dropout of the weights.
/// - Returns: `[tokens, headCount × headSize]`.
public func attention(
  queries: ProjectedColumns, keys: ProjectedColumns, values: ProjectedColumns, _ layout: AttentionLayout,
  scale: Float, dropout: DropoutChoice = .none
) -> Tensor {
  for (name, part, ranges) in [
    ("queries", queries, layout.queryRanges), ("keys", keys, layout.keyRanges),
    ("values", values, layout.keyRanges),
  ] {
    let rows = part.tensor.shape.rows
    precondition(
      part.firstColumn + layout.width <= part.stride
        && ranges.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= rows },
      "the \(name) of an attention of \(layout.width) columns do not lie in \(part.tensor.shape)")
  }
  let tokens = queries.tensor.shape.rows
  let inputs = [queries.tensor, keys.tensor, values.tensor]
  let needsGradient = inputs.contains(where: \.requiresGradient)
  let output = Tensor(uninitialized: [tokens, layout.width])
  let logSums = needsGradient ? Tensor(uninitialized: [layout.headCount, tokens]) : nil
  let result = output.pointer
  let logSumBase = logSums?.pointer
  let task = AttentionTask(queries, keys, values, layout, scale, dropout)
  task.forEachHead { job, sequence, head in
    var job = job
    let start = layout.queryRanges[sequence].lowerBound
    heed_attention(
      &job, result + start * layout.width + head * layout.headSize, layout.width,
      logSumBase.map { $0 + head * tokens + start })
  }
  guard let logSums else { return output }
  return output.recorded(as: "attention", inputs: inputs) { gradient in
    // Queries, keys and values that lie in one tensor share one gradient, which is handed back once.
    let sharesKeys = keys.shareTensor(with: queries)
    let sharesValues = values.shareTensor(with: keys)
    let sharesQueries = sharesKeys || values.shareTensor(with: queries)
    let queryGradient = Tensor(zeros: queries.tensor.shape)
    let keyGradient = sharesKeys ? queryGradient : Tensor(zeros: keys.tensor.shape)
    let valueGradient = sharesValues ? keyGradient : Tensor(zeros: values.tensor.shape)
    let (y, dy, sums) = (output.pointer, gradient.pointer, logSums.pointer)
    let dQueries = queryGradient.pointer + queries.firstColumn
    let dKeys = keyGradient.pointer + keys.firstColumn
    let dValues = valueGradient.pointer + values.firstColumn
    let task = AttentionTask(queries, keys, values, layout, scale, dropout)
    // Sequences that add to the same rows do so one after another, in their order.
    let isSerial = layout.hasKeysInCommon || (sharesQueries && layout.queryRanges != layout.keyRanges)
    task.forEachHead(oneSequenceAtATime: isSerial) { job, sequence, head in
      var job = job
      let (start, memoryStart) = (
        layout.queryRanges[sequence].lowerBound, layout.keyRanges[sequence].lowerBound
      )
      let column = head * layout.headSize
      let outputStart = start * layout.width + column
      heed_attention_gradient(
        &job, y + outputStart, dy + outputStart, layout.width, sums + head * tokens + start,
        dQueries + start * queries.stride + column, dKeys + memoryStart * keys.stride + column,
        dValues + memoryStart * values.stride + column)
    }
    return [queryGradient, sharesKeys ? nil : keyGradient, sharesValues ? nil : valueGradient]
  }
}

/// The attention weights of one sequence and head, `[queries, keys]`: what the fast path never stores.
public func attentionWeights(
  queries: ProjectedColumns, keys: ProjectedColumns, _ layout: AttentionLayout, scale: Float, sequence: Int,
  head: Int
) -> Tensor {
  let task = AttentionTask(queries, keys, keys, layout, scale, .none)
  var job = task.job(sequence: sequence, head: head)
  let output = Tensor(uninitialized: [job.query_count, job.key_count])
  heed_attention_weights(&job, 0, job.query_count, output.pointer)
  return output.withoutGradient("attentionWeights", inputs: [queries.tensor, keys.tensor])
}

/// Cuts an attention into its heads and sequences.
private struct AttentionTask {
  let queries, keys, values: ProjectedColumns
  let layout: AttentionLayout
  let scale: Float
  let dropout: DropoutChoice

  init(
    _ queries: ProjectedColumns, _ keys: ProjectedColumns, _ values: ProjectedColumns,
    _ layout: AttentionLayout,
    _ scale: Float, _ dropout: DropoutChoice
  ) {
    self.queries = queries
    self.keys = keys
    self.values = values
    self.layout = layout
    self.scale = scale
    self.dropout = dropout
  }

  func job(sequence: Int, head: Int) -> heed_attention_job {
    var job = heed_attention_job()
    let (start, memoryStart) = (
      layout.queryRanges[sequence].lowerBound, layout.keyRanges[sequence].lowerBound
    )
    let column = head * layout.headSize
    job.queries = UnsafePointer(queries.base + start * queries.stride + column)
    job.keys = UnsafePointer(keys.base + memoryStart * keys.stride + column)
    job.values = UnsafePointer(values.base + memoryStart * values.stride + column)
    job.query_stride = queries.stride
    job.key_stride = keys.stride
    job.value_stride = values.stride
    job.query_count = layout.queryRanges[sequence].count
    job.key_count = layout.keyRanges[sequence].count
    job.head_size = layout.headSize
    job.scale = scale
    job.causal = layout.isCausal
    job.dropout_probability = dropout.probability
    job.dropout_seed = SplitMix64.mix(dropout.seed &+ UInt64(sequence * layout.headCount + head))
    return job
  }

  /// Calls `body` for each head of each sequence, on the threads of the pool; with `oneSequenceAtATime`, only the heads
  /// of one sequence run beside one another.
  func forEachHead(
    oneSequenceAtATime isSerial: Bool = false, _ body: (heed_attention_job, Int, Int) -> Void
  ) {
    let units = layout.sequenceCount * layout.headCount
    guard units > 0 else { return }
    if isSerial {
      ThreadPool.shared.parallel(over: layout.headCount, grain: 1) { heads in
        for head in heads {
          for sequence in 0..<layout.sequenceCount {
            body(job(sequence: sequence, head: head), sequence, head)
          }
        }
      }
      return
    }
    let scores = zip(layout.queryRanges, layout.keyRanges).reduce(0) { $0 + $1.0.count * $1.1.count }
    let workPerUnit = scores * layout.width / layout.sequenceCount / layout.headCount
    ThreadPool.shared.parallel(over: units, grain: max(1, 65_536 / max(1, workPerUnit))) { range in
      for unit in range {
        let (sequence, head) = (unit / layout.headCount, unit % layout.headCount)
        body(job(sequence: sequence, head: head), sequence, head)
      }
    }
  }
}
