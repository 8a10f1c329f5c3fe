import CHeedKernels

extension Tensor {
  /// Copies all rows of `other`, in front.
  package mutating func copyRows(from other: Tensor) {
    precondition(
      other.shape.columns == shape.columns && other.shape.rows <= shape.rows, "a cache cannot shrink")
    pointer.update(from: other.pointer, count: other.count)
  }

  /// This being a cache of keys and values, `[slots, 2 × keyValueHeadCount × headSize]`: copies those of new tokens
  /// into their slots. Changes this tensor's values in place, and has no gradient.
  ///
  /// - Parameters:
  ///   - projected: Queries, keys and values of the tokens, `[rows, (headCount + 2 × keyValueHeadCount) × headSize]`.
  ///   - slots: The slot of each row.
  ///   - headCount: The number of heads.
  ///   - keyValueHeadCount: The number of heads of keys and values.
  ///   - headSize: The size of a head.
  package func storeInCache(
    _ projected: Tensor, slots: [Int32], headCount: Int, keyValueHeadCount: Int, headSize: Int
  ) {
    let (hidden, width, columns) = (
      headCount * headSize, 2 * keyValueHeadCount * headSize, projected.shape.columns
    )
    precondition(slots.count == projected.shape.rows, "\(slots.count) slots for rows \(projected.shape)")
    precondition(
      shape.columns == width && columns == hidden + width,
      "a projection \(projected.shape) for a cache \(shape)")
    precondition(slots.allSatisfy { $0 >= 0 && Int($0) < shape.rows }, "a slot is not in a cache \(shape)")
    let (input, cache) = (projected.pointer, pointer)
    for (row, slot) in slots.enumerated() {
      (cache + Int(slot) * width).update(from: input + row * columns + hidden, count: width)
    }
    withExtendedLifetime((projected, self)) {}
  }

  /// This being a cache of keys and values, `[slots, 2 × keyValueHeadCount × headSize]`: stores those of the new tokens
  /// in their slots and lets each new token attend to its own past. Has no gradient; changes this tensor's values in
  /// place.
  ///
  /// - Parameters:
  ///   - projected: Queries, keys and values of the new tokens,
  ///     `[rows, (headCount + 2 × keyValueHeadCount) × headSize]`.
  ///   - slots: The slots of each row's past, its own last, laid end to end.
  ///   - offsets: Where each row's slots start, `[rows + 1]`.
  ///   - headCount: The number of heads.
  ///   - keyValueHeadCount: The number of heads of keys and values, a divisor of `headCount`.
  ///   - headSize: The size of a head.
  ///   - scale: The factor of the scores.
  ///   - bias: Added to the scaled scores; the row itself stands at distance 0.
  /// - Returns: `[rows, headCount × headSize]`.
  package func attendGathered(
    _ projected: Tensor, slots: [Int32], offsets: [Int], headCount: Int, keyValueHeadCount: Int,
    headSize: Int,
    scale: Float, bias: RelativeBias? = nil
  ) -> Tensor {
    let rows = projected.shape.rows
    precondition(
      keyValueHeadCount > 0 && headCount.isMultiple(of: keyValueHeadCount),
      "\(headCount) heads cannot share \(keyValueHeadCount) heads of keys and values evenly")
    precondition(
      offsets.count == rows + 1 && offsets[0] >= 0 && offsets[rows] <= slots.count
        && zip(offsets, offsets.dropFirst()).allSatisfy(<),
      "\(offsets.count - 1) histories in \(slots.count) slots for \(rows) rows, each with a slot of its own")
    precondition(slots.allSatisfy { $0 >= 0 && Int($0) < shape.rows }, "a slot is not in a cache \(shape)")
    storeInCache(
      projected, slots: offsets.dropFirst().map { slots[$0 - 1] }, headCount: headCount,
      keyValueHeadCount: keyValueHeadCount, headSize: headSize)
    let longest = zip(offsets, offsets.dropFirst()).map { $1 - $0 }.max() ?? 0
    bias?.check(headCount: headCount, distances: min(0, 1 - longest)..<1)
    let attention = GatheredAttention(
      headCount: headCount, keyValueHeadCount: keyValueHeadCount, headSize: headSize, scale: scale, bias: bias
    )
    let output = slots.withUnsafeBufferPointer { slots in
      attention(projected.columns(from: 0), self, longest: longest) { row in
        (0, UnsafeBufferPointer(rebasing: slots[offsets[row]..<offsets[row + 1]]))
      }
    }
    return output.withoutGradient(
      "attendGathered", inputs: [projected] + (bias.map { [$0.values] } ?? []))
  }

