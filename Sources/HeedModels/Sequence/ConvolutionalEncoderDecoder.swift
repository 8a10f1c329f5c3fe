import HeedLayers
import HeedTensor

/// The convolutional model that came just before the Transformer: gated linear units, position embeddings, and attention
/// in every layer of the decoder.
///
/// Source: Gehring et al., "Convolutional Sequence to Sequence Learning" (2017). Departures: plain weights instead of
/// normalised ones, the encoder's gradient is not divided by the number of attentions, and the output projection is the
/// table of target embeddings, as in Heed's Transformers.
public struct ConvolutionalEncoderDecoder: SequenceToSequenceModel {
  /// The choices that make this model.
  public let configuration: ConvolutionalConfiguration
  /// Source embeddings, `[source tokens, embedding]`.
  public var embedding: Tensor
  /// Target embeddings, where they are not shared.
  public var targetEmbedding: Tensor?
  /// Positions of the source, `[positions, embedding]`.
  public var sourcePositions: Tensor
  /// Positions of the target, `[positions, embedding]`.
  public var targetPositions: Tensor
  /// From embeddings to the encoder's states.
  public var encoderInput: Linear
  /// The encoder's layers.
  public var encoder: [ConvolutionBlock]
  /// From the encoder's states to the memory's width.
  public var encoderOutput: Linear
  /// From embeddings to the decoder's states.
  public var decoderInput: Linear
  /// The decoder's layers.
  public var decoder: [ConvolutionBlock]
  /// The attention of each layer of the decoder.
  public var attention: [ConvolutionAttention]
  /// From the decoder's states to what the logits follow from.
  public var decoderOutput: Linear

  /// A model with Xavier's weights and N(0, 1/embedding) for embeddings and positions.
  public init(_ configuration: ConvolutionalConfiguration, _ initializer: inout ParameterInitializer) {
    self.configuration = configuration
    let (width, hidden) = (configuration.embeddingSize, configuration.hiddenSize)
    let deviation = 1 / Float(width).squareRoot()
    embedding = initializer.normal(deviation: deviation, [configuration.vocabulary.sourceSize, width])
    targetEmbedding =
      configuration.vocabulary.isShared
      ? nil : initializer.normal(deviation: deviation, [configuration.vocabulary.targetSize, width])
    sourcePositions = initializer.normal(deviation: deviation, [configuration.maximumPositions, width])
    targetPositions = initializer.normal(deviation: deviation, [configuration.maximumPositions, width])
    encoderInput = Linear(inputs: width, outputs: hidden, &initializer)
    encoder = Self.blocks(configuration, configuration.encoderLayerCount, isCausal: false, &initializer)
    encoderOutput = Linear(inputs: hidden, outputs: width, &initializer)
    decoderInput = Linear(inputs: width, outputs: hidden, &initializer)
    decoder = Self.blocks(configuration, configuration.decoderLayerCount, isCausal: true, &initializer)
    attention = []
    for layer in 0..<configuration.decoderLayerCount {
      attention.append(
        ConvolutionAttention(hiddenSize: hidden, embeddingSize: width, layer: layer, &initializer))
    }
    decoderOutput = Linear(inputs: hidden, outputs: width, &initializer)
  }

  private static func blocks(
    _ configuration: ConvolutionalConfiguration, _ count: Int, isCausal: Bool,
    _ initializer: inout ParameterInitializer
  ) -> [ConvolutionBlock] {
    var blocks: [ConvolutionBlock] = []
    for _ in 0..<count {
      blocks.append(
        ConvolutionBlock(
          hiddenSize: configuration.hiddenSize, width: configuration.kernelSize, isCausal: isCausal,
          dropout: configuration.dropout, &initializer))
    }
    return blocks
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit(weight: "embedding", &embedding)
    try visitor.visit(weight: "targetEmbedding", &targetEmbedding)
    try visitor.visit("sourcePositions", &sourcePositions)
    try visitor.visit("targetPositions", &targetPositions)
    try visitor.visit("encoderInput", &encoderInput)
    try visitor.visit("encoder", &encoder)
    try visitor.visit("encoderOutput", &encoderOutput)
    try visitor.visit("decoderInput", &decoderInput)
    try visitor.visit("decoder", &decoder)
    try visitor.visit("attention", &attention)
    try visitor.visit("decoderOutput", &decoderOutput)
  }

