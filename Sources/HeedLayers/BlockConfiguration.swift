import HeedTensor

/// Where a residual sublayer normalises its data.
public enum NormPlacement: String, Codable, CaseIterable, Sendable {
  /// Before the sublayer (pre-norm), as most later models do; the stack then ends with a norm of its own.
  case before
  /// After the sum of the sublayer and its input (post-norm), as in the paper.
  case after
}

/// What the blocks of a stack have in common.
public struct BlockConfiguration: Sendable, Hashable {
  /// The width of the hidden states.
  public var hiddenSize: Int
  /// The number of attention heads.
  public var headCount: Int
  /// The width between the two products of the feed-forward network.
  public var feedForwardSize: Int
  /// What the feed-forward network applies between its products.
  public var activation: Activation
  /// Layer norm or root-mean-square norm.
  public var normKind: NormKind
  /// Before or after the sublayer.
  public var normPlacement: NormPlacement
  /// Added to the variance in norms.
  public var normEpsilon: Float
  /// Dropout of each sublayer's result (section 5.4 of the paper).
  public var dropout: Float
  /// Dropout of attention weights.
  public var attentionDropout: Float
  /// Dropout inside the feed-forward network.
  public var activationDropout: Float

  /// Describes the blocks of a stack; the defaults are the paper's.
  public init(
    hiddenSize: Int, headCount: Int, feedForwardSize: Int, activation: Activation = .relu,
    normKind: NormKind = .layer, normPlacement: NormPlacement = .after, normEpsilon: Float = 1e-5,
    dropout: Float = 0.1, attentionDropout: Float = 0, activationDropout: Float = 0
  ) {
    precondition(
      headCount > 0 && hiddenSize.isMultiple(of: headCount),
      "\(hiddenSize) is not divisible by \(headCount) heads")
    self.hiddenSize = hiddenSize
    self.headCount = headCount
    self.feedForwardSize = feedForwardSize
    self.activation = activation
    self.normKind = normKind
    self.normPlacement = normPlacement
    self.normEpsilon = normEpsilon
    self.dropout = dropout
    self.attentionDropout = attentionDropout
    self.activationDropout = activationDropout
  }

  /// The width of a head.
  public var headSize: Int { hiddenSize / headCount }

  /// The factor of the scores: 1/√headSize (section 3.2.1 of the paper).
  var attentionScale: Float { 1 / Float(headSize).squareRoot() }

  var norm: Norm { Norm(normKind, hiddenSize: hiddenSize, epsilon: normEpsilon) }
}
