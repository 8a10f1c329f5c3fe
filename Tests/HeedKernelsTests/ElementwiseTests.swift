import CHeedKernels
import Foundation
import Testing

extension KernelTests {
  @Suite struct Elementwise {
    typealias Buffer = GuardedBuffer<Float>
    static let counts = Array(1...37) + [64, 100, 1000, 4099]
    static let activations = [
      HEED_ACTIVATION_NONE, HEED_ACTIVATION_RELU, HEED_ACTIVATION_GELU, HEED_ACTIVATION_GELU_TANH,
      HEED_ACTIVATION_SILU, HEED_ACTIVATION_TANH,
    ]

    static func activation(_ kind: heed_activation, _ x: Double) -> Double {
      switch kind {
      case HEED_ACTIVATION_RELU: max(0, x)
      case HEED_ACTIVATION_GELU: 0.5 * x * erfc(-x / 2.0.squareRoot())
      case HEED_ACTIVATION_GELU_TANH:
        0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
      case HEED_ACTIVATION_SILU: x / (1 + exp(-x))
      case HEED_ACTIVATION_TANH: tanh(x)
      default: x
      }
    }

    @Test func arithmeticMatchesScalarLoops() {
      KernelTests.withEachVariant { isa in
        for count in Self.counts {
          var randomness = Randomness(seed: UInt64(count))
          let a = Buffer.random(count, &randomness, offset: count % 5)
          let b = Buffer.random(count, &randomness, offset: count % 3)
          let y = Buffer(count: count, offset: count % 7)
          let pairs = zip(a.doubles, b.doubles)
          heed_add(a.pointer, b.pointer, y.pointer, count)
          #expect(worstError(y.elements, pairs.map { $0 + $1 }) < 1e-7, "\(isa) \(count)")
          heed_multiply(a.pointer, b.pointer, y.pointer, count)
          #expect(worstError(y.elements, pairs.map { $0 * $1 }) < 1e-7, "\(isa) \(count)")
          heed_scale(0.75, a.pointer, y.pointer, count)
          #expect(worstError(y.elements, a.doubles.map { 0.75 * $0 }) < 1e-7, "\(isa) \(count)")
          heed_scaled_add(-3, b.pointer, y.pointer, count)
          #expect(worstError(y.elements, pairs.map { 0.75 * $0 - 3 * $1 }) < 3e-7, "\(isa) \(count)")
          #expect(y.guardsAreIntact)
          heed_add(a.pointer, b.pointer, a.pointer, count)
          heed_multiply(b.pointer, a.pointer, b.pointer, count)
          #expect(zip(a.elements, y.elements).allSatisfy { $0.isFinite && $1.isFinite })
          #expect(a.guardsAreIntact && b.guardsAreIntact)
        }
      }
    }

    @Test func activationsMatchTheirFormulas() {
      KernelTests.withEachVariant { isa in
        for kind in Self.activations {
          for count in [1, 7, 37, 1000] {
            var randomness = Randomness(seed: 3)
            let x = Buffer.random(count, &randomness, scale: 8)
            let y = Buffer(count: count)
            heed_activate(kind, x.pointer, y.pointer, count)
            let expected = x.doubles.map { Self.activation(kind, $0) }
            #expect(worstError(y.elements, expected) < 1e-6, "\(isa) \(kind) \(count)")
            #expect(y.guardsAreIntact)
            heed_activate(kind, x.pointer, x.pointer, count)
            #expect(x.bits == y.bits)
          }
        }
      }
    }

    @Test func activationGradientsMatchFiniteDifferences() {
      KernelTests.withEachVariant { isa in
        for kind in Self.activations {
          for count in [1, 9, 37, 1000] {
            var randomness = Randomness(seed: 4)
            let x = Buffer.random(count, &randomness, scale: 8)
            let gradient = Buffer.random(count, &randomness)
            let y = Buffer(count: count)
            heed_activation_gradient(kind, x.pointer, gradient.pointer, y.pointer, count)
            let expected = zip(x.doubles, gradient.doubles).map { x, gradient in
              gradient * (Self.activation(kind, x + 1e-5) - Self.activation(kind, x - 1e-5)) / 2e-5
            }
            #expect(worstError(y.elements, expected) < 2e-6, "\(isa) \(kind) \(count)")
            #expect(y.guardsAreIntact)
          }
        }
      }
    }

