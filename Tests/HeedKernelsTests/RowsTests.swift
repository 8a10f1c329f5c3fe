import CHeedKernels
import Foundation
import Testing

extension KernelTests {
  @Suite struct Rows {
    typealias Buffer = GuardedBuffer<Float>
    static let widths = Array(1...37) + [64, 128, 512, 1000, 9001]

    static func softmax(_ row: some Sequence<Double>) -> [Double] {
      let largest = row.max() ?? 0
      guard largest > -.infinity else { return row.map { _ in 0 } }
      let terms = row.map { exp($0 - largest) }
      let sum = terms.reduce(0, +)
      return terms.map { $0 / sum }
    }

    @Test func softmaxMatchesItsFormula() {
      KernelTests.withEachVariant { isa in
        for columns in Self.widths {
          var randomness = Randomness(seed: UInt64(columns))
          let x = Buffer.random(3 * columns, &randomness, scale: 9, offset: columns % 5)
          x[columns / 2] = -.infinity
          for j in 0..<columns { x[columns + j] = columns % 2 == 0 ? -.infinity : x[columns + j] * 1000 }
          let rows = (0..<3).map { x.doubles[$0 * columns..<($0 + 1) * columns] }
          let y = Buffer(count: 3 * columns)
          heed_softmax_rows(x.pointer, y.pointer, 3, columns)
          let expected = rows.flatMap { Self.softmax($0) }
          #expect(worstError(y.elements, expected) < 2e-6, "\(isa) \(columns)")
          #expect(y.guardsAreIntact)

          // The logarithm, without the row of −∞ only, whose value is not a number.
          let logarithms = Buffer(count: columns)
          heed_log_softmax_rows(x.pointer + 2 * columns, logarithms.pointer, 1, columns)
          let largest = rows[2].max() ?? 0
          let logSum = largest + log(rows[2].reduce(0) { $0 + exp($1 - largest) })
          #expect(worstError(logarithms.elements, rows[2].map { $0 - logSum }) < 1e-6, "\(isa) \(columns)")
          #expect(logarithms.guardsAreIntact)
          #expect(
            abs(Double(heed_log_sum_exp(x.pointer + 2 * columns, columns)) - logSum) < 1e-6
              * max(1, abs(logSum)))

          let dy = Buffer.random(3 * columns, &randomness)
          let dx = Buffer(count: 3 * columns)
          heed_softmax_gradient_rows(y.pointer, dy.pointer, dx.pointer, 3, columns)
          let expectedGradient = (0..<3).flatMap { row in
            let range = row * columns..<(row + 1) * columns
            let dot = range.reduce(0.0) { $0 + expected[$1] * Double(dy[$1]) }
            return range.map { expected[$0] * (Double(dy[$0]) - dot) }
          }
          #expect(worstError(dx.elements, expectedGradient) < 2e-6, "\(isa) \(columns)")
          #expect(dx.guardsAreIntact)

          let alone = Buffer(count: columns, offset: 3)
          heed_softmax_rows(x.pointer + 2 * columns, alone.pointer, 1, columns)
          #expect(alone.bits[...] == y.bits[(2 * columns)...], "\(isa) \(columns)")
          heed_softmax_rows(x.pointer, x.pointer, 3, columns)
          #expect(x.bits == y.bits, "\(isa) \(columns)")
        }
      }
    }

    @Test func softmaxShowsNaN() {
      KernelTests.withEachVariant { isa in
        for others: Float in [1, -.infinity] {
          for place in [0, 9, 36] {
            let x = Buffer.filled(37, others)
            x[place] = .nan
            let y = Buffer(count: 37)
            heed_softmax_rows(x.pointer, y.pointer, 1, 37)
            #expect(y.elements.contains { $0.isNaN }, "\(isa) \(others) \(place)")
            var loss: Float = 0
            var label: Int32 = 3
            heed_cross_entropy_rows(x.pointer, 1, 37, &label, 0.1, 1, &loss, nil)
            #expect(!loss.isFinite, "\(isa) \(others) \(place)")
          }
        }
      }
    }

    // MARK: Unit length

