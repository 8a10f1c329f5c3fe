import HeedTensor

/// What one attention of a pass read and gave: enough to compute any head's weights again.
struct AttentionRecord {
  let queries, keys, values: ProjectedColumns
  let layout: AttentionLayout
  let scale: Float
  let bias: RelativeBias?
  /// What the attention gave, `[tokens, hidden]`: behind the projection that joins its heads, where it has several.
  let output: Tensor
  /// v of an additive attention, `[headSize]`; nil where queries and keys are multiplied.
  var additive: Tensor?

  /// The weights of one head, `[rows, keys]`.
  func weights(head: Int, sequence: Int, rows: Range<Int>?) -> Tensor {
    guard let additive else {
      return attentionWeights(
        queries: queries, keys: keys, layout, scale: scale, bias: bias, sequence: sequence, head: head,
        rows: rows)
    }
    let all = layout.queryRanges[sequence]
    let rows = rows ?? 0..<all.count
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= all.count, "queries \(rows) of a sequence of \(all.count)")
    let found = queries.vectors(
      ofHead: head, size: layout.headSize,
      rows: all.lowerBound + rows.lowerBound..<all.lowerBound + rows.upperBound)
    let compared = keys.vectors(ofHead: head, size: layout.headSize, rows: layout.keyRanges[sequence])
    return additiveAttentionWeights(
      queries: found, keys: compared, vector: additive.detached, queryRanges: [0..<rows.count],
      keyRanges: [0..<compared.shape.rows], sequence: 0)
  }
}

/// Remembers the queries, keys and values of a pass, so that any head's weights can be computed when they are asked for.
public final class AttentionRecorder: @unchecked Sendable {
  // Unchecked: one forward pass on one thread fills it, and it is only read afterwards.
  private struct Place: Hashable {
    let kind: AttentionKind
    let layer: Int
  }
  private var records: [Place: AttentionRecord] = [:]
  private let wants: @Sendable (AttentionKind, Int) -> Bool

  /// A recorder with nothing in it.
  ///
  /// - Parameter wants: Which layers of which attention it keeps: with long inputs, all of them take much memory.
  public init(_ wants: @escaping @Sendable (AttentionKind, Int) -> Bool = { _, _ in true }) {
    self.wants = wants
  }

  func record(_ kind: AttentionKind, layer: Int, _ record: () -> AttentionRecord) {
    guard wants(kind, layer) else { return }
    records[Place(kind: kind, layer: layer)] = record()
  }

  /// The number of layers that were recorded.
  public func layerCount(_ kind: AttentionKind) -> Int { records.keys.count { $0.kind == kind } }

  /// The layers that were recorded, in their order.
  public func layers(_ kind: AttentionKind) -> [Int] {
    records.keys.filter { $0.kind == kind }.map(\.layer).sorted()
  }

  /// The number of heads of a layer; 0 if it was not recorded.
  public func headCount(_ kind: AttentionKind, layer: Int) -> Int {
    records[Place(kind: kind, layer: layer)]?.layout.headCount ?? 0
  }

  /// The width of a head's queries, keys and values; nil if the layer was not recorded.
  public func headSize(_ kind: AttentionKind, layer: Int) -> Int? {
    records[Place(kind: kind, layer: layer)]?.layout.headSize
  }

  /// The attention weights of one head.
  ///
  /// - Parameters:
  ///   - kind: Which attention.
  ///   - layer: Which layer, counted from 0.
  ///   - head: Which head, counted from 0.
  ///   - sequence: Which sequence of the batch.
  ///   - rows: The queries whose weights are wanted, counted in the sequence; nil for all of them.
  /// - Returns: `[rows, keys]`, each row of which sums to one. Nil if the layer was not recorded.
  public func weights(
    _ kind: AttentionKind, layer: Int, head: Int, sequence: Int, rows: Range<Int>? = nil
  ) -> Tensor? {
    records[Place(kind: kind, layer: layer)].map { $0.weights(head: head, sequence: sequence, rows: rows) }
  }

  /// The queries, keys and values of one head. Nil if the layer was not recorded.
  public func vectors(_ kind: AttentionKind, layer: Int, head: Int, sequence: Int) -> HeadVectors? {
    records[Place(kind: kind, layer: layer)].map { HeadVectors($0, head: head, sequence: sequence) }
  }

  /// What an attention gave to the residual sum, `[queries, hidden]`: its heads joined, bias included; of a recurrent or
  /// convolutional model the weighted values themselves. Nil if the layer was not recorded.
  public func output(_ kind: AttentionKind, layer: Int, sequence: Int) -> Tensor? {
    records[Place(kind: kind, layer: layer)].map {
      $0.output.detached.rows(Array($0.layout.queryRanges[sequence]))
    }
  }
}

/// The queries, keys and values of one head for one sequence: Q, K and V of softmax(Q Kᵀ / √d_k) V, or, where attention is
/// additive, of softmax(v · tanh(q + k)) V.
public struct HeadVectors: Sendable {
  /// `[queries, headSize]`; where positions are rotary, after the rotation.
  public let queries: Tensor
  /// `[keys, headSize]`; where positions are rotary, after the rotation.
  public let keys: Tensor
  /// `[keys, headSize]`.
  public let values: Tensor
  /// The factor of the products: 1/√d_k, or 1 in T5.
  public let scale: Float
  /// v of an additive attention (Bahdanau et al. 2015), which compares a query and a key by v · tanh(q + k); nil where they
  /// are multiplied.
  public let additive: [Float]?
  /// Whether a query sees only keys up to its own place.
  public let isCausal: Bool
  /// What is added to the scaled products, by distance from query to key; nil where nothing is.
  public let bias: [Float]?
  /// The distance of the first of `bias`.
  public let firstDistance: Int

  init(_ record: AttentionRecord, head: Int, sequence: Int) {
    let layout = record.layout
    let keyHead = head / (layout.headCount / layout.keyValueHeadCount)
    let (size, keyRows) = (layout.headSize, layout.keyRanges[sequence])
    queries = record.queries.vectors(ofHead: head, size: size, rows: layout.queryRanges[sequence])
    keys = record.keys.vectors(ofHead: keyHead, size: size, rows: keyRows)
    values = record.values.vectors(ofHead: keyHead, size: size, rows: keyRows)
    scale = record.scale
    additive = record.additive?.detached.scalars
    isCausal = layout.isCausal
    bias = record.bias.map { bias in
      let columns = bias.values.shape.columns
      return Array(bias.values.detached.scalars[head * columns..<(head + 1) * columns])
    }
    firstDistance = record.bias?.firstDistance ?? 0
  }

  /// What is added to the scaled product of a query and a key.
  public func bias(query: Int, key: Int) -> Float {
    guard let bias else { return 0 }
    let distance = key - query - (isCausal ? keys.shape.rows - queries.shape.rows : 0) - firstDistance
    return bias.indices.contains(distance) ? bias[distance] : 0
  }

  /// What each query's row of weights makes of the values.
  ///
  /// - Parameter weights: `[queries, keys]`.
  /// - Returns: `[queries, headSize]`.
  public func attended(_ weights: Tensor) -> Tensor { weights.matmul(values) }
}
