import HeedTensor

/// The position-wise feed-forward network: activation(x W₁ + b₁) W₂ + b₂ (section 3.3 of the paper); where it is gated,
/// (activation(x W₁) ⊙ x V) W₂ (Shazeer 2020).
public struct FeedForward: Module {
  /// From the hidden size to the inner one; where it is gated, W₁ and V stacked, `[2 × feedForward, hidden]`.
  public var inner: Linear
  /// Back to the hidden size.
  public var outer: Linear
  private let activation: Activation
  private let isGated: Bool
  private let dropout: Float

  /// A feed-forward network.
  public init(_ configuration: BlockConfiguration, _ initializer: inout ParameterInitializer) {
    let (hidden, width) = (configuration.hiddenSize, configuration.feedForwardSize)
    let hasBias = configuration.biases.contains(.feedForward)
    let pieces = configuration.isGated ? 2 : 1
    inner = Linear(inputs: hidden, outputs: pieces * width, stacked: pieces, hasBias: hasBias, &initializer)
    outer = Linear(inputs: width, outputs: hidden, hasBias: hasBias, &initializer)
    activation = configuration.activation
    isGated = configuration.isGated
    dropout = configuration.activationDropout
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("inner", &inner)
    try visitor.visit("outer", &outer)
  }

  /// `[tokens, hidden]` to `[tokens, hidden]`, each row for itself.
  public func callAsFunction(_ hidden: Tensor, _ context: inout ForwardContext) -> Tensor {
    // [tokens, feedForward]
    let expanded = isGated ? inner(hidden).gated(activation) : inner(hidden, activation: activation)
    let choice = context.dropout(dropout)
    return outer(expanded.dropout(choice.probability, seed: choice.seed))  // [tokens, hidden]
  }
}
