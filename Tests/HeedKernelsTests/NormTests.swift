import CHeedKernels
import Testing

extension KernelTests {
  @Suite struct Norm {
    typealias Buffer = GuardedBuffer<Float>
    static let rowCount = 5

    /// A norm in double precision, and what its gradient needs.
    struct Reference {
      var sums: [Double] = []
      var outputs: [Double] = []
      var means: [Double] = []
      var inverses: [Double] = []

      init(sums: [Double], gain: [Double], bias: [Double], epsilon: Double, rootMeanSquare: Bool) {
        self.sums = sums
        let columns = gain.count
        for row in 0..<sums.count / columns {
          let values = sums[row * columns..<(row + 1) * columns]
          let mean = rootMeanSquare ? 0 : values.reduce(0, +) / Double(columns)
          let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(columns)
          let inverse = 1 / (variance + epsilon).squareRoot()
          means.append(mean)
          inverses.append(inverse)
          outputs += values.enumerated().map {
            ($0.element - mean) * inverse * gain[$0.offset] + bias[$0.offset]
          }
        }
      }
    }

    /// Everything that a forward and backward pass reads and writes.
    final class Case {
      let columns: Int
      let rootMeanSquare: Bool
      let probability: Float
      let residual, x, gain, bias, sum, y, means, inverses, dy, dResidual, dx, dGain, dBias: Buffer
      let dropout: [Double]

      init(columns: Int, rootMeanSquare: Bool, probability: Float) {
        self.columns = columns
        self.rootMeanSquare = rootMeanSquare
        self.probability = probability
        var randomness = Randomness(seed: UInt64(columns))
        let count = rowCount * columns
        residual = .random(count, &randomness, scale: 2, offset: columns % 3)
        x = .random(count, &randomness, scale: 2)
        gain = .random(columns, &randomness)
        bias = .random(columns, &randomness)
        dy = .random(count, &randomness, offset: columns % 5)
        sum = .init(count: count)
        y = .init(count: count, offset: 2)
        means = .init(count: rowCount)
        inverses = .init(count: rowCount)
        dResidual = .init(count: count)
        dx = .init(count: count, offset: 3)
        dGain = .filled(columns, 0.25)
        dBias = .filled(columns, 0.5)
        let mask = Buffer.filled(count, 1)
        heed_dropout(mask.pointer, mask.pointer, count, probability, 21, 0)
        dropout = mask.doubles
      }
      var guardsAreIntact: Bool {
        [sum, y, means, inverses, dResidual, dx, dGain, dBias].allSatisfy(\.guardsAreIntact)
      }
      var job: heed_norm_job {
        heed_norm_job(
          residual: residual.pointer, x: x.pointer, gain: gain.pointer,
          bias: rootMeanSquare ? nil : bias.pointer,
          sum: sum.pointer, y: y.pointer, means: means.pointer, inverse_deviations: inverses.pointer,
          columns: columns, epsilon: 1e-5, root_mean_square: rootMeanSquare, dropout_probability: probability,
          dropout_seed: 21)
      }
      var gradientJob: heed_norm_gradient_job {
        heed_norm_gradient_job(
          sum: sum.pointer, gain: gain.pointer, means: means.pointer, inverse_deviations: inverses.pointer,
          dy: dy.pointer, d_residual: dResidual.pointer, dx: dx.pointer, columns: columns,
          root_mean_square: rootMeanSquare, dropout_probability: probability, dropout_seed: 21)
      }
      func reference(_ sums: [Double]) -> Reference {
        Reference(
          sums: sums, gain: gain.doubles,
          bias: rootMeanSquare ? gain.doubles.map { _ in 0 } : bias.doubles, epsilon: 1e-5,
          rootMeanSquare: rootMeanSquare)
      }
      /// Σ dy ⊙ y for sums in double precision.
      func objective(_ sums: [Double]) -> Double {
        zip(reference(sums).outputs, dy.doubles).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }

