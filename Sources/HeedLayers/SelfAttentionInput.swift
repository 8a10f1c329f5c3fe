import HeedTensor

/// What the self-attention of all layers of a stack has in common in one pass: where sequences lie, and their positions.
struct SelfAttentionInput {
  /// The rows of each sequence.
  let sequences: [Range<Int>]
  /// Rotates queries and keys, where positions are rotary.
  let rotation: Rotation?
  /// Is added to the scores, where positions are relative.
  let bias: RelativeBias?

  /// A table of angles, and the position of each row.
  struct Rotation {
    let table: RotaryTable
    let layout: RotaryLayout
    let positions: [Int32]
  }
}

/// Makes what attention needs to know of positions, from the one table that all layers of a stack share.
public struct StackPositions: Module {
  /// T5's numbers, `[buckets, heads]`, where positions are relative.
  public var relativeBias: Tensor?
  private let kind: AttentionPositions
  private let rotary: RotaryTable?

  init(_ configuration: BlockConfiguration, _ initializer: inout ParameterInitializer) {
    kind = configuration.attentionPositions
    switch kind {
    case .none:
      (relativeBias, rotary) = (nil, nil)
    case .rotary(let positions):
      relativeBias = nil
      rotary = RotaryTable(inverseFrequencies: positions.frequencies)
    case .relative(let positions):
      let deviation = 1 / Float(configuration.hiddenSize).squareRoot()
      relativeBias = initializer.normal(
        deviation: deviation, [positions.bucketCount, configuration.headCount])
      rotary = nil
    }
  }

  /// Hands each parameter to the visitor.
  public mutating func visitParameters(_ visitor: inout some ParameterVisitor) throws {
    try visitor.visit("relativeBias", &relativeBias)
  }

  /// For whole sequences, each from its own position 0.
  func input(_ sequences: [Range<Int>], isCausal: Bool) -> SelfAttentionInput {
    let longest = sequences.lazy.map(\.count).max() ?? 0
    return SelfAttentionInput(
      sequences: sequences,
      rotation: rotation { sequences.flatMap { (0..<Int32($0.count)) } },
      bias: bias(-max(0, longest - 1)...(isCausal ? 0 : max(0, longest - 1)), isCausal: isCausal))
  }

  /// For one new token of each row, behind its past.
  func input(_ history: CacheHistory) -> SelfAttentionInput {
    let lengths = zip(history.offsets, history.offsets.dropFirst()).map { $1 - $0 }
    let longest = lengths.max() ?? 1
    return SelfAttentionInput(
      sequences: [], rotation: rotation { lengths.map { Int32($0 - 1) } },
      bias: bias(-max(0, longest - 1)...0, isCausal: true))
  }

  private func rotation(_ positions: () -> [Int32]) -> SelfAttentionInput.Rotation? {
    guard case .rotary(let choice) = kind, let rotary else { return nil }
    return SelfAttentionInput.Rotation(table: rotary, layout: choice.layout, positions: positions())
  }

  private func bias(_ distances: ClosedRange<Int>, isCausal: Bool) -> RelativeBias? {
    guard case .relative(let choice) = kind, let relativeBias else { return nil }
    return RelativeBias(
      values: relativeBias.relativeBias(buckets: choice.buckets(distances, isCausal: isCausal)),
      firstDistance: distances.lowerBound)
  }
}
