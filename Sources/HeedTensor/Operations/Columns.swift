import CHeedKernels

extension Tensor {
  /// Some of the columns, as a tensor of their own.
  ///
  /// - Parameter range: Columns of this matrix, `[rows, columns]`.
  /// - Returns: `[rows, range.count]`.
  public func columnSlice(_ range: Range<Int>) -> Tensor {
    let shape = self.shape
    precondition(
      range.lowerBound >= 0 && range.upperBound <= shape.columns, "columns \(range) are not in \(shape)")
    if range == 0..<shape.columns { return self }
    let output = Tensor(uninitialized: Shape(shape.dimensions.dropLast() + [range.count]))
    output.copyColumns(0..<range.count, from: self, range)
    return output.recorded(as: "columnSlice", inputs: [self]) { gradient in
      let result = Tensor(zeros: shape)
      result.copyColumns(range, from: gradient, 0..<range.count)
      return [result]
    }
  }

  /// Tensors side by side: `[rows, sum of columns]`.
  ///
  /// - Precondition: There is a tensor, and all have as many rows.
  public static func joinedColumns(_ parts: [Tensor]) -> Tensor {
    precondition(!parts.isEmpty, "nothing to join")
    let rows = parts[0].shape.rows
    precondition(
      parts.allSatisfy { $0.shape.rows == rows }, "columns of tensors \(parts.map(\.shape)) side by side")
    var ranges: [Range<Int>] = []
    for part in parts {
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + part.shape.columns)
    }
    let output = Tensor(uninitialized: [rows, ranges[ranges.count - 1].upperBound])
    for (part, range) in zip(parts, ranges) { output.copyColumns(range, from: part, 0..<range.count) }
    let shapes = parts.map { $0.requiresGradient ? $0.shape : nil }
    return output.recorded(as: "joinedColumns", inputs: parts) { gradient in
      zip(shapes, ranges).map { shape, range in
        shape.map {
          let result = Tensor(uninitialized: $0)
          result.copyColumns(0..<range.count, from: gradient, range)
          return result
        }
      }
    }
  }

  /// Each row times a constant of its own.
  ///
  /// - Parameter factors: `[rows]`.
  /// - Returns: A tensor of this shape.
  public func scaledRows(_ factors: [Float]) -> Tensor {
    precondition(factors.count == shape.rows, "\(factors.count) factors for the rows of \(shape)")
    return rowsScaledWithoutGradient(factors).recorded(as: "scaledRows", inputs: [self]) {
      [$0.rowsScaledWithoutGradient(factors)]
    }
  }

  private func rowsScaledWithoutGradient(_ factors: [Float]) -> Tensor {
    let output = Tensor(uninitialized: shape)
    let (x, y, columns) = (pointer, output.pointer, shape.columns)
    Tensor.parallelRows(shape) { rows in
      for row in rows { heed_scale(factors[row], x + row * columns, y + row * columns, columns) }
    }
    return output
  }

  /// Replaces columns of each row by columns of that row of another matrix, in place.
  private func copyColumns(_ target: Range<Int>, from other: Tensor, _ source: Range<Int>) {
    let (x, y) = (other.pointer + source.lowerBound, pointer + target.lowerBound)
    let (stride, width, count) = (other.shape.columns, shape.columns, target.count)
    Tensor.parallelRows([shape.rows, count]) { rows in
      for row in rows { (y + row * width).update(from: x + row * stride, count: count) }
    }
  }
}
