import HeedLayers
import HeedTensor
import Synchronization

/// What is done to looked-up tokens before the first layer: positions and segments are added, the sum is normalised,
/// and some of it is dropped.
///
/// The table of words is not here, because it may be shared: by source and target, and with the output projection.
public struct TokenEmbedding: Module {
  /// A row for each position, `[positions, hidden]`, where they are learned.
  public var positions: Tensor?
  /// A row for each kind of segment, `[segments, hidden]`.
  public var segments: Tensor?
  /// The norm of the sum.
  public var norm: Norm?
  private let sinusoids: SinusoidTable?
  private let configuration: TransformerConfiguration
  private let dropout: Float

  init(
    _ configuration: TransformerConfiguration, _ block: BlockConfiguration,
    _ initializer: inout ParameterInitializer
  ) {
    let hidden = block.hiddenSize
    let deviation = 1 / Float(hidden).squareRoot()
    switch configuration.positions {
    case .none:
      sinusoids = nil
    case .sinusoidal(let layout):
      // Most sentences are shorter; the table grows for others.
      let length = min(configuration.maximumPositions, 96) + configuration.firstPosition
      sinusoids = SinusoidTable(layout, length: length, hiddenSize: hidden)
    case .learned:
      sinusoids = nil
      let length = configuration.maximumPositions + configuration.firstPosition
      positions = initializer.normal(deviation: deviation, [length, hidden])
    }
    if configuration.segmentCount > 0 {
      segments = initializer.normal(deviation: deviation, [configuration.segmentCount, hidden])
    }
    if configuration.normalizesEmbeddings { norm = block.norm }
    self.configuration = configuration
    dropout = block.dropout
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("positions", &positions)
    try visitor.visit("segments", &segments)
    try visitor.visit("norm", &norm)
  }

  /// The first layer's input.
  ///
  /// - Parameters:
  ///   - ids: The tokens.
  ///   - table: Where they are looked up, `[vocabulary, hidden]`.
  ///   - places: The position of each token, counted from 0.
  ///   - segmentIDs: The segment of each token; all 0 if nil.
  ///   - context: Training or inference.
  /// - Returns: `[tokens, hidden]`.
  func callAsFunction(
    _ ids: [Int32], in table: Tensor, places: [Int32], segmentIDs: [Int32]? = nil,
    _ context: inout ForwardContext
  ) -> Tensor {
    let rows = places.map { $0 + Int32(configuration.firstPosition) }
    var embedded = table.embedding(
      of: ids, scale: configuration.embeddingScale, positions: positionTable(reaching: rows),
      positionIDs: configuration.positions == .none ? [] : rows)
    if let segments {
      embedded = embedded + segments.embedding(of: segmentIDs ?? Array(repeating: 0, count: ids.count))
    }
    if let norm { embedded = norm(embedded) }
    let choice = context.dropout(dropout)
    return embedded.dropout(choice.probability, seed: choice.seed)
  }

  private func positionTable(reaching rows: [Int32]) -> Tensor? {
    sinusoids?.rows(atLeast: Int(rows.max() ?? 0) + 1) ?? positions
  }
}

/// The table of sinusoids, which grows with the longest sequence that was asked for. Copies of a model share it.
private final class SinusoidTable: Sendable {
  private let layout: SinusoidalPositions
  private let hiddenSize: Int
  private let known: Mutex<Tensor>

  init(_ layout: SinusoidalPositions, length: Int, hiddenSize: Int) {
    self.layout = layout
    self.hiddenSize = hiddenSize
    known = Mutex(layout.table(length: length, hiddenSize: hiddenSize))
  }

  func rows(atLeast count: Int) -> Tensor {
    known.withLock { known in
      if known.shape.rows < count {
        known = layout.table(length: max(count, known.shape.rows * 2), hiddenSize: hiddenSize)
      }
      return known
    }
  }
}
