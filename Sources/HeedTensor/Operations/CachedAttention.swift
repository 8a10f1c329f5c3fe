import CHeedKernels

extension Tensor {
  /// Copies all rows of `other`, in front.
  package mutating func copyRows(from other: Tensor) {
    precondition(
      other.shape.columns == shape.columns && other.shape.rows <= shape.rows, "a cache cannot shrink")
    pointer.update(from: other.pointer, count: other.count)
  }

  /// This being a cache of keys and values, `[slots, 2 × hidden]`: stores those of the new tokens in their slots and
  /// lets each new token attend to its own past. Has no gradient; changes this tensor's values in place.
  ///
  /// - Parameters:
  ///   - projected: Queries, keys and values of the new tokens, `[rows, 3 × hidden]`.
  ///   - slots: The slots of each row's past, its own last, laid end to end.
  ///   - offsets: Where each row's slots start, `[rows + 1]`.
  ///   - headCount: The number of heads.
  ///   - scale: The factor of the scores.
  /// - Returns: `[rows, hidden]`.
  package func attendGathered(
    _ projected: Tensor, slots: [Int32], offsets: [Int], headCount: Int, scale: Float
  ) -> Tensor {
    let (rows, hidden) = (projected.shape.rows, shape.columns / 2)
    let headSize = hidden / headCount
    precondition(offsets.count == rows + 1, "\(offsets.count - 1) histories for \(rows) rows")
    precondition(
      projected.shape.columns == 3 * hidden, "a projection \(projected.shape) for a cache \(shape)")
    precondition(slots.allSatisfy { $0 >= 0 && Int($0) < shape.rows }, "a slot is not in a cache \(shape)")
    let (input, cache) = (projected.pointer, pointer)
    for row in 0..<rows {
      let slot = Int(slots[offsets[row + 1] - 1])
      (cache + slot * 2 * hidden).update(from: input + row * 3 * hidden + hidden, count: 2 * hidden)
    }
    let output = Tensor(uninitialized: [rows, hidden])
    let longest = zip(offsets, offsets.dropFirst()).map { $1 - $0 }.max() ?? 0
    let units = rows * headCount
    let scratch = Tensor(uninitialized: [units, longest])
    let (result, scores) = (output.pointer, scratch.pointer)
    slots.withUnsafeBufferPointer { slots in
      guard let slotBase = slots.baseAddress else { return }
      let grain = max(1, 16_384 / max(1, longest * headSize))
      ThreadPool.shared.parallel(over: units, grain: grain) { range in
        for unit in range {
          let (row, column) = (unit / headCount, unit % headCount * headSize)
          heed_attention_gathered(
            input + row * 3 * hidden + column, cache + column, cache + hidden + column, 2 * hidden,
            slotBase + offsets[row], offsets[row + 1] - offsets[row], headSize, scale,
            result + row * hidden + column, scores + unit * longest)
        }
      }
    }
    withExtendedLifetime((scratch, projected, self)) {}
    return output.withoutGradient("attendGathered", inputs: [projected])
  }
}
