import HeedTensor

/// What a stack of layers is for.
public enum StackKind: Sendable, Hashable {
  /// Each token attends to all of its sequence.
  case encoder
  /// Each token attends to its past.
  case decoder
  /// Each token attends to its past, and to the output of an encoder.
  case decoderWithMemory

  var attention: AttentionKind { self == .encoder ? .encoder : .decoder }
  var isCausal: Bool { self != .encoder }
}

/// The layers of an encoder or a decoder, with the norm that closes a pre-norm stack.
public struct TransformerStack: Module {
  /// The layers, the first first.
  public var blocks: [TransformerBlock]
  /// What attention knows of positions; one for all layers.
  public var positions: StackPositions
  /// Only where norms come before the sublayers.
  public var finalNorm: Norm?
  private let kind: StackKind

  /// A stack of `layerCount` layers.
  public init(
    _ configuration: BlockConfiguration, _ kind: StackKind, layerCount: Int,
    _ initializer: inout ParameterInitializer
  ) {
    blocks = []
    for layer in 0..<layerCount {
      blocks.append(TransformerBlock(configuration, kind, layer: layer, &initializer))
    }
    positions = StackPositions(configuration, &initializer)
    finalNorm = configuration.normPlacement == .before ? configuration.norm : nil
    self.kind = kind
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("blocks", &blocks)
    try visitor.visit("positions", &positions)
    try visitor.visit("finalNorm", &finalNorm)
  }

  /// Whole sequences at once: `[tokens, hidden]` to `[tokens, hidden]`.
  public func callAsFunction(
    _ embedded: Tensor, _ sequences: [Range<Int>], _ context: inout ForwardContext
  ) -> Tensor {
    let input = positions.input(sequences, isCausal: kind.isCausal)
    var hidden = embedded
    for block in blocks { hidden = block(hidden, &context, selfAttention: { $0($1, input, &$2) }) }
    return finalNorm?(hidden) ?? hidden
  }

  /// Whole target sequences at once: `[tokens, hidden]` to `[tokens, hidden]`.
  public func callAsFunction(
    _ embedded: Tensor, _ sequences: [Range<Int>], memory: Tensor, _ sources: [Range<Int>],
    _ context: inout ForwardContext
  ) -> Tensor {
    let input = positions.input(sequences, isCausal: kind.isCausal)
    var hidden = embedded
    for (block, projected) in zip(blocks, projectMemory(memory)) {
      hidden = block(
        hidden, &context, selfAttention: { $0($1, input, &$2) },
        crossAttention: { $0($1, sequences, projectedMemory: projected, sources, &$2) })
    }
    return finalNorm?(hidden) ?? hidden
  }

  /// What each layer's cross-attention reads, computed once for each source: `[memoryTokens, 2 × keyWidth]` a layer.
  public func projectMemory(_ memory: Tensor) -> [Tensor] {
    blocks.map { block in
      guard let crossAttention = block.crossAttention else {
        preconditionFailure("a stack without cross-attention reads no memory")
      }
      return crossAttention.memory(memory)
    }
  }

  /// The beginning of each hypothesis at once, its keys and values stored for the steps that follow: `[tokens, hidden]`
  /// to `[tokens, hidden]`.
  ///
  /// - Parameters:
  ///   - embedded: The embedded tokens.
  ///   - sequences: The rows of each hypothesis.
  ///   - caches: One for each layer.
  ///   - slots: Where the keys and values of each token go.
  ///   - capacity: The number of slots that the caches must have.
  /// - Returns: The states that the logits follow from.
  public func begin(
    _ embedded: Tensor, _ sequences: [Range<Int>], _ caches: inout [SelfAttentionCache], slots: [Int32],
    capacity: Int
  ) -> Tensor {
    precondition(caches.count == blocks.count, "\(caches.count) caches for \(blocks.count) layers")
    let input = positions.input(sequences, isCausal: kind.isCausal)
    var context = ForwardContext.inference
    var hidden = embedded
    for (layer, block) in blocks.enumerated() {
      hidden = block(
        hidden, &context,
        selfAttention: { attention, hidden, context in
          attention(hidden, input, &context) { projected in
            caches[layer].store(projected, slots: slots, capacity: capacity, block.configuration)
          }
        })
    }
    return finalNorm?(hidden) ?? hidden
  }

  /// The next token of each hypothesis: `[rows, hidden]` to `[rows, hidden]`.
  ///
  /// - Parameters:
  ///   - embedded: The embedded newest tokens.
  ///   - caches: One for each layer.
  ///   - history: The past of each row.
  ///   - memory: What cross-attention reads, where there is one.
  /// - Returns: The states that the logits follow from.
  public func step(
    _ embedded: Tensor, _ caches: inout [SelfAttentionCache], _ history: CacheHistory,
    memory: StepMemory? = nil
  ) -> Tensor {
    precondition(caches.count == blocks.count, "\(caches.count) caches for \(blocks.count) layers")
    let input = positions.input(history)
    var context = ForwardContext.inference
    var hidden = embedded
    for (layer, block) in blocks.enumerated() {
      hidden = block(
        hidden, &context,
        selfAttention: { attention, hidden, _ in attention.step(hidden, input, &caches[layer], history) },
        crossAttention: memory.map { memory in
          { attention, hidden, _ in
            attention.step(hidden, projectedMemory: memory.projected[layer], memory.sources)
          }
        })
    }
    return finalNorm?(hidden) ?? hidden
  }
}

/// What the cross-attention of a step reads.
public struct StepMemory: Sendable {
  /// From `projectMemory`.
  public let projected: [Tensor]
  /// For each row of the step, the rows of the memory that belong to its source.
  public let sources: [Range<Int>]

  /// Describes the memory of a step.
  public init(projected: [Tensor], sources: [Range<Int>]) {
    self.projected = projected
    self.sources = sources
  }
}
