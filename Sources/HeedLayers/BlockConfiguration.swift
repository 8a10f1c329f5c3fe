import HeedTensor

/// Where a residual sublayer normalises its data.
public enum NormPlacement: String, Codable, CaseIterable, Sendable {
  /// Before the sublayer (pre-norm), as most later models do; the stack then ends with a norm of its own.
  case before
  /// After the sum of the sublayer and its input (post-norm), as in the paper.
  case after
}

/// What the blocks of a stack have in common: a small closed set of choices, of which every family is one combination.
public struct BlockConfiguration: Sendable, Hashable {
  /// The width of the hidden states.
  public var hiddenSize: Int
  /// The number of attention heads.
  public var headCount: Int
  /// The number of heads that keys and values have; several query heads share one of them where it is smaller (Ainslie
  /// et al. 2023).
  public var keyValueHeadCount: Int
  /// The width of a head; `headCount × headSize` need not be the hidden size.
  public var headSize: Int
  /// The factor of the attention scores: 1/√headSize (section 3.2.1 of the paper), 1 in T5.
  public var attentionScale: Float
  /// How self-attention itself knows positions, if it does.
  public var attentionPositions: AttentionPositions
  /// The width between the products of the feed-forward network.
  public var feedForwardSize: Int
  /// What the feed-forward network applies between its products.
  public var activation: Activation
  /// Whether the feed-forward network multiplies the activated projection with a second one (Shazeer 2020).
  public var isGated: Bool
  /// Which products add a bias.
  public var biases: Biases
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

  /// The products of a block that add a bias.
  public struct Biases: OptionSet, Sendable, Hashable {
    /// The bits.
    public let rawValue: Int
    /// Of the bits.
    public init(rawValue: Int) { self.rawValue = rawValue }
    /// The projections to queries, keys and values.
    public static let projections = Biases(rawValue: 1)
    /// The projection that joins the heads.
    public static let attentionOutput = Biases(rawValue: 2)
    /// Both products of the feed-forward network.
    public static let feedForward = Biases(rawValue: 4)
    /// All of them, as in the paper.
    public static let all: Biases = [.projections, .attentionOutput, .feedForward]
  }

  /// Describes the blocks of a stack; the defaults are the paper's.
  public init(
    hiddenSize: Int, headCount: Int, keyValueHeadCount: Int? = nil, headSize: Int? = nil,
    attentionScale: Float? = nil, attentionPositions: AttentionPositions = .none, feedForwardSize: Int,
    activation: Activation = .relu, isGated: Bool = false, biases: Biases = .all,
    normKind: NormKind = .layer, normPlacement: NormPlacement = .after, normEpsilon: Float = 1e-5,
    dropout: Float = 0.1, attentionDropout: Float = 0, activationDropout: Float = 0
  ) {
    precondition(headCount > 0, "a block needs heads")
    precondition(
      headSize != nil || hiddenSize.isMultiple(of: headCount),
      "\(hiddenSize) is not divisible by \(headCount) heads")
    let keyValueHeadCount = keyValueHeadCount ?? headCount
    precondition(
      keyValueHeadCount > 0 && headCount.isMultiple(of: keyValueHeadCount),
      "\(headCount) heads cannot share \(keyValueHeadCount) heads of keys and values")
    let headSize = headSize ?? hiddenSize / headCount
    self.hiddenSize = hiddenSize
    self.headCount = headCount
    self.keyValueHeadCount = keyValueHeadCount
    self.headSize = headSize
    self.attentionScale = attentionScale ?? 1 / Float(headSize).squareRoot()
    self.attentionPositions = attentionPositions
    self.feedForwardSize = feedForwardSize
    self.activation = activation
    self.isGated = isGated
    self.biases = biases
    self.normKind = normKind
    self.normPlacement = normPlacement
    self.normEpsilon = normEpsilon
    self.dropout = dropout
    self.attentionDropout = attentionDropout
    self.activationDropout = activationDropout
  }

  /// The width of all queries of a token.
  public var queryWidth: Int { headCount * headSize }
  /// The width of all keys of a token, and of all values.
  public var keyWidth: Int { keyValueHeadCount * headSize }

  /// The norm of a sublayer, and of the end of a pre-norm stack.
  package var norm: Norm { Norm(normKind, hiddenSize: hiddenSize, epsilon: normEpsilon) }
}