    @Test func rowsOfUnitLength() {
      KernelTests.withEachVariant { isa in
        for columns in Self.widths {
          var randomness = Randomness(seed: UInt64(columns))
          let x = Buffer.random(3 * columns, &randomness, scale: 3, offset: columns % 5)
          // The last row is shorter than epsilon.
          for j in 0..<columns { x[2 * columns + j] *= 1e-6 }
          let epsilon: Float = 0.01
          let (y, lengths) = (Buffer(count: 3 * columns), Buffer(count: 3))
          heed_unit_rows(x.pointer, y.pointer, lengths.pointer, 3, columns, epsilon)
          let dy = Buffer.random(3 * columns, &randomness)
          let dx = Buffer(count: 3 * columns)
          heed_unit_gradient_rows(
            y.pointer, lengths.pointer, dy.pointer, dx.pointer, 3, columns, epsilon)
          var (expected, expectedLengths, slopes): ([Double], [Double], [Double]) = ([], [], [])
          for r in 0..<3 {
            let row = x.doubles[r * columns..<(r + 1) * columns]
            let gradient = dy.doubles[r * columns..<(r + 1) * columns]
            let length = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
            let divisor = max(length, Double(epsilon))
            expectedLengths.append(length)
            expected += row.map { $0 / divisor }
            let along = zip(row, gradient).reduce(0) { $0 + $1.0 * $1.1 } / divisor / divisor
            slopes += zip(row, gradient).map { ($1 - (length < Double(epsilon) ? 0 : $0 * along)) / divisor }
          }
          #expect(worstError(y.elements, expected) < 5e-7, "\(isa) \(columns)")
          #expect(worstError(lengths.elements, expectedLengths) < 5e-7, "\(isa) \(columns)")
          #expect(worstError(dx.elements, slopes) < 2e-6, "\(isa) \(columns)")
          #expect(y.guardsAreIntact && lengths.guardsAreIntact && dx.guardsAreIntact)
          let alone = Buffer(count: columns, offset: 3)
          heed_unit_rows(x.pointer + columns, alone.pointer, nil, 1, columns, epsilon)
          #expect(alone.bits[...] == y.bits[columns..<2 * columns], "\(isa) \(columns)")
          heed_unit_rows(x.pointer, x.pointer, nil, 3, columns, epsilon)
          #expect(x.bits == y.bits, "\(isa) \(columns)")
        }
        let broken = Buffer.filled(5, .nan)
        heed_unit_rows(broken.pointer, broken.pointer, nil, 1, 5, 1)
        #expect(broken.elements.allSatisfy { $0.isNaN }, "\(isa)")
      }
    }

    // MARK: Embedding

    @Test func embeddingGathersAndScatters() {
      KernelTests.withEachVariant { isa in
        for width in [1, 5, 8, 37, 130] {
          var randomness = Randomness(seed: 2)
          let table = Buffer.random(11 * width, &randomness)
          let positions = Buffer.random(6 * width, &randomness)
          let ids: [Int32] = [3, 10, 3, 0, 7, 3]
          let places: [Int32] = [0, 1, 2, 0, 1, 5]
          let y = Buffer(count: 6 * width)
          let bare = Buffer(count: 6 * width)
          let gradient = Buffer.filled(11 * width, 0.5)
          let dy = Buffer.random(6 * width, &randomness)
          let cut = width / 2
          for (first, columns) in [(0, cut), (cut, width - cut)] {
            heed_embed(
              table.pointer, ids, 3, positions.pointer, places, y.pointer, 6, width, first, columns)
            heed_embed(table.pointer, ids, 3, nil, nil, bare.pointer, 6, width, first, columns)
            heed_embed_gradient(dy.pointer, ids, 3, gradient.pointer, 6, width, first, columns)
          }
          var expected: [Double] = []
          var expectedBare: [Double] = []
          var expectedGradient = [Double](repeating: 0.5, count: 11 * width)
          for t in 0..<6 {
            for j in 0..<width {
              let value = 3 * Double(table[Int(ids[t]) * width + j])
              expectedBare.append(value)
              expected.append(value + Double(positions[Int(places[t]) * width + j]))
              expectedGradient[Int(ids[t]) * width + j] += 3 * Double(dy[t * width + j])
            }
          }
          #expect(worstError(y.elements, expected) < 3e-7, "\(isa) \(width)")
          #expect(worstError(bare.elements, expectedBare) < 3e-7, "\(isa) \(width)")
          #expect(worstError(gradient.elements, expectedGradient) < 1e-6, "\(isa) \(width)")
          #expect(y.guardsAreIntact && bare.guardsAreIntact && gradient.guardsAreIntact)
        }
      }
    }

