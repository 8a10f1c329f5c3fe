import CHeedKernels
import Foundation
import Testing

extension KernelTests {
  @Suite struct Recurrent {
    typealias Buffer = GuardedBuffer<Float>
    static let sizes = Array(1...19) + [37, 64, 100]

    private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    @Test func longShortTermMemoryMatchesItsFormula() {
      KernelTests.withEachVariant { isa in
        for size in Self.sizes {
          var randomness = Randomness(seed: UInt64(size))
          let x = Buffer.random(4 * size, &randomness, scale: 3)
          let u = Buffer.random(4 * size, &randomness, offset: 3)
          let before = Buffer.random(size, &randomness, offset: 2)
          let (gates, hidden, cell) = (Buffer(count: 4 * size), Buffer(count: size), Buffer(count: size))
          heed_lstm_row(
            x.pointer, u.pointer, before.pointer, gates.pointer, hidden.pointer, cell.pointer, size)
          let sums = zip(x.doubles, u.doubles).map { $0 + $1 }
          let cells = (0..<size).map {
            Self.sigmoid(sums[size + $0]) * before.doubles[$0] + Self.sigmoid(sums[$0])
              * tanh(sums[2 * size + $0])
          }
          let states = (0..<size).map { Self.sigmoid(sums[3 * size + $0]) * tanh(cells[$0]) }
          #expect(worstError(cell.elements, cells) < 1e-6, "\(isa) \(size)")
          #expect(worstError(hidden.elements, states) < 1e-6, "\(isa) \(size)")
          #expect(gates.guardsAreIntact && hidden.guardsAreIntact && cell.guardsAreIntact)
        }
      }
    }

    @Test func gatedRecurrentUnitMatchesItsFormula() {
      KernelTests.withEachVariant { isa in
        for size in Self.sizes {
          var randomness = Randomness(seed: UInt64(size))
          let x = Buffer.random(3 * size, &randomness, scale: 3)
          let u = Buffer.random(3 * size, &randomness, offset: 3)
          let before = Buffer.random(size, &randomness, offset: 2)
          let (gates, hidden) = (Buffer(count: 4 * size), Buffer(count: size))
          heed_gru_row(x.pointer, u.pointer, before.pointer, gates.pointer, hidden.pointer, size)
          let states = (0..<size).map { unit in
            let reset = Self.sigmoid(x.doubles[unit] + u.doubles[unit])
            let update = Self.sigmoid(x.doubles[size + unit] + u.doubles[size + unit])
            let candidate = tanh(x.doubles[2 * size + unit] + reset * u.doubles[2 * size + unit])
            return (1 - update) * candidate + update * before.doubles[unit]
          }
          #expect(worstError(hidden.elements, states) < 1e-6, "\(isa) \(size)")
          #expect(gates.guardsAreIntact && hidden.guardsAreIntact)
        }
      }
    }

    @Test func gatedLinearUnitsMatchTheirFormula() {
      KernelTests.withEachVariant { isa in
        for width in Self.sizes {
          var randomness = Randomness(seed: UInt64(width))
          let x = Buffer.random(6 * width, &randomness, scale: 4)
          let slope = Buffer.random(3 * width, &randomness)
          let (y, dx) = (Buffer(count: 3 * width), Buffer(count: 6 * width))
          heed_gated_linear_unit(x.pointer, y.pointer, 3, width)
          heed_gated_linear_unit_gradient(x.pointer, slope.pointer, dx.pointer, 3, width)
          for row in 0..<3 {
            for column in 0..<width {
              let value = x.doubles[row * 2 * width + column]
              let open = Self.sigmoid(x.doubles[row * 2 * width + width + column])
              let through = slope.doubles[row * width + column]
              #expect(abs(Double(y[row * width + column]) - value * open) < 2e-6, "\(isa) \(width)")
              #expect(abs(Double(dx[row * 2 * width + column]) - through * open) < 2e-6, "\(isa) \(width)")
              let gate = through * value * open * (1 - open)
              #expect(abs(Double(dx[row * 2 * width + width + column]) - gate) < 2e-6, "\(isa) \(width)")
            }
          }
          #expect(y.guardsAreIntact && dx.guardsAreIntact)
        }
      }
    }

    @Test func additiveScoresMatchTheirFormula() {
      KernelTests.withEachVariant { isa in
        for size in Self.sizes {
          var randomness = Randomness(seed: UInt64(size))
          let (stride, count) = (size + 3, 5)
          let query = Buffer.random(size, &randomness)
          let keys = Buffer.random(stride * count, &randomness, offset: 3)
          let vector = Buffer.random(size, &randomness, offset: 2)
          let (scores, products) = (Buffer(count: count), Buffer(count: count))
          heed_additive_scores(
            query.pointer, keys.pointer, stride, count, vector.pointer, size, scores.pointer)
          heed_row_products(query.pointer, keys.pointer, stride, count, size, products.pointer)
          let (q, k, v) = (query.doubles, keys.doubles, vector.doubles)
          let expected = (0..<count).map { key in
            (0..<size).reduce(0.0) { $0 + v[$1] * tanh(q[$1] + k[key * stride + $1]) }
          }
          let dots = (0..<count).map { key in
            (0..<size).reduce(0.0) { $0 + q[$1] * k[key * stride + $1] }
          }
          #expect(worstError(scores.elements, expected) < 1e-5, "\(isa) \(size)")
          #expect(worstError(products.elements, dots) < 1e-5, "\(isa) \(size)")
          #expect(scores.guardsAreIntact && products.guardsAreIntact)
        }
      }
    }
  }
}
