import CHeedKernels

extension Tensor {
  /// Softmax over the last axis: each row sums to one, and a row of −∞ gives zeros.
  public func softmax() -> Tensor {
    let output = Tensor(uninitialized: shape)
    let (x, y, columns) = (pointer, output.pointer, shape.columns)
    Tensor.parallelRows(shape) { rows in
      heed_softmax_rows(x + rows.lowerBound * columns, y + rows.lowerBound * columns, rows.count, columns)
    }
    return output.recorded(as: "softmax", inputs: [self]) { gradient in
      // dx = y ⊙ (dy − Σ dy ⊙ y), so only the output is kept for the backward pass.
      let result = Tensor(uninitialized: gradient.shape)
      let (y, dy, dx) = (output.pointer, gradient.pointer, result.pointer)
      Tensor.parallelRows(gradient.shape) { rows in
        let start = rows.lowerBound * columns
        heed_softmax_gradient_rows(y + start, dy + start, dx + start, rows.count, columns)
      }
      return [result]
    }
  }

  static func parallelRows(_ shape: Shape, _ body: (Range<Int>) -> Void) {
    let grain = max(1, Elementwise.grain / 4 / max(1, shape.columns))
    ThreadPool.shared.parallel(over: shape.rows, grain: grain, body)
  }
}
