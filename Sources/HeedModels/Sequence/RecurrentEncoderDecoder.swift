import HeedLayers
import HeedTensor

/// The recurrent models that the Transformer replaced: a bidirectional encoder, a decoder that begins with the states
/// that it ended with, and attention between them or none.
///
/// Sources: Sutskever et al., "Sequence to Sequence Learning with Neural Networks" (2014); Cho et al. (2014); Bahdanau et
/// al. (2015); Luong et al. (2015). In every form the decoder's states do not depend on what attention finds (no "input
/// feeding"), so that all steps of a target are computed by one fused operation; Luong's section 3.3 gives the
/// difference that feeding makes. The state h and the context c give tanh(W [c; h] + b), and the table of target
/// embeddings projects that to logits, as in Heed's Transformers.
public struct RecurrentEncoderDecoder: SequenceToSequenceModel {
  /// The choices that make this model.
  public let configuration: RecurrentConfiguration
  /// Source embeddings, `[source tokens, embedding]`.
  public var embedding: Tensor
  /// Target embeddings, where they are not shared.
  public var targetEmbedding: Tensor?
  /// The encoder's layers.
  public var encoder: [BidirectionalLayer]
  /// The decoder's layers.
  public var decoder: [RecurrentLayer]
  /// Attention by a small network, where that is chosen.
  public var additive: AdditiveAttention?
  /// Attention by a product, where that is chosen.
  public var multiplicative: MultiplicativeAttention?
  /// Joins context and state, `[embedding, 2 × hidden]`; without attention `[embedding, hidden]`.
  public var readout: Linear

  /// A model with Xavier's weights and N(0, 1/embedding) for embeddings.
  public init(_ configuration: RecurrentConfiguration, _ initializer: inout ParameterInitializer) {
    self.configuration = configuration
    let (width, hidden) = (configuration.embeddingSize, configuration.hiddenSize)
    let deviation = 1 / Float(width).squareRoot()
    embedding = initializer.normal(deviation: deviation, [configuration.vocabulary.sourceSize, width])
    targetEmbedding =
      configuration.vocabulary.isShared
      ? nil : initializer.normal(deviation: deviation, [configuration.vocabulary.targetSize, width])
    encoder = []
    decoder = []
    for layer in 0..<configuration.layerCount {
      let inputs = layer == 0 ? width : hidden
      encoder.append(
        BidirectionalLayer(configuration.cell, inputs: inputs, hiddenSize: hidden, &initializer))
      decoder.append(RecurrentLayer(configuration.cell, inputs: inputs, hiddenSize: hidden, &initializer))
    }
    switch configuration.attention {
    case .none: break
    case .additive: additive = AdditiveAttention(hiddenSize: hidden, memorySize: hidden, &initializer)
    case .multiplicative:
      multiplicative = MultiplicativeAttention(hiddenSize: hidden, memorySize: hidden, &initializer)
    }
    let inputs = configuration.attention == .none ? hidden : 2 * hidden
    readout = Linear(inputs: inputs, outputs: width, &initializer)
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit(weight: "embedding", &embedding)
    try visitor.visit(weight: "targetEmbedding", &targetEmbedding)
    try visitor.visit("encoder", &encoder)
    try visitor.visit("decoder", &decoder)
    try visitor.visit("additive", &additive)
    try visitor.visit("multiplicative", &multiplicative)
    try visitor.visit("readout", &readout)
  }

  /// What the logits follow from for whole target sequences, `[tokens, embedding]`.
  public func states(
    sources: TokenSequences, targets: TokenSequences, _ context: inout ForwardContext
  ) -> Tensor {
    let (memory, initial) = encode(sources, &context)
    var hidden = embedded(targets.ids, in: targetTable, dropout: configuration.dropout, &context)
    for (layer, state) in zip(decoder, initial) {
      hidden = layer.hidden(layer(hidden, targets.ranges, initial: state))
        .dropped(configuration.dropout, &context)
    }
    let ranges = AttendedRanges(queries: targets.ranges, keys: sources.ranges)
    return readOut(hidden, memory: memory, keys: additive?.keys(memory), ranges, &context)
  }

  /// Reads the sources: their states, and what additive attention compares them by.
  public func memory(of sources: TokenSequences) -> SourceMemory {
    var context = ForwardContext.inference
    let (memory, initial) = encode(sources, &context)
    return SourceMemory(
      tensors: [memory] + (additive.map { [$0.keys(memory)] } ?? []), ranges: sources.ranges,
      start: initial)
  }

  /// Takes the newest token of each hypothesis; see `SequenceToSequenceModel`. The past is each layer's state.
  public func step(
    _ tokens: [Int32], position: Int, _ past: inout [Tensor], _ memory: SourceMemory, sources: [Int]
  ) -> Tensor {
    var context = ForwardContext.inference
    let rows = tokens.indices.map { $0..<$0 + 1 }
    var hidden = targetTable.embedding(of: tokens)
    for (index, layer) in decoder.enumerated() {
      past[index] = layer(hidden, rows, initial: past[index])
      hidden = layer.hidden(past[index])
    }
    let ranges = AttendedRanges(queries: rows, keys: sources.map { memory.ranges[$0] })
    return readOut(
      hidden, memory: memory.tensors[0], keys: memory.tensors.dropFirst().first, ranges, &context)
  }

  /// The encoder's states, `[tokens, hidden]`, and the state that each layer of the decoder begins with.
  private func encode(
    _ sources: TokenSequences, _ context: inout ForwardContext
  ) -> (memory: Tensor, initial: [Tensor]) {
    var hidden = embedded(sources.ids, in: embedding, dropout: configuration.dropout, &context)
    var initial: [Tensor] = []
    for layer in encoder {
      let found = layer(hidden, sources.ranges)
      hidden = found.hidden.dropped(configuration.dropout, &context)
      initial.append(found.final)
    }
    return (hidden, initial)
  }

  private func readOut(
    _ hidden: Tensor, memory: Tensor, keys: Tensor?, _ ranges: AttendedRanges,
    _ context: inout ForwardContext
  ) -> Tensor {
    var parts = [hidden]
    if let additive, let keys {
      parts.insert(additive(hidden, keys: keys, memory: memory, ranges, &context), at: 0)
    } else if let multiplicative {
      parts.insert(multiplicative(hidden, memory: memory, ranges, &context), at: 0)
    }
    return readout(.joinedColumns(parts), activation: .tanh).dropped(configuration.dropout, &context)
  }

  /// What a parameter is called in a file: as in a PyTorch module with a `torch.nn.LSTM` or `torch.nn.GRU` for each layer
  /// and direction.
  public static func storedName(of path: String) -> String {
    let names = [
      ".input.weight": ".weight_ih_l0", ".input.bias": ".bias_ih_l0", ".recurrentWeight": ".weight_hh_l0",
      ".recurrentBias": ".bias_hh_l0",
    ]
    switch path {
    case "embedding": return "embedding.weight"
    case "targetEmbedding": return "target_embedding.weight"
    default:
      guard let found = names.first(where: { path.hasSuffix($0.key) }) else { return path }
      return path.dropLast(found.key.count) + found.value
    }
  }
}
