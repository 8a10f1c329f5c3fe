import HeedLayers
import HeedTensor

/// What masked words are predicted with: a layer, a norm, and the table of embeddings (Devlin et al. 2019).
public struct MaskedLanguageModelHead: Module {
  /// `[hidden, hidden]`.
  public var dense: Linear
  /// The norm before the table.
  public var norm: Norm
  /// Added to the logits, `[vocabulary]`.
  public var bias: Tensor
  private let activation: Activation

  init(_ configuration: TransformerConfiguration, _ initializer: inout ParameterInitializer) {
    let hidden = configuration.hiddenSize
    dense = Linear(inputs: hidden, outputs: hidden, &initializer)
    norm = configuration.encoder.norm
    bias = Tensor(zeros: [configuration.sourceVocabularySize])
    activation = configuration.encoder.activation
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("dense", &dense)
    try visitor.visit("norm", &norm)
    try visitor.visit("bias", &bias)
  }

  func transformed(_ hidden: Tensor) -> Tensor { norm(dense(hidden, activation: activation)) }
}

/// What a label for the whole text is predicted with: a layer for the first token's state, and one for the labels.
public struct ClassificationHead: Module {
  /// `[hidden, hidden]`.
  public var dense: Linear
  /// `[labels, hidden]`.
  public var output: Linear
  private let activation: Activation
  private let dropout: Float

  init(
    _ configuration: TransformerConfiguration, labelCount: Int, _ initializer: inout ParameterInitializer
  ) {
    let hidden = configuration.hiddenSize
    dense = Linear(inputs: hidden, outputs: hidden, &initializer)
    output = Linear(inputs: hidden, outputs: labelCount, &initializer)
    // BERT's pooler and RoBERTa's layer end with tanh, DistilBERT's with ReLU.
    activation = configuration.family == .distilbert ? .relu : .tanh
    dropout = configuration.encoder.dropout
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("dense", &dense)
    try visitor.visit("output", &output)
  }

  /// `[sequences, hidden]` to `[sequences, labels]`.
  func callAsFunction(_ first: Tensor, _ context: inout ForwardContext) -> Tensor {
    output(features(first, &context))
  }

  /// What the labels are predicted from, `[sequences, hidden]`.
  func features(_ first: Tensor, _ context: inout ForwardContext) -> Tensor {
    let choice = context.dropout(dropout)
    return dense(first, activation: activation).dropout(choice.probability, seed: choice.seed)
  }
}
