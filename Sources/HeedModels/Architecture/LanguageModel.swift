import HeedLayers
import HeedTensor

/// A decoder alone, which continues text: GPT-2, Llama and their kin.
public struct LanguageModel: TransformerModel {
  /// The choices that make this Transformer.
  public let configuration: TransformerConfiguration
  /// Token embeddings, `[vocabulary, hidden]`; also the output projection where they are tied.
  public var embedding: Tensor
  /// What is added to embeddings.
  public var input: TokenEmbedding
  /// The layers.
  public var decoder: TransformerStack
  /// The output projection, `[vocabulary, hidden]`, where it is a table of its own.
  public var output: Tensor?

  /// A language model with first values from the initializer.
  public init(_ configuration: TransformerConfiguration, _ initializer: inout ParameterInitializer) {
    self.configuration = configuration
    let shape = Shape([configuration.targetVocabularySize, configuration.hiddenSize])
    let deviation = 1 / Float(configuration.hiddenSize).squareRoot()
    embedding = initializer.normal(deviation: deviation, shape)
    input = TokenEmbedding(configuration, configuration.decoder, &initializer)
    decoder = TransformerStack(
      configuration.decoder, .decoder, layerCount: configuration.decoderLayerCount, &initializer)
    output = configuration.tiesOutput ? nil : initializer.normal(deviation: deviation, shape)
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit(weight: "embedding", &embedding)
    try visitor.visit("input", &input)
    try visitor.visit("decoder", &decoder)
    try visitor.visit(weight: "output", &output)
  }

  /// The states that the logits follow from, for whole sequences: `[tokens, hidden]`.
  public func callAsFunction(_ sequences: TokenSequences, _ context: inout ForwardContext) -> Tensor {
    let embedded = input(sequences.ids, in: embedding, places: sequences.places, &context)
    return decoder(embedded, sequences.ranges, &context)
  }

  /// The beginning of each hypothesis at once, its keys and values stored for the steps that follow; see
  /// ``TransformerStack/begin(_:_:_:slots:capacity:)``.
  public func begin(
    _ sequences: TokenSequences, _ caches: inout [SelfAttentionCache], slots: [Int32], capacity: Int
  ) -> Tensor {
    var context = ForwardContext.inference
    let embedded = input(sequences.ids, in: embedding, places: sequences.places, &context)
    return decoder.begin(embedded, sequences.ranges, &caches, slots: slots, capacity: capacity)
  }

  /// The next token of each hypothesis: `[rows, hidden]`.
  ///
  /// - Parameters:
  ///   - tokens: The newest token of each.
  ///   - positions: How many tokens came before each.
  ///   - caches: One for each layer.
  ///   - history: The past of each row.
  /// - Returns: The states that the logits follow from.
  public func step(
    _ tokens: [Int32], positions: [Int], _ caches: inout [SelfAttentionCache], _ history: CacheHistory
  ) -> Tensor {
    var context = ForwardContext.inference
    let embedded = input(tokens, in: embedding, places: positions.map(Int32.init), &context)
    return decoder.step(embedded, &caches, history)
  }

  /// Scores of the whole vocabulary: `[tokens, vocabulary]` for states `[tokens, hidden]`.
  public func logits(_ hidden: Tensor) -> Tensor { hidden.linear(output ?? embedding) }

  /// The loss of predicting, at each token, its label; one below 0 does not count.
  ///
  /// - Parameters:
  ///   - sequences: Token sequences.
  ///   - labels: The token that follows each.
  ///   - smoothing: Label smoothing.
  ///   - scale: The factor of the loss; 1 / (number of labels) for their mean.
  ///   - context: Training or inference.
  /// - Returns: The loss and the sums behind it.
  public func loss(
    _ sequences: TokenSequences, labels: [Int32], smoothing: Float, scale: Float,
    _ context: inout ForwardContext
  ) -> LossResult {
    self(sequences, &context).projectedCrossEntropy(
      output ?? embedding, bias: nil, labels: labels, smoothing: smoothing, scale: scale)
  }
}