    @Test func gatesOpenTheOtherHalf() {
      KernelTests.withEachVariant { isa in
        for kind in Self.activations {
          for width in [1, 7, 16, 37, 130] {
            var randomness = Randomness(seed: 5)
            let x = Buffer.random(3 * 2 * width, &randomness, scale: 5, offset: width % 3)
            let dy = Buffer.random(3 * width, &randomness)
            let y = Buffer(count: 3 * width)
            let dx = Buffer(count: 3 * 2 * width)
            heed_gated_activation(kind, x.pointer, y.pointer, 3, width)
            heed_gated_activation_gradient(kind, x.pointer, dy.pointer, dx.pointer, 3, width)
            var expected = [Double](repeating: 0, count: 3 * width)
            var slopes = [Double](repeating: 0, count: 6 * width)
            for place in expected.indices {
              let gate = place / width * 2 * width + place % width
              let (input, up, gradient) = (Double(x[gate]), Double(x[gate + width]), Double(dy[place]))
              expected[place] = Self.activation(kind, input) * up
              let slope = (Self.activation(kind, input + 1e-5) - Self.activation(kind, input - 1e-5)) / 2e-5
              slopes[gate] = gradient * up * slope
              slopes[gate + width] = gradient * Self.activation(kind, input)
            }
            #expect(worstError(y.elements, expected) < 2e-6, "\(isa) \(kind) \(width)")
            #expect(worstError(dx.elements, slopes) < 5e-6, "\(isa) \(kind) \(width)")
            #expect(y.guardsAreIntact && dx.guardsAreIntact)
            let alone = Buffer(count: width, offset: 2)
            heed_gated_activation(kind, x.pointer + 2 * width, alone.pointer, 1, width)
            #expect(alone.bits[...] == y.bits[width..<2 * width], "\(isa) \(kind) \(width)")
          }
        }
      }
    }

    @Test func activationsOfExtremesAreFinite() {
      KernelTests.withEachVariant { isa in
        let values: [Float] = [-1e30, -1e4, -200, -88, -0.0, 0, 88, 200, 1e4]
        for kind in Self.activations {
          let x = Buffer(count: values.count)
          let one = Buffer.filled(values.count, 1)
          let y = Buffer(count: values.count)
          for (index, value) in values.enumerated() { x[index] = value }
          heed_activate(kind, x.pointer, y.pointer, values.count)
          #expect(
            worstError(y.elements, values.map { Self.activation(kind, Double($0)) }) < 1e-6, "\(isa) \(kind)")
          heed_activation_gradient(kind, x.pointer, one.pointer, y.pointer, values.count)
          let slopes = values.map {
            kind == HEED_ACTIVATION_NONE || $0 > 0 && kind != HEED_ACTIVATION_TANH ? 1.0 : 0.0
          }
          for (index, value) in values.enumerated() where abs(value) > 80 {
            #expect(abs(Double(y[index]) - slopes[index]) < 1e-6, "\(isa) \(kind) \(value)")
          }
        }
      }
    }

    @Test func sumsAreExactToSinglePrecision() {
      KernelTests.withEachVariant { isa in
        for count in [0] + Self.counts + [100_003] {
          var randomness = Randomness(seed: UInt64(count))
          let x = Buffer.random(count, &randomness, scale: 1000, offset: count % 4)
          let sum = x.doubles.reduce(0, +)
          let squares = x.doubles.reduce(0) { $0 + $1 * $1 }
          #expect(abs(heed_sum(x.pointer, count) - sum) < 1e-6, "\(isa) \(count)")
          #expect(abs(heed_sum_of_squares(x.pointer, count) - squares) <= 1e-12 * squares, "\(isa) \(count)")
        }
        for bad in [Float.infinity, -.infinity, .nan] {
          let x = Buffer.filled(37, 1)
          x[35] = bad
          #expect(!heed_sum_of_squares(x.pointer, 37).isFinite)
        }
      }
    }

    @Test func columnSumsGoOnFromWhatIsThere() {
      KernelTests.withEachVariant { isa in
        for (rows, columns) in [(0, 5), (1, 1), (3, 37), (50, 64), (129, 100)] {
          var randomness = Randomness(seed: 8)
          let stride = columns + 3
          let x = Buffer.random(rows * stride + 1, &randomness)
          let y = Buffer.filled(columns, 0.5)
          heed_add_column_sums(x.pointer, stride, rows, columns, y.pointer)
          let expected = (0..<columns).map { j in
            (0..<rows).reduce(0.5) { $0 + Double(x[$1 * stride + j]) }
          }
          #expect(worstError(y.elements, expected) < 5e-6, "\(isa) \(rows) \(columns)")
          #expect(y.guardsAreIntact)
          // Rows and columns may be divided among calls.
          let divided = Buffer.filled(columns, 0.5, offset: 2)
          let cut = columns / 3
          let rowCut = rows / 2
          for (first, last) in [(0, cut), (cut, columns)] {
            heed_add_column_sums(x.pointer + first, stride, rowCut, last - first, divided.pointer + first)
            heed_add_column_sums(
              x.pointer + first + rowCut * stride, stride, rows - rowCut, last - first,
              divided.pointer + first)
          }
          #expect(divided.bits == y.bits, "\(isa) \(rows) \(columns)")
        }
      }
    }
  }
}
