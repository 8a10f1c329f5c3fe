import HeedTensor
import TestSupport

/// The ways in which queries, keys and values can lie in tensors and sequences.
enum AttentionCases {
  static let all: [GradientCase] =
    packed() + long() + crossing() + placed() + shared() + grouped() + biased()

  /// Sequences of 5, 1, 7 and 2 tokens.
  static let ragged: [Range<Int>] = [0..<5, 5..<6, 6..<13, 13..<15]

  static func layout(
    _ queries: [Range<Int>], _ keys: [Range<Int>]? = nil, heads: Int = 2, keyValueHeads: Int? = nil,
    headSize: Int = 3, isCausal: Bool = false
  ) -> AttentionLayout {
    AttentionLayout(
      queryRanges: queries, keyRanges: keys ?? queries, headCount: heads, keyValueHeadCount: keyValueHeads,
      headSize: headSize, isCausal: isCausal)
  }

  /// Queries, keys and values in one projection.
  static func selfAttention(
    _ x: Tensor, _ layout: AttentionLayout, bias: RelativeBias? = nil, dropout: DropoutChoice = .none
  ) -> Tensor {
    let width = layout.headCount * layout.headSize
    let keyWidth = layout.keyValueHeadCount * layout.headSize
    return attention(
      queries: x.columns(from: 0), keys: x.columns(from: width), values: x.columns(from: width + keyWidth),
      layout, scale: 0.6, bias: bias, dropout: dropout)
  }

  static func packed() -> [GradientCase] {
    let x = normalValues([15, 18], seed: 31)
    let dropout = DropoutChoice(probability: 0.3, seed: 5)
    return [
      GradientCase("attention", [x]) { selfAttention($0[0], layout(ragged)) },
      GradientCase("attention, causal", [x]) { selfAttention($0[0], layout(ragged, isCausal: true)) },
      GradientCase("attention, dropout", [x]) { selfAttention($0[0], layout(ragged), dropout: dropout) },
      GradientCase("attention, causal, dropout", [x]) {
        selfAttention($0[0], layout(ragged, isCausal: true), dropout: dropout)
      },
      GradientCase("attention, one token", [normalValues([1, 12], seed: 32)]) {
        selfAttention($0[0], layout([0..<1], heads: 1, headSize: 4))
      },
    ]
  }

  /// Longer than a tile of 64 queries and 64 keys.
  static func long() -> [GradientCase] {
    [false, true].flatMap { isCausal in
      [0, 0.3].map { (probability: Float) in
        let dropout = DropoutChoice(probability: probability, seed: 6)
        let name = "attention, tiles, \(isCausal ? "causal" : "full"), dropout \(probability)"
        return GradientCase(name, [normalValues([133, 15], seed: 33)], step: 1e-2) {
          selfAttention(
            $0[0], layout([0..<131, 131..<133], heads: 1, headSize: 5, isCausal: isCausal), dropout: dropout)
        }
      }
    }
  }

  /// Queries of 6 columns, and keys and values beside one another.
  static func cross(_ inputs: [Tensor], _ layout: AttentionLayout) -> Tensor {
    attention(
      queries: inputs[0].columns(from: 0), keys: inputs[1].columns(from: 0),
      values: inputs[1].columns(from: 6),
      layout, scale: 0.6)
  }

  static func crossing() -> [GradientCase] {
    let (x, memory) = (normalValues([10, 6], seed: 34), normalValues([13, 12], seed: 35))
    let (targets, sources) = ([0..<1, 1..<4, 4..<10], [0..<5, 5..<12, 12..<13])
    return [
      GradientCase("attention, cross", [x, memory]) { cross($0, layout(targets, sources)) },
      // The last sequence has more queries than keys, so its first five queries see nothing.
      GradientCase("attention, cross, causal", [x, memory]) {
        cross($0, layout(targets, sources, isCausal: true))
      },
      GradientCase("attention, cross, an empty source", [x, memory]) {
        cross($0, layout(targets, [0..<5, 5..<5, 5..<13]))
      },
      // As when several hypotheses attend to one source.
      GradientCase("attention, cross, sources in common", [x, memory]) {
        cross($0, layout(targets, [0..<13, 0..<13, 3..<9]))
      },
      GradientCase("attention, cross, sources out of order", [x, memory]) {
        cross($0, layout(targets, [12..<13, 5..<12, 0..<5]))
      },
    ]
  }

  /// Columns that lie somewhere in wide tensors, with rows that belong to no sequence's keys.
  static func placed() -> [GradientCase] {
    let parts = [
      normalValues([6, 9], seed: 36), normalValues([9, 8], seed: 37), normalValues([9, 11], seed: 38),
    ]
    return [
      GradientCase("attention, placed", parts) {
        attention(
          queries: $0[0].columns(from: 2), keys: $0[1].columns(from: 1), values: $0[2].columns(from: 4),
          layout([0..<4, 4..<6], [1..<3, 4..<8]), scale: 0.6)
      }
    ]
  }