    @Test(arguments: [false, true])
    func forwardAndGradientMatchDoublePrecision(rootMeanSquare: Bool) {
      KernelTests.withEachVariant { isa in
        for columns in Array(1...37) + [64, 100, 512, 1023] {
          for probability: Float in [0, 0.3] {
            let test = Case(columns: columns, rootMeanSquare: rootMeanSquare, probability: probability)
            let label = "\(isa) \(columns) \(probability)"
            var job = test.job
            heed_norm_rows(&job, 0, Self.rowCount)
            let sums = (0..<test.sum.count).map {
              Double(test.residual[$0]) + Double(test.x[$0]) * test.dropout[$0]
            }
            let reference = test.reference(sums)
            #expect(worstError(test.sum.elements, sums) < 3e-7, "\(label)")
            // A layer norm of one column is 0 / √epsilon: nothing but rounding, magnified.
            let tolerance = columns > 2 || rootMeanSquare ? 1e-5 : 1e-3
            #expect(worstError(test.y.elements, reference.outputs) < tolerance, "\(label)")
            #expect(worstError(test.means.elements, reference.means) < 3e-7, "\(label)")
            #expect(worstError(test.inverses.elements, reference.inverses) < tolerance, "\(label)")

            var gradientJob = test.gradientJob
            heed_norm_gradient_rows(&gradientJob, 0, Self.rowCount, test.dGain.pointer, test.dBias.pointer)
            #expect(test.guardsAreIntact, "\(label)")
            var dGain = [Double](repeating: 0.25, count: columns)
            var dBias = [Double](repeating: 0.5, count: columns)
            for row in 0..<Self.rowCount {
              for j in 0..<columns {
                let place = row * columns + j
                let normalised = (sums[place] - reference.means[row]) * reference.inverses[row]
                dGain[j] += Double(test.dy[place]) * normalised
                dBias[j] += Double(test.dy[place])
              }
            }
            #expect(worstError(test.dGain.elements, dGain) < tolerance, "\(label)")
            #expect(worstError(test.dBias.elements, dBias) < 1e-6, "\(label)")
            guard columns > 2 else { continue }
            for place in stride(from: 0, to: sums.count, by: max(1, sums.count / 20)) {
              var above = sums
              var below = sums
              above[place] += 1e-4
              below[place] -= 1e-4
              let slope = (test.objective(above) - test.objective(below)) / 2e-4
              #expect(
                abs(Double(test.dResidual[place]) - slope) < 2e-5 * max(1, abs(slope)), "\(label) \(place)")
            }
            let dx = zip(test.dResidual.doubles, test.dropout).map { $0 * $1 }
            #expect(worstError(test.dx.elements, dx) < 3e-7, "\(label)")
          }
        }
      }
    }

    @Test(arguments: [false, true])
    func rowsMayBeDivided(rootMeanSquare: Bool) {
      KernelTests.withEachVariant { isa in
        for columns in [1, 8, 37, 100, 512] {
          let whole = Case(columns: columns, rootMeanSquare: rootMeanSquare, probability: 0.2)
          let parts = Case(columns: columns, rootMeanSquare: rootMeanSquare, probability: 0.2)
          for (test, divisions) in [(whole, [(0, 5)]), (parts, [(0, 1), (1, 3), (4, 1)])] {
            var job = test.job
            var gradientJob = test.gradientJob
            for (first, rows) in divisions {
              heed_norm_rows(&job, first, rows)
              heed_norm_gradient_rows(&gradientJob, first, rows, test.dGain.pointer, test.dBias.pointer)
            }
          }
          for buffers in [
            (whole.sum, parts.sum), (whole.y, parts.y), (whole.dResidual, parts.dResidual),
            (whole.dx, parts.dx),
            (whole.dGain, parts.dGain), (whole.dBias, parts.dBias), (whole.means, parts.means),
          ] {
            #expect(buffers.0.bits == buffers.1.bits, "\(isa) \(columns)")
          }
        }
      }
    }

    @Test func optionalPartsMayBeLeftOut() {
      KernelTests.withEachVariant { isa in
        for columns in [5, 37, 128] {
          let test = Case(columns: columns, rootMeanSquare: false, probability: 0.2)
          var job = test.job
          heed_norm_rows(&job, 0, Self.rowCount)
          let other = Case(columns: columns, rootMeanSquare: false, probability: 0.2)
          var bare = other.job
          bare.sum = nil
          bare.means = nil
          bare.inverse_deviations = nil
          heed_norm_rows(&bare, 0, Self.rowCount)
          #expect(test.y.bits == other.y.bits, "\(isa) \(columns)")
          // Without x, a plain norm of the residual: here of the sums, which must give the same.
          var plain = other.job
          plain.residual = UnsafePointer(test.sum.pointer)
          plain.x = nil
          heed_norm_rows(&plain, 0, Self.rowCount)
          #expect(test.y.bits == other.y.bits && test.sum.bits == other.sum.bits, "\(isa) \(columns)")
          #expect(other.guardsAreIntact)
        }
      }
    }
  }
}
