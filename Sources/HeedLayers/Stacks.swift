import HeedTensor

/// The layers of an encoder, with the norm that closes a pre-norm stack.
public struct EncoderStack: Module {
  /// The layers, the first first.
  public var blocks: [EncoderBlock]
  /// Only where norms come before the sublayers.
  public var finalNorm: Norm?

  /// A stack of `layerCount` layers.
  public init(_ configuration: BlockConfiguration, layerCount: Int, _ initializer: inout ParameterInitializer)
  {
    blocks = []
    for layer in 0..<layerCount { blocks.append(EncoderBlock(configuration, layer: layer, &initializer)) }
    finalNorm = configuration.normPlacement == .before ? configuration.norm : nil
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("blocks", &blocks)
    try visitor.visit("finalNorm", &finalNorm)
  }

  /// `[tokens, hidden]` to `[tokens, hidden]`.
  public func callAsFunction(
    _ embedded: Tensor, _ sequences: [Range<Int>], _ context: inout ForwardContext
  ) -> Tensor {
    var hidden = embedded
    for block in blocks { hidden = block(hidden, sequences, &context) }
    return finalNorm?(hidden) ?? hidden
  }
}

/// The layers of a decoder, with the norm that closes a pre-norm stack.
public struct DecoderStack: Module {
  /// The layers, the first first.
  public var blocks: [DecoderBlock]
  /// Only where norms come before the sublayers.
  public var finalNorm: Norm?

  /// A stack of `layerCount` layers.
  public init(_ configuration: BlockConfiguration, layerCount: Int, _ initializer: inout ParameterInitializer)
  {
    blocks = []
    for layer in 0..<layerCount { blocks.append(DecoderBlock(configuration, layer: layer, &initializer)) }
    finalNorm = configuration.normPlacement == .before ? configuration.norm : nil
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("blocks", &blocks)
    try visitor.visit("finalNorm", &finalNorm)
  }

  /// Whole target sequences at once: `[tokens, hidden]` to `[tokens, hidden]`.
  public func callAsFunction(
    _ embedded: Tensor, _ sequences: [Range<Int>], memory: Tensor, _ sources: [Range<Int>],
    _ context: inout ForwardContext
  ) -> Tensor {
    var hidden = embedded
    for block in blocks { hidden = block(hidden, sequences, memory: memory, sources, &context) }
    return finalNorm?(hidden) ?? hidden
  }

  /// What each layer's cross-attention reads, computed once for each source: `[memoryTokens, 2 × hidden]` a layer.
  public func projectMemory(_ memory: Tensor) -> [Tensor] {
    blocks.map { $0.crossAttention.memory(memory) }
  }

  /// The next token of each hypothesis: `[rows, hidden]` to `[rows, hidden]`.
  ///
  /// - Parameters:
  ///   - embedded: The embedded newest tokens.
  ///   - rowsOfSources: The rows that belong to each source, together.
  ///   - caches: One for each layer.
  ///   - history: The past of each row.
  ///   - projectedMemory: From `projectMemory`.
  ///   - sources: The rows of the memory of each source.
  /// - Returns: The states that the logits follow from.
  public func step(
    _ embedded: Tensor, _ rowsOfSources: [Range<Int>], _ caches: inout [SelfAttentionCache],
    _ history: CacheHistory, projectedMemory: [Tensor], _ sources: [Range<Int>]
  ) -> Tensor {
    precondition(caches.count == blocks.count, "\(caches.count) caches for \(blocks.count) layers")
    var hidden = embedded
    for (layer, block) in blocks.enumerated() {
      hidden = block.step(
        hidden, rowsOfSources, &caches[layer], history, projectedMemory: projectedMemory[layer], sources)
    }
    return finalNorm?(hidden) ?? hidden
  }
}
