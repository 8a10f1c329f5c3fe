import HeedLayers
import HeedTensor

/// The Transformer of "Attention Is All You Need" (Vaswani et al. 2017, figure 1): encoder, decoder, and embeddings that
/// are also the output projection.
public struct EncoderDecoder: TransformerModel {
  /// The choices that make this Transformer.
  public let configuration: TransformerConfiguration
  /// Source embeddings, `[sourceVocabulary, hidden]`; also those of the target where they are shared.
  public var embedding: Tensor
  /// Target embeddings, `[targetVocabulary, hidden]`, where they are not shared.
  public var targetEmbedding: Tensor?
  /// A constant added to the logits, `[targetVocabulary]`.
  public var outputBias: Tensor?
  /// The encoder's layers.
  public var encoder: TransformerStack
  /// The decoder's layers.
  public var decoder: TransformerStack
  /// What is added to source embeddings.
  public var sourceInput: TokenEmbedding
  /// What is added to target embeddings.
  public var targetInput: TokenEmbedding
  /// The output projection, `[targetVocabulary, hidden]`, where it is not the table of target embeddings.
  public var output: Tensor?

  /// A Transformer with first values from the initializer: Xavier's for weights, N(0, 1/hidden) for embeddings.
  public init(_ configuration: TransformerConfiguration, _ initializer: inout ParameterInitializer) {
    self.configuration = configuration
    let hidden = configuration.hiddenSize
    let deviation = 1 / Float(hidden).squareRoot()
    embedding = initializer.normal(deviation: deviation, [configuration.sourceVocabularySize, hidden])
    targetEmbedding =
      configuration.sharesEmbeddings
      ? nil : initializer.normal(deviation: deviation, [configuration.targetVocabularySize, hidden])
    outputBias = configuration.hasOutputBias ? Tensor(zeros: [configuration.targetVocabularySize]) : nil
    encoder = TransformerStack(
      configuration.encoder, .encoder, layerCount: configuration.encoderLayerCount, &initializer)
    decoder = TransformerStack(
      configuration.decoder, .decoderWithMemory, layerCount: configuration.decoderLayerCount, &initializer)
    sourceInput = TokenEmbedding(configuration, configuration.encoder, &initializer)
    targetInput = TokenEmbedding(configuration, configuration.decoder, &initializer)
    output =
      configuration.tiesOutput
      ? nil : initializer.normal(deviation: deviation, [configuration.targetVocabularySize, hidden])
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit(weight: "embedding", &embedding)
    try visitor.visit(weight: "targetEmbedding", &targetEmbedding)
    try visitor.visit("encoder", &encoder)
    try visitor.visit("decoder", &decoder)
    try visitor.visit("sourceInput", &sourceInput)
    try visitor.visit("targetInput", &targetInput)
    try visitor.visit(weight: "output", &output)
  }

  /// Hands the constant of the logits to the visitor.
  public mutating func visitConstants(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("outputBias", &outputBias)
  }

  /// The encoder's output for each source token: `[tokens, hidden]`.
  public func encode(_ sources: TokenSequences, _ context: inout ForwardContext) -> Tensor {
    let embedded = sourceInput(sources.ids, in: embedding, places: sources.places, &context)
    return encoder(embedded, sources.ranges, &context)
  }

  /// The decoder's output for whole target sequences: `[tokens, hidden]`.
  ///
  /// - Parameters:
  ///   - targets: Each starts with the start token; one for each source.
  ///   - memory: The encoder's output, `[sourceTokens, hidden]`.
  ///   - sources: The rows of the memory that each target attends to.
  ///   - context: Training or inference.
  /// - Returns: The states that the logits follow from.
  public func decode(
    _ targets: TokenSequences, memory: Tensor, _ sources: [Range<Int>], _ context: inout ForwardContext
  ) -> Tensor {
    let embedded = targetInput(targets.ids, in: targetTable, places: targets.places, &context)
    return decoder(embedded, targets.ranges, memory: memory, sources, &context)
  }

  /// Scores of the whole vocabulary: `[tokens, targetVocabulary]` for the decoder's output `[tokens, hidden]`.
  public func logits(_ hidden: Tensor) -> Tensor {
    scaled(hidden).linear(outputTable, bias: outputBias)
  }

  /// The loss of predicting `labels` (section 5.4 of the paper).
  ///
  /// - Parameters:
  ///   - sources: Source sequences.
  ///   - targets: What the decoder reads: each label sequence shifted right behind the start token.
  ///   - labels: The token that follows each target token; one below 0 does not count.
  ///   - smoothing: Label smoothing.
  ///   - scale: The factor of the loss; 1 / (number of labels) for their mean.
  ///   - context: Training or inference.
  /// - Returns: The loss and the sums behind it.
  public func loss(
    sources: TokenSequences, targets: TokenSequences, labels: [Int32], smoothing: Float, scale: Float,
    _ context: inout ForwardContext
  ) -> LossResult {
    let memory = encode(sources, &context)
    let hidden = decode(targets, memory: memory, sources.ranges, &context)
    return scaled(hidden).projectedCrossEntropy(
      outputTable, bias: outputBias, labels: labels, smoothing: smoothing, scale: scale)
  }

  /// The embedded newest token of each hypothesis, `[rows, hidden]`.
  ///
  /// - Parameters:
  ///   - tokens: The newest token of each.
  ///   - positions: How many target tokens came before each.
  /// - Returns: Embeddings with positions.
  public func embedTargets(_ tokens: [Int32], positions: [Int]) -> Tensor {
    var context = ForwardContext.inference
    return targetInput(tokens, in: targetTable, places: positions.map(Int32.init), &context)
  }

  /// The table that target tokens are looked up in.
  private var targetTable: Tensor { targetEmbedding ?? embedding }
  /// The table that the decoder's output is projected with.
  private var outputTable: Tensor { output ?? targetTable }

  private func scaled(_ hidden: Tensor) -> Tensor {
    configuration.scalesDecoderOutput ? hidden * (1 / Float(configuration.hiddenSize).squareRoot()) : hidden
  }
}
