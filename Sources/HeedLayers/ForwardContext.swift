import HeedTensor

/// What a forward pass needs beside its input: whether it trains, its randomness, and who is watching.
public struct ForwardContext: Sendable {
  private var random: SplitMix64?
  /// Records attention where it is wanted.
  public var recorder: AttentionRecorder?

  /// A pass without dropout.
  public static var inference: ForwardContext { ForwardContext() }

  private init() {}

  /// A pass with dropout, whose masks follow from the seed alone.
  public static func training(seed: UInt64) -> ForwardContext {
    var context = ForwardContext()
    context.random = SplitMix64(seed: seed)
    return context
  }

  /// A pass without dropout that records attention.
  public static func recording(_ recorder: AttentionRecorder) -> ForwardContext {
    var context = ForwardContext()
    context.recorder = recorder
    return context
  }

  /// The next dropout of the pass: a fresh mask while training, none otherwise.
  public mutating func dropout(_ probability: Float) -> DropoutChoice {
    guard probability > 0, var generator = random else { return .none }
    defer { random = generator }
    return DropoutChoice(probability: probability, seed: generator.next())
  }
}

/// The three places of attention in an encoder-decoder (section 3.2.3 of the paper).
public enum AttentionKind: String, Sendable, CaseIterable, Codable {
  /// Encoder tokens attend to encoder tokens.
  case encoder
  /// Decoder tokens attend to earlier decoder tokens.
  case decoder
  /// Decoder tokens attend to encoder tokens.
  case cross
}

/// Remembers the queries and keys of a pass, so that any head's weights can be computed when they are asked for.
public final class AttentionRecorder: @unchecked Sendable {
  // Unchecked: one forward pass on one thread fills it, and it is read afterwards.
  private struct Place: Hashable {
    let kind: AttentionKind
    let layer: Int
  }
  private struct Record {
    let queries, keys: ProjectedColumns
    let layout: AttentionLayout
    let scale: Float
    let bias: RelativeBias?
  }
  private var records: [Place: Record] = [:]

  /// A recorder with nothing in it.
  public init() {}

  func record(
    _ kind: AttentionKind, layer: Int, queries: ProjectedColumns, keys: ProjectedColumns,
    _ layout: AttentionLayout, scale: Float, bias: RelativeBias?
  ) {
    records[Place(kind: kind, layer: layer)] = Record(
      queries: queries, keys: keys, layout: layout, scale: scale, bias: bias)
  }

  /// The number of layers that were recorded.
  public func layerCount(_ kind: AttentionKind) -> Int { records.keys.count { $0.kind == kind } }

  /// The number of heads of a layer; 0 if it was not recorded.
  public func headCount(_ kind: AttentionKind, layer: Int) -> Int {
    records[Place(kind: kind, layer: layer)]?.layout.headCount ?? 0
  }

  /// The attention weights of one head, `[queries, keys]`: each row sums to one. Nil if the layer was not recorded.
  public func weights(_ kind: AttentionKind, layer: Int, head: Int, sequence: Int) -> Tensor? {
    records[Place(kind: kind, layer: layer)].map {
      attentionWeights(
        queries: $0.queries, keys: $0.keys, $0.layout, scale: $0.scale, bias: $0.bias,
        sequence: sequence, head: head)
    }
  }
}
