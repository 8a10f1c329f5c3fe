import HeedTensor

/// x Wᵀ + b.
public struct Linear: Module {
  /// `[outputs, inputs]`.
  public var weight: Tensor
  /// `[outputs]`.
  public var bias: Tensor?
  /// What is trained in the weight's place, where the weight itself stays as it is.
  public var adapter: LowRankAdapter?

  /// A linear layer, initialised as Xavier does.
  ///
  /// - Parameters:
  ///   - inputs: The extent of the last axis of the input.
  ///   - outputs: The extent of the last axis of the result.
  ///   - stacked: How many projections of equal size are stacked in the weight; each is initialised for itself.
  ///   - hasBias: Whether a bias is added; it starts at zero.
  ///   - initializer: Where the first values come from.
  public init(
    inputs: Int, outputs: Int, stacked: Int = 1, hasBias: Bool = true,
    _ initializer: inout ParameterInitializer
  ) {
    weight = initializer.xavier([outputs, inputs], outputs: outputs / stacked)
    bias = hasBias ? Tensor(zeros: [outputs]) : nil
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit(weight: "weight", &weight)
    try visitor.visit("bias", &bias)
    try visitor.visit("adapter", &adapter)
  }

  /// Rows `[…, inputs]` to rows `[…, outputs]`.
  public func callAsFunction(_ input: Tensor, activation: Activation = .none) -> Tensor {
    guard let adapter else { return input.linear(weight, bias: bias, activation: activation) }
    return (input.linear(weight, bias: bias) + adapter(input)).activated(activation)
  }
}
