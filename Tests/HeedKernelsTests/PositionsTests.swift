import CHeedKernels
import Foundation
import Testing

extension KernelTests {
  @Suite struct Positions {
    typealias Buffer = GuardedBuffer<Float>
    static let positions: [Int32] = [3, 0, 3, 1, 4]

    /// Cosines and sines of five positions; not of one angle each, so that a mix-up shows.
    static func table(pairs: Int) -> Buffer {
      var randomness = Randomness(seed: 9)
      return .random(5 * 2 * pairs, &randomness)
    }

    static func rotate(
      _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, columns: Int, heads: Int, headSize: Int,
      pairs: Int, interleaved: Bool, inverse: Bool = false, table: Buffer, positions: [Int32], first: Int = 0,
      rows: Int
    ) {
      positions.withUnsafeBufferPointer { positions in
        var job = heed_rotation_job(
          x: x, y: y, columns: columns, head_count: heads, head_size: headSize, pairs: pairs,
          interleaved: interleaved, inverse: inverse, table: table.pointer, positions: positions.baseAddress)
        heed_rotate_rows(&job, first, rows)
      }
    }

    @Test(arguments: [false, true])
    func pairsAreTurned(interleaved: Bool) {
      KernelTests.withEachVariant { isa in
        for pairs in Array(0...20) + [32, 37, 64] {
          for (heads, rest, behind) in [(1, 0, 0), (3, 5, 2), (2, 0, 40)] {
            var randomness = Randomness(seed: UInt64(pairs))
            let headSize = 2 * pairs + rest
            let columns = heads * headSize + behind
            guard columns > 0 else { continue }
            let table = Self.table(pairs: pairs)
            let x = Buffer.random(5 * columns, &randomness, offset: pairs % 5)
            let label = "\(isa) \(pairs) pairs, \(heads) heads of \(headSize) in \(columns)"
            for inverse in [false, true] {
              var expected = x.doubles
              for row in 0..<5 {
                for head in 0..<heads {
                  for pair in 0..<pairs {
                    let start = row * columns + head * headSize
                    let a = start + (interleaved ? 2 * pair : pair)
                    let b = start + (interleaved ? 2 * pair + 1 : pair + pairs)
                    let angle = Int(Self.positions[row]) * 2 * pairs + pair
                    let cosine = Double(table[angle])
                    let sine = Double(table[angle + pairs]) * (inverse ? -1 : 1)
                    expected[a] = Double(x[a]) * cosine - Double(x[b]) * sine
                    expected[b] = Double(x[b]) * cosine + Double(x[a]) * sine
                  }
                }
              }
              let y = Buffer(count: 5 * columns)
              Self.rotate(
                x.pointer, y.pointer, columns: columns, heads: heads, headSize: headSize, pairs: pairs,
                interleaved: interleaved, inverse: inverse, table: table, positions: Self.positions, rows: 5)
              #expect(worstError(y.elements, expected) < 5e-7, "\(label)")
              #expect(y.guardsAreIntact, "\(label)")
              // Row by row, the rest of the memory being left alone; and in place.
              let alone = Buffer(count: 5 * columns, offset: 2)
              for row in [3, 1] {
                Self.rotate(
                  x.pointer, alone.pointer, columns: columns, heads: heads, headSize: headSize, pairs: pairs,
                  interleaved: interleaved, inverse: inverse, table: table, positions: Self.positions,
                  first: row, rows: 1)
              }
              for place in 0..<5 * columns {
                let wanted = [1, 3].contains(place / columns) ? y[place] : Buffer.floatGuard
                #expect(alone[place] == wanted, "\(label)")
              }
              let inPlace = Buffer(count: 5 * columns)
              for place in 0..<5 * columns { inPlace[place] = x[place] }
              Self.rotate(
                inPlace.pointer, inPlace.pointer, columns: columns, heads: heads, headSize: headSize,
                pairs: pairs, interleaved: interleaved, inverse: inverse, table: table,
                positions: Self.positions, rows: 5)
              #expect(inPlace.bits == y.bits, "\(label)")
            }
          }
        }
      }
    }

    @Test func bucketsAreGatheredAndSummed() {
      KernelTests.withEachVariant { isa in
        var randomness = Randomness(seed: 3)
        let buckets: [Int32] = [2, 0, 1, 2, 2, 3, 0]
        let table = Buffer.random(4 * 3, &randomness)
        let dy = Buffer.random(7, &randomness)
        for head in 0..<3 {
          let y = Buffer(count: 7)
          heed_bucket_bias(table.pointer, 3, buckets, 7, head, y.pointer)
          #expect(y.elements == buckets.map { table[Int($0) * 3 + head] }, "\(isa)")
          let gradient = Buffer.filled(12, 0.5)
          heed_bucket_bias_gradient(dy.pointer, 3, buckets, 7, head, gradient.pointer)
          var expected = [Double](repeating: 0.5, count: 12)
          for (bucket, slope) in zip(buckets, dy.doubles) { expected[Int(bucket) * 3 + head] += slope }
          #expect(worstError(gradient.elements, expected) < 1e-6, "\(isa)")
          #expect(y.guardsAreIntact && gradient.guardsAreIntact)
        }
      }
    }
  }
}
