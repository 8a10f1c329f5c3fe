import CHeedKernels

extension Tensor {
  /// Chosen rows, in the order given; a row may be chosen again.
  ///
  /// - Parameter indices: The rows of this matrix, `[rows, columns]`.
  /// - Returns: `[indices, columns]`.
  public func rows(_ indices: [Int]) -> Tensor {
    embedding(of: indices.map { Int32(clamping: $0) })
  }

  /// The mean of the rows of each range; zeros for an empty range.
  ///
  /// - Parameter ranges: Ranges of rows of this matrix, `[rows, columns]`.
  /// - Returns: `[ranges, columns]`.
  public func meanOfRows(_ ranges: [Range<Int>]) -> Tensor {
    let (shape, columns) = (self.shape, self.shape.columns)
    precondition(
      shape.rank == 2 && ranges.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= shape.rows },
      "a range is not in a tensor \(shape)")
    let output = Tensor(zeros: [ranges.count, columns])
    let (x, y) = (pointer, output.pointer)
    let rowCount = ranges.reduce(0) { $0 + $1.count }
    let rangeSize = max(1, rowCount * columns / max(1, ranges.count))
    ThreadPool.shared.parallel(over: ranges.count, grain: max(1, Elementwise.grain / rangeSize)) { chosen in
      for index in chosen where !ranges[index].isEmpty {
        let (range, mean) = (ranges[index], y + index * columns)
        heed_add_column_sums(x + range.lowerBound * columns, columns, range.count, columns, mean)
        heed_scale(1 / Float(range.count), mean, mean, columns)
      }
    }
    return output.recorded(as: "meanOfRows", inputs: [self]) { gradient in
      let result = Tensor(zeros: shape)
      let (dy, dx) = (gradient.pointer, result.pointer)
      // Threads take columns, so that a row in several ranges sums its contributions in their order.
      let grain = max(16, Elementwise.grain / max(1, rowCount) / 16 * 16)
      ThreadPool.shared.parallel(over: columns, grain: grain) { part in
        for (index, range) in ranges.enumerated() {
          for row in range {
            heed_scaled_add(
              1 / Float(range.count), dy + index * columns + part.lowerBound,
              dx + row * columns + part.lowerBound, part.count)
          }
        }
      }
      return [result]
    }
  }

  /// Each row divided by its Euclidean length, or by `epsilon` if that is more.
  public func normalizedToUnitLength(epsilon: Float = 1e-12) -> Tensor {
    let (columns, lengths) = (shape.columns, Tensor(uninitialized: [shape.rows]))
    let output = Tensor(uninitialized: shape)
    let (x, y, lengthBase) = (pointer, output.pointer, lengths.pointer)
    Tensor.parallelRows(shape) { rows in
      let (first, start) = (rows.lowerBound, rows.lowerBound * columns)
      heed_unit_rows(x + start, y + start, lengthBase + first, rows.count, columns, epsilon)
    }
    return output.recorded(as: "normalizedToUnitLength", inputs: [self]) { gradient in
      let result = Tensor(uninitialized: gradient.shape)
      let (y, dy, dx, lengthBase) = (output.pointer, gradient.pointer, result.pointer, lengths.pointer)
      Tensor.parallelRows(gradient.shape) { rows in
        let (first, start) = (rows.lowerBound, rows.lowerBound * columns)
        heed_unit_gradient_rows(
          y + start, lengthBase + first, dy + start, dx + start, rows.count, columns, epsilon)
      }
      return [result]
    }
  }
}
