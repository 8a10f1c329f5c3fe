import HeedLayers

/// Which of a model's parameters are trained, and at which share of the learning rate.
public struct TrainingScope: Sendable, Hashable {
  /// Matrices of low rank that are trained beside weights which stay as they are.
  ///
  /// Queries, keys and values are one layer here, so they share the matrix that goes down to the rank; Hu et al. (2022) give
  /// each of them its own.
  public struct Adapters: Sendable, Hashable {
    /// The rank.
    public var rank: Int
    /// The rank times the factor of what is added.
    public var alpha: Float
    /// Where they stand.
    public var targets: Set<AdapterTarget>

    /// Adapters of a rank, at some layers.
    public init(rank: Int, alpha: Float, targets: Set<AdapterTarget>) {
      self.rank = rank
      self.alpha = alpha
      self.targets = targets
    }
  }

  /// Parts that stay as they are: the beginnings of their parameters' paths, such as `embedding` or `encoder.blocks.0`.
  public var frozen: [String] = []
  /// Adapters; where there are some, nothing else is trained but heads.
  public var adapters: Adapters?
  /// The learning rate of a layer over that of the layer above it; 1 for one rate everywhere (Howard and Ruder 2018,
  /// "Universal Language Model Fine-tuning", section 3.2, "discriminative fine-tuning").
  public var layerDecay = 1.0

  /// Everything, at one rate.
  public init() {}

  /// What a task ends with is learned whatever stays as it is: most often it is new.
  private static let heads = ["classifier", "tokenHead", "maskedHead", "nextSentenceHead", "pooler"]

  /// Whether a parameter is trained.
  func trains(_ path: String) -> Bool {
    // Adapters stand at parts that stay as they are: that is what they are for.
    if path.contains(".adapter.") { return true }
    if frozen.contains(where: { Self.lies(path, in: $0) }) { return false }
    return adapters == nil || Self.heads.contains { Self.lies(path, in: $0) }
  }

  /// Whether a path is a part's, or lies in it.
  static func lies(_ path: String, in part: String) -> Bool { path == part || path.hasPrefix(part + ".") }

  /// What the rate of each parameter is multiplied by; nil where all have the same.
  func rateFactors(_ entries: [ParameterArena.Entry]) -> [Double]? {
    guard layerDecay != 1 else { return nil }
    let depths = entries.map { Self.depth($0.path) }
    // What stands above all layers, such as a head.
    let top = (depths.compactMap { $0 }.max() ?? 0) + 1
    return depths.map { depth in
      (0..<top - (depth ?? top)).reduce(1.0) { factor, _ in factor * layerDecay }
    }
  }

  /// 0 for embeddings, 1 for the first layer, and so on; nil for what stands above the layers.
  private static func depth(_ path: String) -> Int? {
    let parts = path.split(separator: ".")
    if let place = parts.firstIndex(of: "blocks"), place + 1 < parts.count, let layer = Int(parts[place + 1])
    {
      return layer + 1
    }
    let first = parts.first ?? ""
    return ["embedding", "targetEmbedding", "input", "sourceInput", "targetInput"].contains(first) ? 0 : nil
  }
}
