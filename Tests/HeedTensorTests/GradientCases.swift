import HeedTensor
import TestSupport

/// Every operation that has a gradient, on small inputs of awkward sizes.
enum GradientCases {
  static let all: [GradientCase] =
    arithmetic() + activations() + products() + linears() + linearActivations() + rows() + norms()
    + embeddings() + PositionAndPoolingCases.all
    + AttentionCases.all + crossEntropies() + SequenceCases.all

  /// Normally distributed values without those near zero, where a ReLU has no derivative.
  static func awayFromZero(_ shape: Shape, seed: UInt64) -> Tensor {
    Tensor(normalValues(shape, seed: seed).scalars.map { $0 < 0 ? $0 - 0.1 : $0 + 0.1 }, shape)
  }

  /// Positive values, all well above zero.
  static func positive(_ shape: Shape, seed: UInt64) -> Tensor {
    Tensor(normalValues(shape, seed: seed).scalars.map { 0.5 + abs($0) }, shape)
  }

  static func arithmetic() -> [GradientCase] {
    let (a, b) = (normalValues([3, 5], seed: 1), normalValues([3, 5], seed: 2))
    var cases: [GradientCase] = []
    cases.append(GradientCase("+", [a, b]) { $0[0] + $0[1] })
    cases.append(GradientCase("-", [a, b]) { $0[0] - $0[1] })
    cases.append(GradientCase("*", [a, b]) { $0[0] * $0[1] })
    cases.append(GradientCase("+ of one tensor", [a]) { $0[0] + $0[0] })
    cases.append(GradientCase("* of one tensor", [a]) { $0[0] * $0[0] })
    cases.append(GradientCase("scaled", [a]) { $0[0] * -1.75 })
    cases.append(GradientCase("sum", [a]) { $0[0].sum() })
    cases.append(GradientCase("reshaped", [a]) { $0[0].reshaped(to: [5, 3]) * $0[0].reshaped(to: [5, 3]) })
    cases.append(GradientCase("dropout", [a]) { $0[0].dropout(0.4, seed: 7) })
    cases.append(GradientCase("dropout 0", [a]) { $0[0].dropout(0, seed: 7) * 2 })
    cases.append(GradientCase("adding", [a, b]) { $0[0].adding($0[1], dropout: .none) })
    cases.append(
      GradientCase("adding, dropout", [a, b]) {
        $0[0].adding($0[1], dropout: DropoutChoice(probability: 0.3, seed: 11))
      })
    return cases
  }

  static func activations() -> [GradientCase] {
    let x = awayFromZero([4, 7], seed: 3)
    return Activation.allCases.map { activation in
      GradientCase("activated, \(activation)", [x]) { $0[0].activated(activation) * 1 }
    }
  }

  static func products() -> [GradientCase] {
    let shapes: [(Shape, Shape)] = [
      ([1, 1], [1, 1]), ([3, 5], [5, 4]), ([2, 3, 4], [4, 5]), ([29, 20], [20, 17]), ([130, 3], [3, 2]),
      // A right factor that is multiplied in place.
      ([5, 20], [20, 32]),
    ]
    var cases = shapes.map { left, right in
      GradientCase("matmul \(left) \(right)", [normalValues(left, seed: 4), normalValues(right, seed: 5)]) {
        $0[0].matmul($0[1])
      }
    }
    cases.append(
      GradientCase("matmul of one tensor", [normalValues([4, 4], seed: 6)]) { $0[0].matmul($0[0]) })
    return cases
  }

  static func linears() -> [GradientCase] {
    let shapes: [(Shape, Shape)] = [
      ([1, 1], [1, 1]), ([7, 5], [4, 5]), ([2, 3, 4], [5, 4]), ([29, 20], [17, 20]),
    ]
    var cases: [GradientCase] = []
    for (input, weight) in shapes {
      let inputs = [
        normalValues(input, seed: 7), normalValues(weight, seed: 8), normalValues([weight[0]], seed: 9),
      ]
      cases.append(
        GradientCase("linear \(input) \(weight), bias", inputs) { $0[0].linear($0[1], bias: $0[2]) })
      cases.append(GradientCase("linear \(input) \(weight)", Array(inputs.prefix(2))) { $0[0].linear($0[1]) })
    }
    return cases
  }

  /// The sums before the activation are kept away from zero: by signs of whole rows without a bias, by a large bias.
  static func linearActivations() -> [GradientCase] {
    let x = positive([6, 5], seed: 10)
    let magnitudes = positive([4, 5], seed: 11).scalars
    let signed = Tensor(
      magnitudes.enumerated().map { $0.offset / 5 % 2 == 0 ? $0.element : -$0.element }, [4, 5])
    let small = normalValues([4, 5], seed: 12, deviation: 0.1)
    let bias = Tensor([2, -2, 1.5, -1.5], [4])
    return Activation.allCases.flatMap { activation in
      [
        GradientCase("linear, \(activation)", [x * 0.3, signed]) {
          $0[0].linear($0[1], activation: activation)
        },
        GradientCase("linear, bias, \(activation)", [x, small, bias]) {
          $0[0].linear($0[1], bias: $0[2], activation: activation)
        },
      ]
    }
  }

