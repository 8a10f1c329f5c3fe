import HeedLayers
import HeedTensor

/// An encoder alone, which reads text: BERT and its kin, with what they end with.
public struct TextEncoder: TransformerModel {
  /// The choices that make this Transformer.
  public let configuration: TransformerConfiguration
  /// Token embeddings, `[vocabulary, hidden]`.
  public var embedding: Tensor
  /// What is added to embeddings.
  public var input: TokenEmbedding
  /// The layers.
  public var encoder: TransformerStack
  /// What the first token's state goes through, with tanh, where there is such a layer.
  public var pooler: Linear?
  /// Predicts masked words.
  public var maskedHead: MaskedLanguageModelHead?
  /// Predicts whether the second of two texts goes on from the first, `[2, hidden]`: scores for yes and no.
  public var nextSentenceHead: Linear?
  /// Predicts a label for the text.
  public var classifier: ClassificationHead?
  /// Predicts a label for each token, or the ends of an answer, `[outputs, hidden]`.
  public var tokenHead: Linear?

  /// A text encoder with first values from the initializer.
  public init(_ configuration: TransformerConfiguration, _ initializer: inout ParameterInitializer) {
    self.configuration = configuration
    let hidden = configuration.hiddenSize
    embedding = initializer.normal(
      deviation: 1 / Float(hidden).squareRoot(), [configuration.sourceVocabularySize, hidden])
    input = TokenEmbedding(configuration, configuration.encoder, &initializer)
    encoder = TransformerStack(
      configuration.encoder, .encoder, layerCount: configuration.encoderLayerCount, &initializer)
    switch configuration.head {
    case .states(let isPooled):
      if isPooled { pooler = Linear(inputs: hidden, outputs: hidden, &initializer) }
    case .maskedLanguageModel:
      maskedHead = MaskedLanguageModelHead(configuration, &initializer)
    case .preTraining:
      maskedHead = MaskedLanguageModelHead(configuration, &initializer)
      pooler = Linear(inputs: hidden, outputs: hidden, &initializer)
      nextSentenceHead = Linear(inputs: hidden, outputs: 2, &initializer)
    case .sequenceClassification(let labels):
      classifier = ClassificationHead(configuration, labelCount: labels.count, &initializer)
    case .tokenClassification(let labels):
      tokenHead = Linear(inputs: hidden, outputs: labels.count, &initializer)
    case .questionAnswering:
      tokenHead = Linear(inputs: hidden, outputs: 2, &initializer)
    }
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit(weight: "embedding", &embedding)
    try visitor.visit("input", &input)
    try visitor.visit("encoder", &encoder)
    try visitor.visit("pooler", &pooler)
    try visitor.visit("maskedHead", &maskedHead)
    try visitor.visit("nextSentenceHead", &nextSentenceHead)
    try visitor.visit("classifier", &classifier)
    try visitor.visit("tokenHead", &tokenHead)
  }

  /// The state of each token.
  ///
  /// - Parameters:
  ///   - sequences: Token sequences.
  ///   - segmentIDs: The segment of each token, `[tokens]`; all 0 if nil.
  ///   - context: Training or inference.
  /// - Returns: `[tokens, hidden]`.
  public func callAsFunction(
    _ sequences: TokenSequences, segmentIDs: [Int32]? = nil, _ context: inout ForwardContext
  ) -> Tensor {
    let embedded = input(
      sequences.ids, in: embedding, places: sequences.places, segmentIDs: segmentIDs, &context)
    return encoder(embedded, sequences.ranges, &context)
  }

  /// BERT's pooled output: the first token of each sequence through a layer with tanh, `[sequences, hidden]`; nil where
  /// there is no such layer.
  public func pooled(_ hidden: Tensor, _ sequences: TokenSequences) -> Tensor? {
    pooler.map { $0(hidden.rows(sequences.ranges.map(\.lowerBound)), activation: .tanh) }
  }

  /// Scores of the vocabulary for chosen rows of the states, `[rows, vocabulary]`.
  ///
  /// - Precondition: The model has a masked language model's head.
  public func maskedLogits(_ hidden: Tensor) -> Tensor {
    guard let maskedHead else { preconditionFailure("this encoder does not predict words") }
    return maskedHead.transformed(hidden).linear(embedding, bias: maskedHead.bias)
  }

  /// Scores of whether the second of two texts goes on from the first, `[sequences, 2]`: yes, no.
  ///
  /// - Precondition: The model has both heads of BERT's pre-training.
  public func nextSentenceLogits(_ hidden: Tensor, _ sequences: TokenSequences) -> Tensor {
    guard let nextSentenceHead, let pooled = pooled(hidden, sequences) else {
      preconditionFailure("this encoder does not predict what goes on from what")
    }
    return nextSentenceHead(pooled)
  }

  /// Scores of the labels of each text, `[sequences, labels]`.
  ///
  /// - Precondition: The model classifies sequences.
  public func sequenceLogits(
    _ hidden: Tensor, _ sequences: TokenSequences, _ context: inout ForwardContext
  ) -> Tensor {
    guard let classifier else { preconditionFailure("this encoder does not classify texts") }
    return classifier(hidden.rows(sequences.ranges.map(\.lowerBound)), &context)
  }

  /// Scores of the labels of each token, `[tokens, labels]`; of start and end, `[tokens, 2]`, for answers.
  ///
  /// - Precondition: The model classifies tokens, or answers questions.
  public func tokenLogits(_ hidden: Tensor) -> Tensor {
    guard let tokenHead else { preconditionFailure("this encoder does not classify tokens") }
    return tokenHead(hidden)
  }
}
