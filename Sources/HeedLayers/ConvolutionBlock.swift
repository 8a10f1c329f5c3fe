import HeedTensor

/// √½: the sum of two terms of equal variance keeps it when it is multiplied by this (Gehring et al. 2017, section 3.5).
public let residualScale = Float(0.5).squareRoot()

/// A convolution with a gated linear unit (Gehring et al. 2017, section 3.2).
///
/// The paper normalises its weights (Salimans and Kingma 2016); here they are plain, initialised as Xavier does.
public struct ConvolutionBlock: Module {
  /// `[2 × hidden, width × hidden]`: the inputs of each token of the window behind each other. A weight of
  /// `torch.nn.Conv1d`, `[2 × hidden, hidden, width]`, has the last two axes in the other order.
  public var convolution: Linear
  /// The tokens of a window.
  public let width: Int
  /// How many of them come before the token itself.
  public let past: Int
  private let dropout: Float

  /// A block.
  ///
  /// - Parameters:
  ///   - hiddenSize: The columns of input and result.
  ///   - width: The tokens of a window.
  ///   - isCausal: Whether a token sees its past only; a centred window has as many tokens on either side, one more ahead
  ///     where its width is even.
  ///   - dropout: On the input.
  ///   - initializer: Where the first values come from.
  public init(
    hiddenSize: Int, width: Int, isCausal: Bool, dropout: Float, _ initializer: inout ParameterInitializer
  ) {
    convolution = Linear(inputs: width * hiddenSize, outputs: 2 * hiddenSize, stacked: 2, &initializer)
    self.width = width
    past = isCausal ? width - 1 : (width - 1) / 2
    self.dropout = dropout
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("convolution", &convolution)
  }

  /// Whole sequences at once, without the residual sum: `[tokens, hidden]` to `[tokens, hidden]`.
  public func callAsFunction(
    _ hidden: Tensor, _ sequences: [Range<Int>], _ context: inout ForwardContext
  ) -> Tensor {
    let choice = context.dropout(dropout)
    let input = hidden.dropout(choice.probability, seed: choice.seed)
    return convolution(input.windows(sequences, width: width, past: past)).gatedLinearUnit()
  }

  /// The next token of each hypothesis, for a causal block: `[rows, hidden]` to `[rows, hidden]`.
  ///
  /// - Parameters:
  ///   - hidden: The newest token of each.
  ///   - window: The inputs of the tokens before it, `[rows, (width − 1) × hidden]`, zeros where there is none; moved on
  ///     by one.
  /// - Returns: What the block makes of it, without the residual sum.
  public func step(_ hidden: Tensor, _ window: inout Tensor) -> Tensor {
    precondition(past == width - 1, "a window that looks ahead cannot be taken step by step")
    let whole = Tensor.joinedColumns([window, hidden])
    window = whole.columnSlice(hidden.shape.columns..<whole.shape.columns)
    return convolution(whole).gatedLinearUnit()
  }
}

/// The attention of a convolutional decoder's layer to the encoder (Gehring et al. 2017, section 3.3).
public struct ConvolutionAttention: Module {
  /// From the layer's states to the embeddings' width, `[embedding, hidden]`.
  public var query: Linear
  /// Back again, `[hidden, embedding]`.
  public var output: Linear
  /// Whether it counts as zero: what a model is without it.
  public var isRemoved = false
  private let layer: Int

  /// The attention of the layer of that number.
  public init(
    hiddenSize: Int, embeddingSize: Int, layer: Int, _ initializer: inout ParameterInitializer
  ) {
    query = Linear(inputs: hiddenSize, outputs: embeddingSize, &initializer)
    output = Linear(inputs: embeddingSize, outputs: hiddenSize, &initializer)
    self.layer = layer
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("query", &query)
    try visitor.visit("output", &output)
  }

  /// The states with what they found in the source: `[tokens, hidden]` to `[tokens, hidden]`.
  ///
  /// - Parameters:
  ///   - hidden: The layer's states.
  ///   - embedded: The embedded target tokens, which take part in the query, `[tokens, embedding]`.
  ///   - memory: The encoder's output: what is compared, and what is read, `[memoryTokens, embedding]` each.
  ///   - ranges: Which tokens attend to which.
  ///   - context: Training or inference, and who is watching.
  /// - Returns: The scaled sum of both.
  public func callAsFunction(
    _ hidden: Tensor, embedded: Tensor, memory: (keys: Tensor, values: Tensor), _ ranges: AttendedRanges,
    _ context: inout ForwardContext
  ) -> Tensor {
    let queries = (query(hidden) + embedded) * residualScale
    let found = crossAttention(
      queries, keys: memory.keys, values: memory.values, ranges, layer: layer, isRemoved: isRemoved,
      &context)
    // A mean over m places varies less than one of them: √m makes up for it (section 3.5).
    var factors: [Float] = []
    for (rows, keys) in zip(ranges.queries, ranges.keys) {
      factors += Array(repeating: Float(keys.count).squareRoot(), count: rows.count)
    }
    return (hidden + output(found.scaledRows(factors))) * residualScale
  }
}