  static func rows() -> [GradientCase] {
    [
      GradientCase("softmax", [normalValues([5, 7], seed: 13)]) { $0[0].softmax() },
      GradientCase("softmax, one column", [normalValues([5, 1], seed: 13)]) { $0[0].softmax() },
      GradientCase("softmax, long", [normalValues([2, 70], seed: 14)], step: 1e-2) { $0[0].softmax() },
    ]
  }

  static func norms() -> [GradientCase] {
    // More rows than the chunk of 64 in which the gradients of gain and bias are summed.
    let shapes: [Shape] = [[5, 9], [2, 3, 4], [70, 5]]
    return NormKind.allCases.flatMap { kind in shapes.flatMap { norms(kind, $0) } }
  }

  static func norms(_ kind: NormKind, _ shape: Shape) -> [GradientCase] {
    let (x, y) = (normalValues(shape, seed: 15), normalValues(shape, seed: 16))
    let (gain, bias) = (normalValues([shape.columns], seed: 17), normalValues([shape.columns], seed: 18))
    let dropout = DropoutChoice(probability: 0.25, seed: 19)
    let name = "normalized \(kind) \(shape)"
    return [
      GradientCase("\(name)", [x, gain]) { $0[0].normalized(kind, gain: $0[1], bias: nil, epsilon: 0.1) },
      GradientCase("\(name), bias", [x, gain, bias]) {
        $0[0].normalized(kind, gain: $0[1], bias: $0[2], epsilon: 0.1)
      },
      GradientCase("\(name), residual, bias", [x, gain, bias, y]) {
        $0[0].normalized(kind, adding: $0[3], dropout: .none, gain: $0[1], bias: $0[2], epsilon: 0.1)
      },
      GradientCase("\(name), residual, dropout", [x, gain, y]) {
        $0[0].normalized(kind, adding: $0[2], dropout: dropout, gain: $0[1], bias: nil, epsilon: 0.1)
      },
      GradientCase("\(name), residual, bias, dropout", [x, gain, bias, y]) {
        $0[0].normalized(kind, adding: $0[3], dropout: dropout, gain: $0[1], bias: $0[2], epsilon: 0.1)
      },
    ]
  }

  static func embeddings() -> [GradientCase] {
    let (table, positions) = (normalValues([6, 5], seed: 20), normalValues([4, 5], seed: 21))
    let ids: [Int32] = [5, 0, 3, 3, 5, 5, 1]
    let places: [Int32] = [0, 1, 2, 0, 1, 2, 3]
    let constant = normalValues([4, 5], seed: 22)
    return [
      GradientCase("embedding", [table]) { $0[0].embedding(of: ids) },
      GradientCase("embedding, scaled", [table]) { $0[0].embedding(of: ids, scale: 2.5) },
      GradientCase("embedding, constant positions", [table]) {
        $0[0].embedding(of: ids, scale: 2.5, positions: constant, positionIDs: places)
      },
      GradientCase("embedding, trained positions", [table, positions]) {
        $0[0].embedding(of: ids, scale: 2.5, positions: $0[1], positionIDs: places)
      },
    ]
  }

  static func crossEntropies() -> [GradientCase] {
    let (hidden, table) = (normalValues([9, 4], seed: 23), normalValues([7, 4], seed: 24))
    let bias = normalValues([7], seed: 25)
    let labels: [Int32] = [0, 6, 3, -1, 2, 2, -100, 5, 1]
    var cases: [GradientCase] = []
    for smoothing: Float in [0, 0.1] {
      cases.append(
        GradientCase("projectedCrossEntropy, smoothing \(smoothing)", [hidden, table], step: 1e-2) {
          $0[0].projectedCrossEntropy($0[1], labels: labels, smoothing: smoothing, scale: 1).loss
        })
      cases.append(
        GradientCase(
          "projectedCrossEntropy, bias, smoothing \(smoothing)", [hidden, table, bias], step: 1e-2
        ) {
          $0[0].projectedCrossEntropy($0[1], bias: $0[2], labels: labels, smoothing: smoothing, scale: 0.25)
            .loss
        })
    }
    cases.append(
      GradientCase("projectedCrossEntropy, no label counts", [hidden, table]) {
        $0[0].projectedCrossEntropy(
          $0[1], labels: [Int32](repeating: -1, count: 9), smoothing: 0.1, scale: 1
        ).loss
      })
    cases.append(
      GradientCase("projectedCrossEntropy, scale 0", [hidden, table]) {
        $0[0].projectedCrossEntropy($0[1], labels: labels, smoothing: 0.1, scale: 0).loss
      })
    // Three chunks of 256 rows, the last of 8. The loss is one float for all of them, hence the long step.
    let many = (0..<520).map { Int32($0 % 9 == 4 ? -1 : $0 * 5 % 7) }
    cases.append(
      GradientCase("projectedCrossEntropy, chunks", [normalValues([520, 4], seed: 26), table], step: 0.04) {
        $0[0].projectedCrossEntropy($0[1], labels: many, smoothing: 0.1, scale: 1).loss
      })
    cases.append(
      GradientCase("rowCrossEntropy", [normalValues([9, 2], seed: 27)]) {
        $0[0].rowCrossEntropy([0..<4, 4..<5, 5..<9], labels: [0, 3, 0, 0, 2, -1], scale: 0.5).loss
      })
    return cases
  }
}
