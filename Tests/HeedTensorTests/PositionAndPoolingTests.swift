import Foundation
import HeedTensor
import TestSupport
import Testing

/// Rotary positions, relative positions, gates and pooling against plain loops.
@Suite struct PositionAndPoolingTests {
  let frequencies: [Float] = [1, 0.1, 0.01]

  func rotatedNaively(_ x: Tensor, heads: Int, size: Int, positions: [Int32], _ layout: RotaryLayout)
    -> [Float]
  {
    var values = x.scalars.map { Double($0) }
    for (row, position) in positions.enumerated() {
      for head in 0..<heads {
        for (pair, frequency) in frequencies.enumerated() {
          let start = row * x.shape.columns + head * size
          let (a, b) =
            layout == .halves ? (start + pair, start + pair + 3) : (start + 2 * pair, start + 2 * pair + 1)
          let angle = Double(Float(position) * frequency)
          (values[a], values[b]) = (
            values[a] * cos(angle) - values[b] * sin(angle), values[b] * cos(angle) + values[a] * sin(angle)
          )
        }
      }
    }
    return values.map { Float($0) }
  }

  @Test(arguments: RotaryLayout.allCases)
  func rotationsFollowTheFormula(_ layout: RotaryLayout) {
    let x = normalValues([6, 25], seed: 81)
    let table = RotaryTable(inverseFrequencies: frequencies)
    #expect(table.dimension == 6)
    // The table grows twice; what it knew stays.
    for positions in [[0, 1, 2, 3, 4, 5], [5, 63, 64, 1, 0, 1000], [2000, 3, 3, 7, 999, 5]] as [[Int32]] {
      for (heads, size) in [(4, 6), (3, 8), (0, 6)] {
        let found = x.rotated(
          headCount: heads, headSize: size, positions: positions, table: table, layout: layout)
        expectClose(
          found.scalars, rotatedNaively(x, heads: heads, size: size, positions: positions, layout),
          absolute: 1e-6, "\(layout) \(heads) heads")
      }
    }
    let doubled = RotaryTable(inverseFrequencies: frequencies, attentionFactor: 2)
    let positions: [Int32] = [9, 8, 7, 6, 5, 4]
    let once = x.rotated(headCount: 4, headSize: 6, positions: positions, table: table, layout: layout)
    let twice = x.rotated(headCount: 4, headSize: 6, positions: positions, table: doubled, layout: layout)
    for (index, value) in twice.scalars.enumerated() {
      #expect(value == once.scalars[index] * (index % 25 < 24 ? 2 : 1))
    }
  }

  /// What the rotation is for: products of queries and keys depend on their distance only.
  @Test(arguments: RotaryLayout.allCases)
  func productsDependOnDistance(_ layout: RotaryLayout) {
    let x = normalValues([1, 6], seed: 82)
    let table = RotaryTable(inverseFrequencies: frequencies)
    func product(_ query: Int32, _ key: Int32) -> Float {
      let both = Tensor(x.scalars + x.scalars, [2, 6])
        .rotated(headCount: 1, headSize: 6, positions: [query, key], table: table, layout: layout).scalars
      return zip(both[..<6], both[6...]).reduce(0) { $0 + $1.0 * $1.1 }
    }
    for distance: Int32 in [0, 1, 7] {
      for start: Int32 in [1, 30, 200] {
        #expect(abs(product(start + distance, start) - product(distance, 0)) < 1e-4)
      }
    }
    #expect(abs(product(7, 0) - product(0, 0)) > 1e-2)
  }

  /// Threads that ask one table for different positions.
  @Test func oneTableServesManyThreads() async {
    let table = RotaryTable(inverseFrequencies: frequencies)
    let x = normalValues([1, 6], seed: 83)
    let found = await withTaskGroup(of: (Int32, [Float]).self) { group in
      for position: Int32 in [3, 5000, 70, 300, 9000, 12, 1500] {
        group.addTask {
          let y = x.rotated(headCount: 1, headSize: 6, positions: [position], table: table, layout: .halves)
          return (position, y.scalars)
        }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    for (position, values) in found {
      expectClose(
        values, rotatedNaively(x, heads: 1, size: 6, positions: [position], .halves), absolute: 1e-6,
        "\(position)")
    }
  }

  @Test func biasesAreLookedUpByBucket() {
    let table = Tensor([1, 2, 3, 4, 5, 6], [3, 2])
    let found = table.relativeBias(buckets: [2, 0, 0, 1])
    #expect(found.shape == [2, 4])
    #expect(found.scalars == [5, 1, 1, 3, 6, 2, 2, 4])
  }

  @Test(arguments: Activation.allCases)
  func gatesEqualTheirParts(_ activation: Activation) {
    let (gate, up) = (normalValues([3, 11], seed: 84), normalValues([3, 11], seed: 85))
    let rows = (0..<3).flatMap { row -> [Float] in
      let range = row..<row + 1
      return gate.rowsWithoutGradient(range).scalars + up.rowsWithoutGradient(range).scalars
    }
    let found = Tensor(rows, [3, 22]).gated(activation)
    #expect(sameBits(found, gate.activated(activation) * up))
  }

  @Test func meansOfRanges() {
    let x = Tensor([1, 2, 3, 4, 5, 6, 7, 8], [4, 2])
    let found = x.meanOfRows([0..<4, 1..<2, 3..<3, 2..<4])
    #expect(found.shape == [4, 2])
    #expect(found.scalars == [4, 5, 3, 4, 0, 0, 6, 7])
    #expect(x.rows([3, 0, 3]).scalars == [7, 8, 1, 2, 7, 8])
    #expect(x.meanOfRows([]).shape == [0, 2])
    #expect(x.rows([]).shape == [0, 2])
  }

  /// A mean and a unit row are the same alone and in a batch.
  @Test func pooledRowsAreAlone() {
    let x = normalValues([90, 37], seed: 86)
    let ranges = [0..<40, 40..<41, 41..<90]
    let whole = x.meanOfRows(ranges).normalizedToUnitLength()
    for (index, range) in ranges.enumerated() {
      let alone = x.rowsWithoutGradient(range).meanOfRows([0..<range.count]).normalizedToUnitLength()
      #expect(sameBits(alone, whole.rowsWithoutGradient(index..<index + 1)))
    }
  }

  @Test func unitLength() {
    let x = Tensor([3, 4, 0, 0, 1e-13, 0, -6, 8], [4, 2])
    expectClose(
      x.normalizedToUnitLength().scalars, [0.6, 0.8, 0, 0, 0.1, 0, -0.6, 0.8], absolute: 1e-7, "unit length")
    expectClose(
      x.normalizedToUnitLength(epsilon: 20).scalars, [0.15, 0.2, 0, 0, 5e-15, 0, -0.3, 0.4], absolute: 1e-7,
      "no more than 20")
  }
}
