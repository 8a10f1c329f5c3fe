import HeedTensor
import TestSupport

/// Positions, gates, and what makes one row of many.
enum PositionAndPoolingCases {
  static let all: [GradientCase] = rotations() + biases() + gates() + pooling()

  static func rotations() -> [GradientCase] {
    let x = normalValues([5, 22], seed: 61)
    let positions: [Int32] = [0, 1, 70, 3, 1]
    let table = RotaryTable(inverseFrequencies: [1, 0.25, 0.0625], attentionFactor: 1.5)
    return RotaryLayout.allCases.flatMap { layout in
      [
        GradientCase("rotated, \(layout)", [x]) {
          $0[0].rotated(headCount: 3, headSize: 6, positions: positions, table: table, layout: layout)
        },
        GradientCase("rotated in part, \(layout)", [x]) {
          $0[0].rotated(headCount: 2, headSize: 9, positions: positions, table: table, layout: layout)
        },
      ]
    }
  }

  static func biases() -> [GradientCase] {
    let table = normalValues([4, 3], seed: 62)
    return [
      GradientCase("relativeBias", [table]) { $0[0].relativeBias(buckets: [0, 1, 1, 3, 1, 0, 3]) },
      GradientCase("relativeBias, one distance", [table]) { $0[0].relativeBias(buckets: [2]) },
    ]
  }

  static func gates() -> [GradientCase] {
    let x = GradientCases.awayFromZero([5, 14], seed: 63)
    return Activation.allCases.map { activation in
      GradientCase("gated, \(activation)", [x]) { $0[0].gated(activation) }
    }
  }

  static func pooling() -> [GradientCase] {
    let x = normalValues([9, 5], seed: 64)
    return [
      GradientCase("rows", [x]) { $0[0].rows([0, 8, 3, 3, 0]) },
      GradientCase("meanOfRows", [x]) { $0[0].meanOfRows([0..<4, 4..<5, 5..<9]) },
      GradientCase("meanOfRows, in common, empty", [x]) { $0[0].meanOfRows([2..<7, 3..<3, 0..<9, 6..<8]) },
      GradientCase("normalizedToUnitLength", [x]) { $0[0].normalizedToUnitLength() },
      GradientCase("normalizedToUnitLength, short rows", [x]) { $0[0].normalizedToUnitLength(epsilon: 100) },
      GradientCase("normalizedToUnitLength of means", [x]) {
        $0[0].meanOfRows([0..<4, 4..<9]).normalizedToUnitLength()
      },
    ]
  }
}
