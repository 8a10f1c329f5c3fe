import HeedTensor

/// What is added to the weight of a linear layer that itself stays as it is: scale · up · down, a matrix of low rank.
///
/// Source: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (2022), section 4.1.
public struct LowRankAdapter: Module {
  /// `[rank, inputs]`, random at first.
  public var down: Tensor
  /// `[outputs, rank]`, zero at first, so that training begins with the layer as it was.
  public var up: Tensor
  private let scale: Float

  /// An adapter that changes nothing yet.
  ///
  /// - Parameters:
  ///   - linear: The layer.
  ///   - rank: The rank of what is added.
  ///   - alpha: `rank` times the factor of what is added.
  ///   - initializer: Where the first values come from.
  public init(_ linear: Linear, rank: Int, alpha: Float, _ initializer: inout ParameterInitializer) {
    precondition(rank > 0, "an adapter of rank \(rank)")
    let (outputs, inputs) = (linear.weight.shape.rows, linear.weight.shape.columns)
    down = initializer.normal(deviation: 1 / Float(inputs).squareRoot(), [rank, inputs])
    up = Tensor(zeros: [outputs, rank])
    scale = alpha / Float(rank)
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("down", &down)
    try visitor.visit("up", &up)
  }

  /// What is added to the layer's output: rows `[…, inputs]` to rows `[…, outputs]`.
  func callAsFunction(_ input: Tensor) -> Tensor { input.linear(down).linear(up) * scale }

  /// What is added to the layer's weight, `[outputs, inputs]`.
  var product: Tensor { up.detached.matmul(down.detached) * scale }
}

/// The layers that adapters stand at.
public enum AdapterTarget: String, Sendable, Hashable, CaseIterable {
  /// The projections of all attentions: queries, keys, values and output.
  case attention
  /// The position-wise feed-forward networks.
  case feedForward = "feed_forward"

  /// Whether a layer, by the names of the parts that it lies in, is such a layer.
  func includes(_ path: [String]) -> Bool {
    switch self {
    case .attention: path.contains("attention") || path.contains("crossAttention")
    case .feedForward: path.contains("feedForward")
    }
  }
}

extension Module {
  /// Puts adapters at the linear layers of some kinds.
  public mutating func addAdapters(
    _ targets: Set<AdapterTarget>, rank: Int, alpha: Float, _ initializer: inout ParameterInitializer
  ) {
    var visitor = AddingVisitor(targets: targets, rank: rank, alpha: alpha, initializer: initializer)
    walk(&visitor)
    initializer = visitor.initializer
  }

  /// The same module with what adapters add to weights made part of the weights, and no adapters.
  public var withAdaptersMerged: Self {
    var copy = self
    var visitor = MergingVisitor()
    copy.walk(&visitor)
    return copy
  }

  private mutating func walk(_ visitor: inout some ParameterVisitor) {
    do {
      try visitParameters(&visitor)
    } catch {
      preconditionFailure("visiting a layer failed: \(error)")
    }
  }
}

private struct AddingVisitor: ParameterVisitor {
  var path: [String] = []
  let targets: Set<AdapterTarget>
  let rank: Int
  let alpha: Float
  var initializer: ParameterInitializer

  mutating func visit(path: String, _ parameter: inout Tensor) {}

  mutating func visit(linear: inout Linear) {
    guard targets.contains(where: { $0.includes(path) }) else { return }
    linear.adapter = LowRankAdapter(linear, rank: rank, alpha: alpha, &initializer)
  }
}

private struct MergingVisitor: ParameterVisitor {
  var path: [String] = []

  mutating func visit(path: String, _ parameter: inout Tensor) {}

  mutating func visit(linear: inout Linear) {
    guard let adapter = linear.adapter else { return }
    linear.weight = linear.weight.detached + adapter.product
    linear.adapter = nil
  }
}
