import HeedTensor

/// Multi-head attention of a sequence to itself (section 3.2.2 of the paper).
public struct SelfAttention: Module {
  /// Queries, keys and values in one product: their weights stacked, `[3 × hidden, hidden]`.
  public var projection: Linear
  /// Joins the heads, `[hidden, hidden]`.
  public var output: Linear
  let configuration: BlockConfiguration
  let kind: AttentionKind
  let layer: Int

  /// An attention of the encoder, or the masked one of the decoder.
  public init(
    _ configuration: BlockConfiguration, _ kind: AttentionKind, layer: Int,
    _ initializer: inout ParameterInitializer
  ) {
    let hidden = configuration.hiddenSize
    projection = Linear(inputs: hidden, outputs: 3 * hidden, stacked: 3, &initializer)
    output = Linear(inputs: hidden, outputs: hidden, &initializer)
    self.configuration = configuration
    self.kind = kind
    self.layer = layer
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("projection", &projection)
    try visitor.visit("output", &output)
  }

  /// Each sequence attends to itself; in the decoder to its own past only.
  ///
  /// - Parameters:
  ///   - hidden: `[tokens, hidden]`.
  ///   - sequences: The rows of each sequence.
  ///   - context: Training or inference.
  /// - Returns: `[tokens, hidden]`.
  public func callAsFunction(
    _ hidden: Tensor, _ sequences: [Range<Int>], _ context: inout ForwardContext
  ) -> Tensor {
    let projected = projection(hidden)  // [tokens, 3 × hidden]
    let layout = AttentionLayout(
      queryRanges: sequences, keyRanges: sequences, headCount: configuration.headCount,
      headSize: configuration.headSize, isCausal: kind == .decoder)
    let queries = projected.columns(from: 0)
    let keys = projected.columns(from: configuration.hiddenSize)
    let values = projected.columns(from: 2 * configuration.hiddenSize)
    let scale = configuration.attentionScale
    context.recorder?.record(kind, layer: layer, queries: queries, keys: keys, layout, scale: scale)
    let attended = attention(
      queries: queries, keys: keys, values: values, layout, scale: scale,
      dropout: context.dropout(configuration.attentionDropout))  // [tokens, hidden]
    return output(attended)
  }

  /// One more token for each hypothesis: its keys and values go into the cache, and it attends to its own past.
  func step(_ hidden: Tensor, _ cache: inout SelfAttentionCache, _ history: CacheHistory) -> Tensor {
    let projected = projection(hidden)  // [rows, 3 × hidden]
    return output(cache.attend(projected, history, configuration))
  }
}

/// Multi-head attention of the decoder to the encoder's output (section 3.2.3 of the paper).
public struct CrossAttention: Module {
  /// `[hidden, hidden]`.
  public var query: Linear
  /// Keys and values of the memory in one product, `[2 × hidden, hidden]`.
  public var memory: Linear
  /// Joins the heads, `[hidden, hidden]`.
  public var output: Linear
  let configuration: BlockConfiguration
  let layer: Int

  /// An attention between decoder and encoder.
  public init(_ configuration: BlockConfiguration, layer: Int, _ initializer: inout ParameterInitializer) {
    let hidden = configuration.hiddenSize
    query = Linear(inputs: hidden, outputs: hidden, &initializer)
    memory = Linear(inputs: hidden, outputs: 2 * hidden, stacked: 2, &initializer)
    output = Linear(inputs: hidden, outputs: hidden, &initializer)
    self.configuration = configuration
    self.layer = layer
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("query", &query)
    try visitor.visit("memory", &memory)
    try visitor.visit("output", &output)
  }

  /// Each target sequence attends to its source.
  ///
  /// - Parameters:
  ///   - hidden: `[tokens, hidden]`, the decoder's states.
  ///   - sequences: The rows of each target sequence.
  ///   - projectedMemory: What `memory` makes of the encoder's output, `[memoryTokens, 2 × hidden]`.
  ///   - sources: The rows of the memory that each target sequence attends to.
  ///   - context: Training or inference.
  /// - Returns: `[tokens, hidden]`.
  public func callAsFunction(
    _ hidden: Tensor, _ sequences: [Range<Int>], projectedMemory: Tensor, _ sources: [Range<Int>],
    _ context: inout ForwardContext
  ) -> Tensor {
    let layout = AttentionLayout(
      queryRanges: sequences, keyRanges: sources, headCount: configuration.headCount,
      headSize: configuration.headSize, isCausal: false)
    let queries = query(hidden).columns(from: 0)  // [tokens, hidden]
    let keys = projectedMemory.columns(from: 0)
    let values = projectedMemory.columns(from: configuration.hiddenSize)
    let scale = configuration.attentionScale
    context.recorder?.record(.cross, layer: layer, queries: queries, keys: keys, layout, scale: scale)
    let attended = attention(
      queries: queries, keys: keys, values: values, layout, scale: scale,
      dropout: context.dropout(configuration.attentionDropout))  // [tokens, hidden]
    return output(attended)
  }
}
