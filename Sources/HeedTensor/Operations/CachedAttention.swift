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
    let (rows, columns) = (projected.shape.rows, projected.shape.columns)
    let (hidden, keyWidth) = (headCount * headSize, keyValueHeadCount * headSize)
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
    let output = Tensor(uninitialized: [rows, hidden])
    let units = rows * headCount
    let scratch = Tensor(uninitialized: [units, longest])
    let (input, cache, result, scores) = (projected.pointer, pointer, output.pointer, scratch.pointer)
    slots.withUnsafeBufferPointer { slots in
      guard let slotBase = slots.baseAddress else { return }
      let grain = max(1, 16_384 / max(1, longest * headSize))
      ThreadPool.shared.parallel(over: units, grain: grain) { range in
        for unit in range {
          let (row, head) = (unit / headCount, unit % headCount)
          let keyColumn = head / (headCount / keyValueHeadCount) * headSize
          let count = offsets[row + 1] - offsets[row]
          heed_attention_gathered(
            input + row * columns + head * headSize, cache + keyColumn, cache + keyWidth + keyColumn,
            2 * keyWidth,
            slotBase + offsets[row], count, headSize, scale,
            bias.map { $0.zeroDistance(head: head) - (count - 1) },
            result + row * hidden + head * headSize, scores + unit * longest)
        }
      }
    }
    withExtendedLifetime((scratch, projected, self)) {}
    return output.withoutGradient(
      "attendGathered", inputs: [projected] + (bias.map { [$0.values] } ?? []))
  }
}
