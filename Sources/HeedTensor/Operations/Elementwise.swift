import CHeedKernels

package enum Elementwise {
  /// Elements worth handing to a thread: some microseconds of work at memory speed.
  package static let grain = 32_768
}

/// What a feed-forward network applies to each element between its two products.
public enum Activation: String, Sendable, CaseIterable, Codable {
  /// Nothing.
  case none
  /// max(0, x), as in the paper.
  case relu
  /// x Φ(x), with the error function (Hendrycks and Gimpel, 2016).
  case gelu
  /// The approximation of GELU by a hyperbolic tangent that GPT-2 uses.
  case geluTanh
  /// x σ(x) (SiLU, also called swish).
  case silu
  /// The hyperbolic tangent, as in BERT's pooler.
  case tanh

  package var kernel: heed_activation {
    switch self {
    case .none: HEED_ACTIVATION_NONE
    case .relu: HEED_ACTIVATION_RELU
    case .gelu: HEED_ACTIVATION_GELU
    case .geluTanh: HEED_ACTIVATION_GELU_TANH
    case .silu: HEED_ACTIVATION_SILU
    case .tanh: HEED_ACTIVATION_TANH
    }
  }

  /// Whether the derivative can be told from the result, so that the input need not be kept.
  var derivativeFollowsFromResult: Bool { self == .none || self == .relu }
}

extension Tensor {
  /// The elementwise sum of two tensors of one shape.
  public static func + (left: Tensor, right: Tensor) -> Tensor {
    precondition(left.shape == right.shape, "+ of tensors \(left.shape) and \(right.shape)")
    return left.plusWithoutGradient(right).recorded(as: "+", inputs: [left, right]) { [$0, $0] }
  }

  /// The elementwise difference of two tensors of one shape.
  public static func - (left: Tensor, right: Tensor) -> Tensor {
    left + right * -1
  }

  /// The elementwise product of two tensors of one shape.
  public static func * (left: Tensor, right: Tensor) -> Tensor {
    precondition(left.shape == right.shape, "* of tensors \(left.shape) and \(right.shape)")
    return left.timesWithoutGradient(right).recorded(as: "*", inputs: [left, right]) { gradient in
      [
        left.requiresGradient ? gradient.timesWithoutGradient(right) : nil,
        right.requiresGradient ? gradient.timesWithoutGradient(left) : nil,
      ]
    }
  }

  /// Each element times a number.
  public static func * (tensor: Tensor, factor: Float) -> Tensor {
    tensor.scaledWithoutGradient(factor).recorded(as: "scaled", inputs: [tensor]) {
      [$0.scaledWithoutGradient(factor)]
    }
  }

  /// The activation of each element.
  public func activated(_ activation: Activation) -> Tensor {
    guard activation != .none else { return self }
    let output = Tensor(uninitialized: shape)
    let (x, y) = (pointer, output.pointer)
    ThreadPool.shared.parallel(over: count, grain: Elementwise.grain) { range in
      heed_activate(activation.kernel, x + range.lowerBound, y + range.lowerBound, range.count)
    }
    let known = activation.derivativeFollowsFromResult ? output : self
    return output.recorded(as: "activation", inputs: [self]) { gradient in
      [gradient.throughActivation(activation, known: known)]
    }
  }

  /// Zeros with probability `probability`, and the rest scaled so that the expectation stays (Srivastava et al. 2014).
  ///
  /// Whether an element is kept depends on `seed` and its position alone.
  public func dropout(_ probability: Float, seed: UInt64) -> Tensor {
    precondition((0..<1).contains(probability), "a dropout probability must be in 0..<1, got \(probability)")
    guard probability > 0 else { return self }
    return droppedWithoutGradient(probability, seed: seed).recorded(as: "dropout", inputs: [self]) {
      [$0.droppedWithoutGradient(probability, seed: seed)]
    }
  }

  /// The sum of all elements, a scalar.
  public func sum() -> Tensor {
    let shape = self.shape
    return Tensor(Float(heed_sum(pointer, count))).recorded(as: "sum", inputs: [self]) {
      [Tensor(repeating: $0.scalar, shape)]
    }
  }

  func timesWithoutGradient(_ other: Tensor) -> Tensor {
    let output = Tensor(uninitialized: shape)
    let (a, b, y) = (pointer, other.pointer, output.pointer)
    ThreadPool.shared.parallel(over: count, grain: Elementwise.grain) { range in
      heed_multiply(a + range.lowerBound, b + range.lowerBound, y + range.lowerBound, range.count)
    }
    return output
  }

  func scaledWithoutGradient(_ factor: Float) -> Tensor {
    let output = Tensor(uninitialized: shape)
    let (x, y) = (pointer, output.pointer)
    ThreadPool.shared.parallel(over: count, grain: Elementwise.grain) { range in
      heed_scale(factor, x + range.lowerBound, y + range.lowerBound, range.count)
    }
    return output
  }

  func droppedWithoutGradient(_ probability: Float, seed: UInt64) -> Tensor {
    let output = Tensor(uninitialized: shape)
    let (x, y) = (pointer, output.pointer)
    ThreadPool.shared.parallel(over: count, grain: Elementwise.grain) { range in
      heed_dropout(
        x + range.lowerBound, y + range.lowerBound, range.count, probability, seed, UInt64(range.lowerBound))
    }
    return output
  }

  /// The gradient of an activation's input; `known` is that input, or the result where that is enough.
  func throughActivation(_ activation: Activation, known: Tensor) -> Tensor {
    let output = Tensor(uninitialized: shape)
    let (x, dy, dx) = (known.pointer, pointer, output.pointer)
    ThreadPool.shared.parallel(over: count, grain: Elementwise.grain) { range in
      let start = range.lowerBound
      heed_activation_gradient(activation.kernel, x + start, dy + start, dx + start, range.count)
    }
    return output
  }
}
