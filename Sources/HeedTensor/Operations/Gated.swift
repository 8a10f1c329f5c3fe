import CHeedKernels

extension Tensor {
  /// activation(gate) ⊙ up, for rows that hold the gate and then as many columns to let through: the middle of a gated
  /// feed-forward network (Shazeer, 2020; SwiGLU with SiLU, GEGLU with GELU).
  ///
  /// - Parameter activation: Applied to the gate.
  /// - Returns: `[rows, width]` for this tensor `[rows, 2 × width]`.
  public func gated(_ activation: Activation) -> Tensor {
    precondition(shape.columns.isMultiple(of: 2), "a gate and as many columns in a tensor \(shape)")
    let width = shape.columns / 2
    let output = Tensor(uninitialized: Shape(shape.dimensions.dropLast() + [width]))
    let (x, y) = (pointer, output.pointer)
    Tensor.parallelRows(shape) { rows in
      let first = rows.lowerBound
      heed_gated_activation(activation.kernel, x + first * 2 * width, y + first * width, rows.count, width)
    }
    return output.recorded(as: "gated", inputs: [self]) { gradient in
      let result = Tensor(uninitialized: self.shape)
      let (x, dy, dx) = (self.pointer, gradient.pointer, result.pointer)
      Tensor.parallelRows(self.shape) { rows in
        let first = rows.lowerBound
        heed_gated_activation_gradient(
          activation.kernel, x + first * 2 * width, dy + first * width, dx + first * 2 * width, rows.count,
          width)
      }
      return [result]
    }
  }
}
