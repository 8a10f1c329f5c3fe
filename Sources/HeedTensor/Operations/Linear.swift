import CHeedKernels

extension Tensor {
  /// activation(x Wᵀ + b): a linear layer with what follows it, in one pass over the result.
  ///
  /// - Parameters:
  ///   - weight: `[outputs, inputs]`, as checkpoints hold it.
  ///   - bias: `[outputs]`.
  ///   - activation: Applied to each element.
  /// - Returns: `[…, outputs]` for an input `[…, inputs]`.
  public func linear(_ weight: Tensor, bias: Tensor? = nil, activation: Activation = .none) -> Tensor {
    precondition(
      weight.shape.rank == 2 && weight.shape[1] == shape.columns,
      "linear of \(shape) with a weight \(weight.shape)")
    precondition(
      bias == nil || bias?.shape == [weight.shape[0]],
      "a bias \(bias?.shape ?? []) for a weight \(weight.shape)")
    let needsGradient = requiresGradient || weight.requiresGradient || bias?.requiresGradient == true
    if needsGradient && !activation.derivativeFollowsFromResult {
      return linear(weight, bias: bias).activated(activation)
    }
    let output = Tensor(uninitialized: Shape(shape.dimensions.dropLast() + [weight.shape[0]]))
    MatrixMultiply.run(
      .init(self), weight.packed ?? .transpose(of: weight), into: output.pointer,
      bias: bias.map { UnsafePointer($0.pointer) }, activation: activation)
    guard needsGradient else { return output }
    // The result is kept only where the backward pass reads it.
    let result = activation == .none ? nil : output
    return output.recorded(as: "linear", inputs: [self, weight] + (bias.map { [$0] } ?? [])) { gradient in
      let gradient =
        result.map { gradient.throughActivation(activation, known: $0) } ?? gradient
      var inputGradient: Tensor?
      if self.requiresGradient {
        let result = Tensor(uninitialized: self.shape)
        MatrixMultiply.run(.init(gradient), .rows(of: weight), into: result.pointer)
        inputGradient = result
      }
      let weightGradient = self.weightGradient(of: weight, gradient, transposed: true)
      guard let bias else { return [inputGradient, weightGradient] }
      return [inputGradient, weightGradient, gradient.columnSums(into: bias)]
    }
  }

  /// The sums of the columns, added to the gradient of `target` if that is a parameter; else returned.
  func columnSums(into target: Tensor) -> Tensor? {
    guard let node = target.node else { return nil }
    let result = node.parameterGradient ?? Tensor(zeros: target.shape)
    let (columns, rows) = (shape.columns, shape.rows)
    let (x, y) = (pointer, result.pointer)
    ThreadPool.shared.parallel(over: columns, grain: max(16, Elementwise.grain / max(1, rows) / 16 * 16)) {
      heed_add_column_sums(x + $0.lowerBound, columns, rows, $0.count, y + $0.lowerBound)
    }
    return node.parameterGradient == nil ? result : nil
  }
}