  /// What the logits follow from for whole target sequences, `[tokens, embedding]`.
  public func states(
    sources: TokenSequences, targets: TokenSequences, _ context: inout ForwardContext
  ) -> Tensor {
    let memory = encode(sources, &context)
    let embedded = embed(
      targets.ids, targetTable, targetPositions, places: targets.places, &context)
    let ranges = AttendedRanges(queries: targets.ranges, keys: sources.ranges)
    var hidden = decoderInput(embedded)
    for (block, attention) in zip(decoder, attention) {
      let convolved = block(hidden, targets.ranges, &context)
      let found = attention(convolved, embedded: embedded, memory: memory, ranges, &context)
      hidden = (found + hidden) * residualScale
    }
    return decoderOutput(hidden).dropped(configuration.dropout, &context)
  }

  /// Reads the sources. Before the first token the windows of all layers hold zeros.
  public func memory(of sources: TokenSequences) -> SourceMemory {
    var context = ForwardContext.inference
    let memory = encode(sources, &context)
    let columns = (configuration.kernelSize - 1) * configuration.hiddenSize
    let window = Tensor(zeros: [sources.ranges.count, columns])
    return SourceMemory(
      tensors: [memory.keys, memory.values], ranges: sources.ranges,
      start: Array(repeating: window, count: decoder.count))
  }

  /// Takes the newest token of each hypothesis; see `SequenceToSequenceModel`. The past is each layer's window.
  public func step(
    _ tokens: [Int32], position: Int, _ past: inout [Tensor], _ memory: SourceMemory, sources: [Int]
  ) -> Tensor {
    var context = ForwardContext.inference
    let embedded = embed(
      tokens, targetTable, targetPositions,
      places: Array(repeating: Int32(clamping: position), count: tokens.count), &context)
    let ranges = AttendedRanges(
      queries: tokens.indices.map { $0..<$0 + 1 }, keys: sources.map { memory.ranges[$0] })
    var hidden = decoderInput(embedded)
    for (index, block) in decoder.enumerated() {
      let convolved = block.step(hidden, &past[index])
      let found = attention[index](
        convolved, embedded: embedded, memory: (memory.tensors[0], memory.tensors[1]), ranges, &context)
      hidden = (found + hidden) * residualScale
    }
    return decoderOutput(hidden)
  }

  /// What attention compares, z, and what it reads, (z + e) √½ with the embeddings e: `[tokens, embedding]` each.
  private func encode(
    _ sources: TokenSequences, _ context: inout ForwardContext
  ) -> (keys: Tensor, values: Tensor) {
    let embedded = embed(sources.ids, embedding, sourcePositions, places: sources.places, &context)
    var hidden = encoderInput(embedded)
    for block in encoder {
      hidden = (block(hidden, sources.ranges, &context) + hidden) * residualScale
    }
    let keys = encoderOutput(hidden)
    return (keys, (keys + embedded) * residualScale)
  }

  private func embed(
    _ ids: [Int32], _ table: Tensor, _ positions: Tensor, places: [Int32], _ context: inout ForwardContext
  ) -> Tensor {
    let last = Int32(clamping: positions.shape.rows - 1)
    return table.embedding(of: ids, positions: positions, positionIDs: places.map { min($0, last) })
      .dropped(configuration.dropout, &context)
  }

  /// What a parameter is called in a file.
  public static func storedName(of path: String) -> String {
    switch path {
    case "embedding": "embedding.weight"
    case "targetEmbedding": "target_embedding.weight"
    case "sourcePositions": "source_positions.weight"
    case "targetPositions": "target_positions.weight"
    default:
      path.replacing("encoderInput", with: "encoder_input").replacing("encoderOutput", with: "encoder_output")
        .replacing("decoderInput", with: "decoder_input").replacing("decoderOutput", with: "decoder_output")
    }
  }
}
