import CHeedKernels

/// An attention, cut into its heads and sequences.
struct AttentionTask {
  let queries, keys, values: ProjectedColumns
  let layout: AttentionLayout
  let scale: Float
  let bias: RelativeBias?
  let dropout: DropoutChoice

  /// Checks that all parts lie where the layout says.
  init(
    _ queries: ProjectedColumns, _ keys: ProjectedColumns, _ values: ProjectedColumns,
    _ layout: AttentionLayout, _ scale: Float, _ bias: RelativeBias?, _ dropout: DropoutChoice
  ) {
    for (name, part, width, ranges) in [
      ("queries", queries, layout.width, layout.queryRanges),
      ("keys", keys, layout.keyValueWidth, layout.keyRanges),
      ("values", values, layout.keyValueWidth, layout.keyRanges),
    ] {
      let rows = part.tensor.shape.rows
      precondition(
        part.firstColumn + width <= part.stride
          && ranges.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= rows },
        "the \(name) of an attention of \(width) columns do not lie in \(part.tensor.shape)")
    }
    if let bias {
      for sequence in 0..<layout.sequenceCount {
        bias.check(headCount: layout.headCount, distances: layout.distances(sequence: sequence))
      }
    }
    self.queries = queries
    self.keys = keys
    self.values = values
    self.layout = layout
    self.scale = scale
    self.bias = bias
    self.dropout = dropout
  }

  /// The first column of a head among the queries and results.
  func column(of head: Int) -> Int { head * layout.headSize }

  /// The first column of the keys that a head reads, and of its values.
  func keyColumn(of head: Int) -> Int { head / layout.groupSize * layout.headSize }

  func job(sequence: Int, head: Int) -> heed_attention_job {
    var job = heed_attention_job()
    let (start, memoryStart) = (
      layout.queryRanges[sequence].lowerBound, layout.keyRanges[sequence].lowerBound
    )
    let keyColumn = keyColumn(of: head)
    job.queries = UnsafePointer(queries.base + start * queries.stride + column(of: head))
    job.keys = UnsafePointer(keys.base + memoryStart * keys.stride + keyColumn)
    job.values = UnsafePointer(values.base + memoryStart * values.stride + keyColumn)
    job.query_stride = queries.stride
    job.key_stride = keys.stride
    job.value_stride = values.stride
    job.query_count = layout.queryRanges[sequence].count
    job.key_count = layout.keyRanges[sequence].count
    job.head_size = layout.headSize
    job.scale = scale
    job.causal = layout.isCausal
    job.bias = bias?.zeroDistance(head: head)
    job.dropout_probability = dropout.probability
    job.dropout_seed = SplitMix64.mix(dropout.seed &+ UInt64(sequence * layout.headCount + head))
    return job
  }

  /// What may run beside one another.
  enum Concurrency {
    /// Everything.
    case heads
    /// The groups of heads that share keys and values; the heads of a group run in their order.
    case groups
    /// The groups of one sequence; sequences run in their order.
    case groupsOfOneSequence
    case nothing
  }

  /// Calls `body` for each head of each sequence, on the threads of the pool.
  func forEachHead(_ concurrency: Concurrency, _ body: (heed_attention_job, Int, Int) -> Void) {
    let (sequenceCount, groupCount) = (layout.sequenceCount, layout.keyValueHeadCount)
    func runGroup(_ group: Int, _ sequence: Int) {
      for head in group * layout.groupSize..<(group + 1) * layout.groupSize {
        body(job(sequence: sequence, head: head), sequence, head)
      }
    }
    guard sequenceCount > 0 else { return }
    let scores = zip(layout.queryRanges, layout.keyRanges).reduce(0) { $0 + $1.0.count * $1.1.count }
    let workPerHead = scores * layout.headSize / sequenceCount
    switch concurrency {
    case .heads:
      let grain = max(1, 65_536 / max(1, workPerHead))
      ThreadPool.shared.parallel(over: sequenceCount * layout.headCount, grain: grain) { range in
        for unit in range {
          let (sequence, head) = (unit / layout.headCount, unit % layout.headCount)
          body(job(sequence: sequence, head: head), sequence, head)
        }
      }
    case .groups:
      let grain = max(1, 65_536 / max(1, workPerHead * layout.groupSize))
      ThreadPool.shared.parallel(over: sequenceCount * groupCount, grain: grain) { range in
        for unit in range { runGroup(unit % groupCount, unit / groupCount) }
      }
    case .groupsOfOneSequence:
      ThreadPool.shared.parallel(over: groupCount, grain: 1) { groups in
        for group in groups {
          for sequence in 0..<sequenceCount { runGroup(group, sequence) }
        }
      }
    case .nothing:
      for group in 0..<groupCount {
        for sequence in 0..<sequenceCount { runGroup(group, sequence) }
      }
    }
  }
}
