import HeedTensor

/// Multi-head attention of a sequence to itself (section 3.2.2 of the paper).
public struct SelfAttention: Module {
  /// Queries, keys and values in one product: their weights stacked, `[queryWidth + 2 × keyWidth, hidden]`.
  public var projection: Linear
  /// Joins the heads, `[hidden, queryWidth]`.
  public var output: Linear
  /// Heads whose results count as zero: what a model is without them.
  var removedHeads: Set<Int> = []
  let configuration: BlockConfiguration
  let kind: AttentionKind
  let layer: Int

  /// An attention of the encoder, or the masked one of the decoder.
  public init(
    _ configuration: BlockConfiguration, _ kind: AttentionKind, layer: Int,
    _ initializer: inout ParameterInitializer
  ) {
    let (hidden, queryWidth) = (configuration.hiddenSize, configuration.queryWidth)
    let biases = configuration.biases
    projection = Linear(
      inputs: hidden, outputs: queryWidth + 2 * configuration.keyWidth, stacked: 3,
      hasBias: biases.contains(.projections), &initializer)
    output = Linear(
      inputs: queryWidth, outputs: hidden, hasBias: biases.contains(.attentionOutput), &initializer)
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
  ///   - input: Sequences and positions.
  ///   - context: Training or inference.
  ///   - store: Receives queries, keys and values, `[tokens, queryWidth + 2 × keyWidth]`, for a cache.
  /// - Returns: `[tokens, hidden]`.
  func callAsFunction(
    _ hidden: Tensor, _ input: SelfAttentionInput, _ context: inout ForwardContext,
    store: (Tensor) -> Void = { _ in }
  ) -> Tensor {
    let projected = project(hidden, input)
    store(projected)
    let layout = AttentionLayout(
      queryRanges: input.sequences, keyRanges: input.sequences, headCount: configuration.headCount,
      keyValueHeadCount: configuration.keyValueHeadCount, headSize: configuration.headSize,
      isCausal: kind == .decoder)
    let queries = projected.columns(from: 0)
    let keys = projected.columns(from: configuration.queryWidth)
    let values = projected.columns(from: configuration.queryWidth + configuration.keyWidth)
    let scale = configuration.attentionScale
    let attended = attention(
      queries: queries, keys: keys, values: values, layout, scale: scale, bias: input.bias,
      dropout: context.dropout(configuration.attentionDropout))  // [tokens, queryWidth]
    let result = output(configuration.without(removedHeads, attended))
    context.recorder?.record(kind, layer: layer) {
      AttentionRecord(
        queries: queries, keys: keys, values: values, layout: layout, scale: scale, bias: input.bias,
        output: result)
    }
    return result
  }

  /// The same where attention knows nothing of positions.
  package func callAsFunction(
    _ hidden: Tensor, _ sequences: [Range<Int>], _ context: inout ForwardContext
  ) -> Tensor {
    self(hidden, SelfAttentionInput(sequences: sequences, rotation: nil, bias: nil), &context)
  }

  /// One more token for each hypothesis: its keys and values go into the cache, and it attends to its own past.
  func step(
    _ hidden: Tensor, _ input: SelfAttentionInput, _ cache: inout SelfAttentionCache, _ history: CacheHistory
  ) -> Tensor {
    let attended = cache.attend(project(hidden, input), history, configuration, bias: input.bias)
    return output(configuration.without(removedHeads, attended))
  }

  /// Queries, keys and values, rotated where positions are rotary: `[tokens, queryWidth + 2 × keyWidth]`.
  private func project(_ hidden: Tensor, _ input: SelfAttentionInput) -> Tensor {
    let projected = projection(hidden)
    guard let rotation = input.rotation else { return projected }
    return projected.rotated(
      headCount: configuration.headCount + configuration.keyValueHeadCount, headSize: configuration.headSize,
      positions: rotation.positions, table: rotation.table, layout: rotation.layout)
  }
}

/// Multi-head attention of the decoder to the encoder's output (section 3.2.3 of the paper).
public struct CrossAttention: Module {
  /// `[queryWidth, hidden]`.
  public var query: Linear
  /// Keys and values of the memory in one product, `[2 × keyWidth, hidden]`.
  public var memory: Linear
  /// Joins the heads, `[hidden, queryWidth]`.
  public var output: Linear
  /// Heads whose results count as zero: what a model is without them.
  var removedHeads: Set<Int> = []
  let configuration: BlockConfiguration
  let layer: Int

  /// An attention between decoder and encoder.
  public init(_ configuration: BlockConfiguration, layer: Int, _ initializer: inout ParameterInitializer) {
    let (hidden, biases) = (configuration.hiddenSize, configuration.biases)
    let hasBias = biases.contains(.projections)
    query = Linear(inputs: hidden, outputs: configuration.queryWidth, hasBias: hasBias, &initializer)
    memory = Linear(
      inputs: hidden, outputs: 2 * configuration.keyWidth, stacked: 2, hasBias: hasBias, &initializer)
    output = Linear(
      inputs: configuration.queryWidth, outputs: hidden, hasBias: biases.contains(.attentionOutput),
      &initializer)
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
  ///   - projectedMemory: What `memory` makes of the encoder's output, `[memoryTokens, 2 × keyWidth]`.
  ///   - sources: The rows of the memory that each target sequence attends to.
  ///   - context: Training or inference.
  /// - Returns: `[tokens, hidden]`.
  public func callAsFunction(
    _ hidden: Tensor, _ sequences: [Range<Int>], projectedMemory: Tensor, _ sources: [Range<Int>],
    _ context: inout ForwardContext
  ) -> Tensor {
    let layout = AttentionLayout(
      queryRanges: sequences, keyRanges: sources, headCount: configuration.headCount,
      keyValueHeadCount: configuration.keyValueHeadCount, headSize: configuration.headSize, isCausal: false)
    let queries = query(hidden).columns(from: 0)  // [tokens, queryWidth]
    let keys = projectedMemory.columns(from: 0)
    let values = projectedMemory.columns(from: configuration.keyWidth)
    let scale = configuration.attentionScale
    let attended = attention(
      queries: queries, keys: keys, values: values, layout, scale: scale,
      dropout: context.dropout(configuration.attentionDropout))  // [tokens, queryWidth]
    let result = output(configuration.without(removedHeads, attended))
    context.recorder?.record(.cross, layer: layer) {
      AttentionRecord(
        queries: queries, keys: keys, values: values, layout: layout, scale: scale, bias: nil, output: result)
    }
    return result
  }

  /// One more token for each hypothesis, which attends to its source.
  ///
  /// - Parameters:
  ///   - hidden: `[rows, hidden]`, the decoder's states.
  ///   - projectedMemory: What `memory` makes of the encoder's output, `[memoryTokens, 2 × keyWidth]`.
  ///   - sources: For each row, the rows of the memory that it attends to.
  /// - Returns: `[rows, hidden]`.
  func step(_ hidden: Tensor, projectedMemory: Tensor, _ sources: [Range<Int>]) -> Tensor {
    let attended = projectedMemory.attendRanges(
      query(hidden), sources, headCount: configuration.headCount,
      keyValueHeadCount: configuration.keyValueHeadCount, headSize: configuration.headSize,
      scale: configuration.attentionScale)
    return output(configuration.without(removedHeads, attended))
  }
}
