import HeedTensor

/// A layer of the Transformer (section 3.1 of the paper): self-attention, in the decoder of an encoder-decoder attention
/// to the source, and the feed-forward network, each with its residual connection and its norm.
public struct TransformerBlock: Module {
  /// Attention to the same sequence: all of it in an encoder, its past in a decoder.
  public var attention: SelfAttention
  /// The norm of the self-attention sublayer.
  public var attentionNorm: Norm
  /// Attention to the encoder's output, where there is an encoder.
  public var crossAttention: CrossAttention?
  /// The norm of the cross-attention sublayer.
  public var crossAttentionNorm: Norm?
  /// The position-wise network.
  public var feedForward: FeedForward
  /// The norm of the feed-forward sublayer.
  public var feedForwardNorm: Norm
  let configuration: BlockConfiguration

  /// A layer of an encoder or decoder.
  public init(
    _ configuration: BlockConfiguration, _ kind: StackKind, layer: Int,
    _ initializer: inout ParameterInitializer
  ) {
    attention = SelfAttention(configuration, kind.attention, layer: layer, &initializer)
    attentionNorm = configuration.norm
    if kind == .decoderWithMemory {
      crossAttention = CrossAttention(configuration, layer: layer, &initializer)
      crossAttentionNorm = configuration.norm
    }
    feedForward = FeedForward(configuration, &initializer)
    feedForwardNorm = configuration.norm
    self.configuration = configuration
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("attention", &attention)
    try visitor.visit("attentionNorm", &attentionNorm)
    try visitor.visit("crossAttention", &crossAttention)
    try visitor.visit("crossAttentionNorm", &crossAttentionNorm)
    try visitor.visit("feedForward", &feedForward)
    try visitor.visit("feedForwardNorm", &feedForwardNorm)
  }

  /// One of the attentions of a block in a pass: over whole sequences, or a step with what is stored of the past.
  typealias Pass<Attention> = (Attention, Tensor, inout ForwardContext) -> Tensor

  /// `[tokens, hidden]` to `[tokens, hidden]`.
  func callAsFunction(
    _ hidden: Tensor, _ context: inout ForwardContext, selfAttention: Pass<SelfAttention>,
    crossAttention pass: Pass<CrossAttention>? = nil
  ) -> Tensor {
    var hidden = residual(attentionNorm)(hidden, &context) { selfAttention(attention, $0, &$1) }
    if let crossAttention, let crossAttentionNorm {
      guard let pass else { preconditionFailure("a decoder with cross-attention needs a memory") }
      hidden = residual(crossAttentionNorm)(hidden, &context) { pass(crossAttention, $0, &$1) }
    }
    return residual(feedForwardNorm)(hidden, &context) { feedForward($0, &$1) }
  }

  private func residual(_ norm: Norm) -> ResidualSublayer {
    ResidualSublayer(norm: norm, placement: configuration.normPlacement, dropout: configuration.dropout)
  }
}