  /// This being keys and values, `[rows, 2 × keyValueHeadCount × headSize]`: lets each query attend to a range of the
  /// rows. What it gives for a query depends on that query and its range alone. Has no gradient.
  ///
  /// - Parameters:
  ///   - queries: `[ranges, headCount × headSize]`.
  ///   - ranges: For each query the rows that it attends to; where there are none, the result is zero.
  ///   - headCount: The number of heads.
  ///   - keyValueHeadCount: The number of heads of keys and values, a divisor of `headCount`.
  ///   - headSize: The size of a head.
  ///   - scale: The factor of the scores.
  /// - Returns: `[ranges, headCount × headSize]`.
  package func attendRanges(
    _ queries: Tensor, _ ranges: [Range<Int>], headCount: Int, keyValueHeadCount: Int, headSize: Int,
    scale: Float
  ) -> Tensor {
    precondition(
      keyValueHeadCount > 0 && headCount.isMultiple(of: keyValueHeadCount),
      "\(headCount) heads cannot share \(keyValueHeadCount) heads of keys and values evenly")
    precondition(
      queries.shape == [ranges.count, headCount * headSize]
        && shape.columns == 2 * keyValueHeadCount * headSize,
      "queries \(queries.shape) of \(ranges.count) ranges for keys and values \(shape)")
    precondition(
      ranges.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= shape.rows },
      "a range is not among the rows of \(shape)")
    let longest = ranges.map(\.count).max() ?? 0
    let attention = GatheredAttention(
      headCount: headCount, keyValueHeadCount: keyValueHeadCount, headSize: headSize, scale: scale)
    let output = Array(0..<Int32(longest)).withUnsafeBufferPointer { rows in
      attention(queries.columns(from: 0), self, longest: longest) { query in
        (ranges[query].lowerBound, UnsafeBufferPointer(rebasing: rows[..<ranges[query].count]))
      }
    }
    return output.withoutGradient("attendRanges", inputs: [self, queries])
  }
}

/// Queries that attend to rows of a matrix of keys and values, each to its own.
private struct GatheredAttention {
  let headCount: Int
  let keyValueHeadCount: Int
  let headSize: Int
  let scale: Float
  var bias: RelativeBias?

  /// - Parameters:
  ///   - queries: `[…, headCount × headSize]`, the columns of a tensor.
  ///   - cache: Keys and values, `[rows, 2 × keyValueHeadCount × headSize]`.
  ///   - longest: The most rows that a query attends to.
  ///   - past: Names the rows for a query: numbers that are counted from a first row.
  /// - Returns: `[queries, headCount × headSize]`.
  func callAsFunction(
    _ queries: ProjectedColumns, _ cache: Tensor, longest: Int,
    past: (_ query: Int) -> (first: Int, rows: UnsafeBufferPointer<Int32>)
  ) -> Tensor {
    let (hidden, keyWidth) = (headCount * headSize, keyValueHeadCount * headSize)
    let (count, columns) = (queries.tensor.shape.rows, queries.tensor.shape.columns)
    let output = Tensor(uninitialized: [count, hidden])
    // The heads of a group read the same keys and values, which come once from memory if one thread has them all.
    let groupSize = headCount / keyValueHeadCount
    let units = count * headCount
    let scratch = Tensor(uninitialized: [units, longest])
    let (input, keys, result, scores) = (
      queries.tensor.pointer + queries.firstColumn, cache.pointer, output.pointer, scratch.pointer
    )
    let share = (units + ThreadPool.shared.threadCount - 1) / ThreadPool.shared.threadCount
    let grain = max(1, 16_384 / max(1, longest * headSize), min(groupSize, share))
    ThreadPool.shared.parallel(over: units, grain: grain, multiple: 1) { range in
      var unit = range.lowerBound
      while unit < range.upperBound {
        let (row, head) = (unit / headCount, unit % headCount)
        let heads = min(groupSize - head % groupSize, range.upperBound - unit)
        let destination = result + row * hidden + head * headSize
        let (first, rows) = past(row)
        if let rowBase = rows.baseAddress, !rows.isEmpty {
          var job = heed_gathered_job()
          job.queries = UnsafePointer(input + row * columns + head * headSize)
          job.keys = UnsafePointer(keys + first * 2 * keyWidth + head / groupSize * headSize)
          job.values = job.keys + keyWidth
          job.row_stride = 2 * keyWidth
          (job.rows, job.count) = (rowBase, rows.count)
          (job.query_count, job.head_size) = (heads, headSize)
          job.scale = scale
          if let bias {
            job.bias = bias.zeroDistance(head: head) - (rows.count - 1)
            job.bias_stride = bias.distanceCount
          }
          (job.output, job.scratch) = (destination, scores + unit * longest)
          heed_attention_gathered(&job)
        } else {
          destination.update(repeating: 0, count: heads * headSize)
        }
        unit += heads
      }
    }
    withExtendedLifetime((scratch, queries.tensor, cache)) {}
    return output
  }
}
