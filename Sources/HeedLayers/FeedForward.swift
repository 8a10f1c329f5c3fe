import HeedTensor

/// The position-wise feed-forward network: activation(x W₁ + b₁) W₂ + b₂ (section 3.3 of the paper).
public struct FeedForward: Module {
  /// From the hidden size to the inner one.
  public var inner: Linear
  /// Back to the hidden size.
  public var outer: Linear
  private let activation: Activation
  private let dropout: Float

  /// A feed-forward network.
  public init(_ configuration: BlockConfiguration, _ initializer: inout ParameterInitializer) {
    inner = Linear(inputs: configuration.hiddenSize, outputs: configuration.feedForwardSize, &initializer)
    outer = Linear(inputs: configuration.feedForwardSize, outputs: configuration.hiddenSize, &initializer)
    activation = configuration.activation
    dropout = configuration.activationDropout
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("inner", &inner)
    try visitor.visit("outer", &outer)
  }

  /// `[tokens, hidden]` to `[tokens, hidden]`, each row for itself.
  public func callAsFunction(_ hidden: Tensor, _ context: inout ForwardContext) -> Tensor {
    let expanded = inner(hidden, activation: activation)  // [tokens, feedForward]
    let choice = context.dropout(dropout)
    return outer(expanded.dropout(choice.probability, seed: choice.seed))  // [tokens, hidden]
  }
}
