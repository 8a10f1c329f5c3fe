import HeedTensor

/// The past of each live hypothesis in a cache: which slots hold the keys and values of its positions.
///
/// Hypotheses that share a beginning share its slots; when a beam is reordered, lists of numbers move, and no cache row
/// is copied.
public struct CacheHistory: Sendable {
  /// For each row, the slots of its positions, the newest last; laid end to end.
  public let slots: [Int32]
  /// Where each row's list starts, `[rows + 1]`.
  public let offsets: [Int]
  /// The number of slots that the cache must have.
  public let capacity: Int

  /// Describes the past of each row.
  public init(slots: [Int32], offsets: [Int], capacity: Int) {
    self.slots = slots
    self.offsets = offsets
    self.capacity = capacity
  }
}

/// The keys and values that one decoder layer has computed so far: a row of `2 × keyWidth` for each slot.
public struct SelfAttentionCache: Sendable {
  private var rows: Tensor?

  /// An empty cache.
  public init() {}

  /// Writes the newest keys and values into their slots, and lets each row attend to its past.
  ///
  /// - Parameters:
  ///   - projected: Queries, keys and values of the new tokens, `[rows, queryWidth + 2 × keyWidth]`.
  ///   - history: The past of each row with the new token's slot last.
  ///   - configuration: The block's heads.
  ///   - bias: Is added to the scores, by distance.
  /// - Returns: `[rows, queryWidth]`.
  mutating func attend(
    _ projected: Tensor, _ history: CacheHistory, _ configuration: BlockConfiguration, bias: RelativeBias?
  ) -> Tensor {
    reserve(history.capacity, configuration).attendGathered(
      projected, slots: history.slots, offsets: history.offsets, headCount: configuration.headCount,
      keyValueHeadCount: configuration.keyValueHeadCount, headSize: configuration.headSize,
      scale: configuration.attentionScale, bias: bias)
  }

  /// Writes the keys and values of whole sequences, `[tokens, queryWidth + 2 × keyWidth]`, a slot for each token.
  mutating func store(
    _ projected: Tensor, slots: [Int32], capacity: Int, _ configuration: BlockConfiguration
  ) {
    reserve(capacity, configuration).storeInCache(
      projected, slots: slots, headCount: configuration.headCount,
      keyValueHeadCount: configuration.keyValueHeadCount, headSize: configuration.headSize)
  }

  /// The cache with room for so many slots.
  private mutating func reserve(_ capacity: Int, _ configuration: BlockConfiguration) -> Tensor {
    if let rows, rows.shape.rows >= capacity { return rows }
    var grown = Tensor(uninitialized: [max(64, capacity * 3 / 2), 2 * configuration.keyWidth])
    if let rows { grown.copyRows(from: rows) }
    rows = grown
    return grown
  }
}