    // MARK: Loss

    static func loss(_ row: [Double], label: Int, smoothing: Double) -> (loss: Double, likelihood: Double) {
      let largest = row.max() ?? 0
      let logSum = largest + log(row.reduce(0) { $0 + exp($1 - largest) })
      let likelihood = logSum - row[label]
      let mean = row.reduce(0, +) / Double(row.count)
      return ((1 - smoothing) * likelihood + smoothing * (logSum - mean), likelihood)
    }

    @Test(arguments: [0, 0.1])
    func crossEntropyMatchesItsFormula(smoothing: Float) {
      KernelTests.withEachVariant { isa in
        for columns in [1, 2, 5, 8, 31, 32, 37, 1000, 9001] {
          var randomness = Randomness(seed: UInt64(columns))
          let labels: [Int32] = [0, -1, Int32(columns - 1), Int32(columns / 2)]
          let logits = Buffer.random(4 * columns, &randomness, scale: 6, offset: columns % 5)
          let original = logits.elements
          let losses = Buffer(count: 4)
          let likelihoods = Buffer(count: 4)
          heed_cross_entropy_rows(
            logits.pointer, 4, columns, labels, smoothing, 0, losses.pointer, likelihoods.pointer)
          #expect(logits.elements == original)
          let before = losses.bits
          heed_cross_entropy_rows(logits.pointer, 4, columns, labels, smoothing, 0.5, losses.pointer, nil)
          #expect(losses.bits == before)
          #expect(losses.guardsAreIntact && likelihoods.guardsAreIntact && logits.guardsAreIntact)

          var expected: [Double] = []
          for r in 0..<4 {
            let row = original[r * columns..<(r + 1) * columns].map(Double.init)
            guard labels[r] >= 0 else {
              #expect(losses[r] == 0 && likelihoods[r] == 0)
              expected += row.map { _ in 0 }
              continue
            }
            let label = Int(labels[r])
            let (loss, likelihood) = Self.loss(row, label: label, smoothing: Double(smoothing))
            #expect(abs(Double(losses[r]) - loss) < 1e-6 * max(1, loss), "\(isa) \(columns)")
            #expect(abs(Double(likelihoods[r]) - likelihood) < 1e-6 * max(1, likelihood), "\(isa) \(columns)")
            let target = { (j: Int) in
              Double(smoothing) / Double(columns) + (j == label ? 1 - Double(smoothing) : 0)
            }
            expected += Self.softmax(row).enumerated().map { 0.5 * ($0.element - target($0.offset)) }
            // The formula for the gradient is right, too: finite differences of the loss.
            for j in Set([0, label, columns - 1]) {
              var above = row
              var below = row
              above[j] += 1e-4
              below[j] -= 1e-4
              let slope =
                Self.loss(above, label: label, smoothing: Double(smoothing)).loss
                - Self.loss(below, label: label, smoothing: Double(smoothing)).loss
              #expect(abs(expected[r * columns + j] - 0.5 * slope / 2e-4) < 1e-6)
            }
          }
          #expect(worstError(logits.elements, expected) < 3e-7, "\(isa) \(columns)")
        }
      }
    }

    @Test func crossEntropyOfARowIsTheSameAlone() {
      KernelTests.withEachVariant { isa in
        for columns in [37, 9001] {
          var randomness = Randomness(seed: 4)
          let together = Buffer.random(3 * columns, &randomness, scale: 6)
          let alone = Buffer(count: columns, offset: 2)
          for j in 0..<columns { alone[j] = together[columns + j] }
          let labels: [Int32] = [1, 5, 7]
          var losses: [Float] = [0, 0, 0]
          var loss: Float = 0
          heed_cross_entropy_rows(together.pointer, 3, columns, labels, 0.1, 1, &losses, nil)
          heed_cross_entropy_rows(alone.pointer, 1, columns, [5], 0.1, 1, &loss, nil)
          #expect(loss == losses[1], "\(isa)")
          #expect(alone.bits[...] == together.bits[columns..<2 * columns], "\(isa)")
        }
      }
    }
  }
}