  /// Several heads of queries for each head of keys and values.
  static func grouped() -> [GradientCase] {
    let dropout = DropoutChoice(probability: 0.3, seed: 7)
    let (x, memory) = (normalValues([10, 12], seed: 43), normalValues([13, 6], seed: 44))
    let wide = layout([0..<1, 1..<4, 4..<10], [0..<13, 0..<13, 3..<9], heads: 4, keyValueHeads: 1)
    return [
      GradientCase("attention, groups", [normalValues([15, 24], seed: 45)]) {
        selfAttention($0[0], layout(ragged, heads: 4, keyValueHeads: 2))
      },
      GradientCase("attention, groups, causal, dropout", [normalValues([15, 24], seed: 46)]) {
        selfAttention($0[0], layout(ragged, heads: 6, keyValueHeads: 1, isCausal: true), dropout: dropout)
      },
      GradientCase("attention, groups, cross, sources in common", [x, memory]) {
        attention(
          queries: $0[0].columns(from: 0), keys: $0[1].columns(from: 0), values: $0[1].columns(from: 3), wide,
          scale: 0.6)
      },
      GradientCase("attention, groups, one tensor for all", [normalValues([7, 12], seed: 47)]) {
        // Queries, keys and values of different heads in the same columns.
        attention(
          queries: $0[0].columns(from: 0), keys: $0[0].columns(from: 0), values: $0[0].columns(from: 4),
          layout([0..<3, 3..<7], heads: 4, keyValueHeads: 2), scale: 0.6)
      },
    ]
  }

  static func bias(_ values: Tensor, from first: Int) -> RelativeBias {
    RelativeBias(values: values, firstDistance: first)
  }

  static func biased() -> [GradientCase] {
    let x = normalValues([15, 18], seed: 48)
    // The longest sequence has 7 tokens: a table of just its distances, and larger ones.
    let (exact, wide) = (normalValues([2, 13], seed: 49), normalValues([2, 16], seed: 50))
    let (past, table) = (normalValues([2, 7], seed: 51), normalValues([5, 2], seed: 52))
    let buckets = (-6...6).map { Int32(min(4, abs($0) / 2 + ($0 > 0 ? 1 : 0))) }
    let dropout = DropoutChoice(probability: 0.3, seed: 8)
    return [
      GradientCase("attention, bias", [x, exact]) {
        selfAttention($0[0], layout(ragged), bias: bias($0[1], from: -6))
      },
      GradientCase("attention, bias, wide", [x, wide]) {
        selfAttention($0[0], layout(ragged), bias: bias($0[1], from: -8), dropout: dropout)
      },
      GradientCase("attention, bias, causal", [x, past]) {
        selfAttention($0[0], layout(ragged, isCausal: true), bias: bias($0[1], from: -6), dropout: dropout)
      },
      GradientCase(
        "attention, bias, groups", [normalValues([15, 24], seed: 53), normalValues([4, 13], seed: 54)]
      ) {
        selfAttention($0[0], layout(ragged, heads: 4, keyValueHeads: 2), bias: bias($0[1], from: -6))
      },
      GradientCase(
        "attention, bias, cross, causal",
        [normalValues([10, 6], seed: 55), normalValues([13, 12], seed: 56), past]
      ) {
        // The last sequence has more queries than keys; one has no keys at all.
        attention(
          queries: $0[0].columns(from: 0), keys: $0[1].columns(from: 0), values: $0[1].columns(from: 6),
          layout([0..<1, 1..<4, 4..<6, 6..<10], [0..<5, 5..<12, 12..<12, 12..<13], isCausal: true),
          scale: 0.6, bias: bias($0[2], from: -6))
      },
      GradientCase("attention, bias, buckets", [x, table]) {
        selfAttention($0[0], layout(ragged), bias: bias($0[1].relativeBias(buckets: buckets), from: -6))
      },
      GradientCase(
        "attention, bias, tiles", [normalValues([133, 15], seed: 57), normalValues([1, 261], seed: 58)],
        step: 1e-2
      ) {
        selfAttention(
          $0[0], layout([0..<131, 131..<133], heads: 1, headSize: 5), bias: bias($0[1], from: -130))
      },
    ]
  }

  static func attend(_ queries: Tensor, _ keys: Tensor, _ values: Tensor) -> Tensor {
    attention(
      queries: queries.columns(from: 0), keys: keys.columns(from: 0), values: values.columns(from: 0),
      layout([0..<3, 3..<7]), scale: 0.6)
  }

  /// One tensor in several parts.
  static func shared() -> [GradientCase] {
    let (x, y) = (normalValues([7, 6], seed: 39), normalValues([7, 6], seed: 40))
    return [
      GradientCase("attention, one tensor for all", [x]) { attend($0[0], $0[0], $0[0]) },
      GradientCase("attention, keys are values", [x, y]) { attend($0[0], $0[1], $0[1]) },
      GradientCase("attention, queries are values", [x, y]) { attend($0[0], $0[1], $0[0]) },
      GradientCase("attention, queries are keys", [x, y]) { attend($0[0], $0[0], $0[1]) },
      // The constant has the storage of the input, and no part in the gradient.
      GradientCase("attention, constant keys of the same storage", [x, y]) { attend($0[0], x, $0[1]) },
      GradientCase("attention, constant values of the same storage", [x, y]) { attend($0[0], $0[1], y) },
      GradientCase("attention, the next rows are the keys", [normalValues([12, 18], seed: 41)]) {
        attention(
          queries: $0[0].columns(from: 0), keys: $0[0].columns(from: 6), values: $0[0].columns(from: 12),
          layout([0..<5, 5..<9, 9..<12], [5..<9, 9..<12, 0..<5]), scale: 0.6)
      },
      GradientCase("attention, reshaped storage", [normalValues([6, 12], seed: 42)]) {
        let memory = $0[0].reshaped(to: [12, 6])
        return attention(
          queries: $0[0].columns(from: 3), keys: memory.columns(from: 0), values: memory.columns(from: 0),
          layout([0..<2, 2..<6], [0..<4, 4..<12]), scale: 0.6)
      },
    ]
  }
}
