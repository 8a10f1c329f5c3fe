import HeedTensor

/// A layer of the encoder: self-attention, then the feed-forward network (section 3.1 of the paper).
public struct EncoderBlock: Module {
  /// Attention to all positions.
  public var attention: SelfAttention
  /// The norm of the attention sublayer.
  public var attentionNorm: Norm
  /// The position-wise network.
  public var feedForward: FeedForward
  /// The norm of the feed-forward sublayer.
  public var feedForwardNorm: Norm
  let configuration: BlockConfiguration

  /// A layer of the encoder.
  public init(_ configuration: BlockConfiguration, layer: Int, _ initializer: inout ParameterInitializer) {
    attention = SelfAttention(configuration, .encoder, layer: layer, &initializer)
    attentionNorm = configuration.norm
    feedForward = FeedForward(configuration, &initializer)
    feedForwardNorm = configuration.norm
    self.configuration = configuration
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("attention", &attention)
    try visitor.visit("attentionNorm", &attentionNorm)
    try visitor.visit("feedForward", &feedForward)
    try visitor.visit("feedForwardNorm", &feedForwardNorm)
  }

  /// `[tokens, hidden]` to `[tokens, hidden]`.
  public func callAsFunction(
    _ hidden: Tensor, _ sequences: [Range<Int>], _ context: inout ForwardContext
  ) -> Tensor {
    let attended = configuration.residual(attentionNorm)(hidden, &context) { attention($0, sequences, &$1) }
    return configuration.residual(feedForwardNorm)(attended, &context) { feedForward($0, &$1) }
  }
}

/// A layer of the decoder: masked self-attention, attention to the source, feed-forward network.
public struct DecoderBlock: Module {
  /// Attention to earlier positions.
  public var attention: SelfAttention
  /// The norm of the self-attention sublayer.
  public var attentionNorm: Norm
  /// Attention to the encoder's output.
  public var crossAttention: CrossAttention
  /// The norm of the cross-attention sublayer.
  public var crossAttentionNorm: Norm
  /// The position-wise network.
  public var feedForward: FeedForward
  /// The norm of the feed-forward sublayer.
  public var feedForwardNorm: Norm
  let configuration: BlockConfiguration

  /// A layer of the decoder.
  public init(_ configuration: BlockConfiguration, layer: Int, _ initializer: inout ParameterInitializer) {
    attention = SelfAttention(configuration, .decoder, layer: layer, &initializer)
    attentionNorm = configuration.norm
    crossAttention = CrossAttention(configuration, layer: layer, &initializer)
    crossAttentionNorm = configuration.norm
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

  /// `[tokens, hidden]` to `[tokens, hidden]`, whole target sequences at once.
  public func callAsFunction(
    _ hidden: Tensor, _ sequences: [Range<Int>], memory: Tensor, _ sources: [Range<Int>],
    _ context: inout ForwardContext
  ) -> Tensor {
    forward(
      hidden, sequences, projectedMemory: crossAttention.memory(memory), sources, &context
    ) { attention($0, sequences, &$1) }
  }

  /// The next token of each hypothesis: `[rows, hidden]` to `[rows, hidden]`.
  func step(
    _ hidden: Tensor, _ rowsOfSources: [Range<Int>], _ cache: inout SelfAttentionCache,
    _ history: CacheHistory,
    projectedMemory: Tensor, _ sources: [Range<Int>]
  ) -> Tensor {
    var context = ForwardContext.inference
    return forward(hidden, rowsOfSources, projectedMemory: projectedMemory, sources, &context) { input, _ in
      attention.step(input, &cache, history)
    }
  }

  private func forward(
    _ hidden: Tensor, _ sequences: [Range<Int>], projectedMemory: Tensor, _ sources: [Range<Int>],
    _ context: inout ForwardContext, selfAttention: (Tensor, inout ForwardContext) -> Tensor
  ) -> Tensor {
    let attended = configuration.residual(attentionNorm)(hidden, &context, sublayer: selfAttention)
    let informed = configuration.residual(crossAttentionNorm)(attended, &context) {
      crossAttention($0, sequences, projectedMemory: projectedMemory, sources, &$1)
    }
    return configuration.residual(feedForwardNorm)(informed, &context) { feedForward($0, &$1) }
  }
}

extension BlockConfiguration {
  func residual(_ norm: Norm) -> ResidualSublayer {
    ResidualSublayer(norm: norm, placement: normPlacement, dropout: dropout)
  }
}
