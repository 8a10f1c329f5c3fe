import HeedTensor

/// Layer norm or root-mean-square norm over the last axis.
public struct Norm: Module {
  /// The factor of each column, `[hidden]`.
  public var gain: Tensor
  /// What is added to each column, `[hidden]`; a root-mean-square norm has none.
  public var bias: Tensor?
  /// Which of the two.
  public let kind: NormKind
  /// Added to the variance.
  public let epsilon: Float

  /// A norm with gain one and bias zero.
  public init(_ kind: NormKind, hiddenSize: Int, epsilon: Float) {
    gain = Tensor(repeating: 1, [hiddenSize])
    bias = kind == .layer ? Tensor(zeros: [hiddenSize]) : nil
    self.kind = kind
    self.epsilon = epsilon
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("weight", &gain)
    try visitor.visit("bias", &bias)
  }

  /// The norm of each row of `[…, hidden]`.
  public func callAsFunction(_ input: Tensor) -> Tensor {
    input.normalized(kind, gain: gain, bias: bias, epsilon: epsilon)
  }

  /// norm(residual + dropout(x)).
  func callAsFunction(_ residual: Tensor, adding x: Tensor, dropout: DropoutChoice) -> Tensor {
    residual.normalized(kind, adding: x, dropout: dropout, gain: gain, bias: bias, epsilon: epsilon)
  }
}
