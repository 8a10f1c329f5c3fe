import HeedTensor

/// Where the rows of an attention's queries and keys lie.
public struct AttendedRanges: Sendable {
  /// The rows of each sequence's queries, one behind the other.
  public let queries: [Range<Int>]
  /// The rows of the memory that each sequence attends to.
  public let keys: [Range<Int>]

  /// Ranges of as many sequences.
  public init(queries: [Range<Int>], keys: [Range<Int>]) {
    precondition(queries.count == keys.count, "queries and keys differ in their number of sequences")
    self.queries = queries
    self.keys = keys
  }
}

/// Additive attention: scores v · tanh(W q + U k + b) (Bahdanau et al. 2015, appendix A.1.2).
///
/// The paper computes its context before the decoder's state and feeds it into that. Here the context is read with the
/// state, as Luong et al. (2015) do, so that all steps of the decoder can be computed at once.
public struct AdditiveAttention: Module {
  /// W, `[width, hidden]`.
  public var query: Linear
  /// U and b, `[width, memory]`.
  public var key: Linear
  /// v, `[width]`.
  public var vector: Tensor
  /// Whether it counts as zero: what a model is without it.
  public var isRemoved = false

  /// An attention whose inner width is the hidden size.
  public init(hiddenSize: Int, memorySize: Int, _ initializer: inout ParameterInitializer) {
    query = Linear(inputs: hiddenSize, outputs: hiddenSize, hasBias: false, &initializer)
    key = Linear(inputs: memorySize, outputs: hiddenSize, &initializer)
    vector = initializer.normal(deviation: 1 / Float(hiddenSize).squareRoot(), [hiddenSize])
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("query", &query)
    try visitor.visit("key", &key)
    try visitor.visit("vector", &vector)
  }

  /// What the memory is compared by, computed once for each source: `[memoryTokens, width]`.
  public func keys(_ memory: Tensor) -> Tensor { key(memory) }

  /// The weighted memory for each state, `[tokens, memory]`; recorded as the attention to the source.
  ///
  /// - Precondition: The memory is as wide as the states.
  public func callAsFunction(
    _ hidden: Tensor, keys: Tensor, memory: Tensor, _ ranges: AttendedRanges, _ context: inout ForwardContext
  ) -> Tensor {
    let queries = query(hidden)
    let result = additiveAttention(
      queries: queries, keys: keys, vector: vector, values: memory, queryRanges: ranges.queries,
      keyRanges: ranges.keys
    ).without(isRemoved)
    context.recorder?.record(.cross, layer: 0) {
      precondition(
        memory.shape.columns == keys.shape.columns, "a memory \(memory.shape) and keys \(keys.shape)")
      let layout = AttentionLayout(
        queryRanges: ranges.queries, keyRanges: ranges.keys, headCount: 1, headSize: keys.shape.columns,
        isCausal: false)
      return AttentionRecord(
        queries: queries.columns(from: 0), keys: keys.columns(from: 0), values: memory.columns(from: 0),
        layout: layout, scale: 1, bias: nil, output: result, additive: vector)
    }
    return result
  }
}

/// Multiplicative attention: scores q W k (Luong et al. 2015, section 3.1, "general").
public struct MultiplicativeAttention: Module {
  /// Wᵀ: what a state becomes before it is compared with the memory, `[memory, hidden]`.
  public var query: Linear
  /// Whether it counts as zero: what a model is without it.
  public var isRemoved = false

  /// An attention between states and a memory.
  public init(hiddenSize: Int, memorySize: Int, _ initializer: inout ParameterInitializer) {
    query = Linear(inputs: hiddenSize, outputs: memorySize, hasBias: false, &initializer)
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("query", &query)
  }

  /// The weighted memory for each state, `[tokens, memory]`.
  public func callAsFunction(
    _ hidden: Tensor, memory: Tensor, _ ranges: AttendedRanges, _ context: inout ForwardContext
  ) -> Tensor {
    crossAttention(
      query(hidden), keys: memory, values: memory, ranges, layer: 0, isRemoved: isRemoved, &context)
  }
}

/// Attention by unscaled products, with one head as wide as the memory; recorded as the attention to the source.
///
/// - Parameters:
///   - queries: `[tokens, width]`.
///   - keys: `[memoryTokens, width]`.
///   - values: `[memoryTokens, width]`.
///   - ranges: Which tokens attend to which.
///   - layer: The layer that it is recorded as.
///   - isRemoved: Whether its result counts as zero.
///   - context: Training or inference, and who is watching.
/// - Returns: `[tokens, width]`.
func crossAttention(
  _ queries: Tensor, keys: Tensor, values: Tensor, _ ranges: AttendedRanges, layer: Int,
  isRemoved: Bool, _ context: inout ForwardContext
) -> Tensor {
  let layout = AttentionLayout(
    queryRanges: ranges.queries, keyRanges: ranges.keys, headCount: 1, headSize: keys.shape.columns,
    isCausal: false)
  let (queries, keys, values) = (queries.columns(from: 0), keys.columns(from: 0), values.columns(from: 0))
  let result = attention(queries: queries, keys: keys, values: values, layout, scale: 1)
    .without(isRemoved)
  context.recorder?.record(.cross, layer: layer) {
    AttentionRecord(
      queries: queries, keys: keys, values: values, layout: layout, scale: 1, bias: nil, output: result)
  }
  return result
}

extension Tensor {
  /// Zeros in the place of what is removed.
  fileprivate func without(_ isRemoved: Bool) -> Tensor { isRemoved ? Tensor(zeros: shape) : self }
}
