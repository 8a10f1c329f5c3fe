import Foundation
import HeedLayers
import Testing

/// Tables of positions against their formulae.
@Suite struct PositionsTests {
  /// Section 3.5 of the paper: PE(pos, 2i) = sin(pos / 10000^(2i/d)), PE(pos, 2i + 1) = cos of the same; sines first.
  @Test(arguments: [2, 8, 128, 512])
  func paper(_ hiddenSize: Int) {
    let table = SinusoidalPositions.paper.table(length: 300, hiddenSize: hiddenSize).scalars
    for position in [0, 1, 2, 17, 299] {
      for index in 0..<hiddenSize / 2 {
        let angle = Double(position) / pow(10_000, Double(2 * index) / Double(hiddenSize))
        let row = position * hiddenSize
        #expect(abs(Double(table[row + index]) - sin(angle)) < 1e-6)
        #expect(abs(Double(table[row + hiddenSize / 2 + index]) - cos(angle)) < 1e-6)
      }
    }
  }

  /// As tensor2tensor: wavelengths from 2π to 10000 · 2π, both ends included.
  @Test(arguments: [4, 8, 128, 512])
  func inclusive(_ hiddenSize: Int) {
    let table = SinusoidalPositions.inclusive.table(length: 300, hiddenSize: hiddenSize).scalars
    let half = hiddenSize / 2
    let increment = log(10_000.0) / Double(half - 1)
    for position in [0, 1, 2, 17, 299] {
      for index in 0..<half {
        let angle = Double(position) * exp(-increment * Double(index))
        let row = position * hiddenSize
        #expect(abs(Double(table[row + index]) - sin(angle)) < 1e-6)
        #expect(abs(Double(table[row + half + index]) - cos(angle)) < 1e-6)
      }
    }
  }

  @Test(arguments: SinusoidalPositions.allCases)
  func longerTablesBeginAlike(_ positions: SinusoidalPositions) {
    let (short, long) = (
      positions.table(length: 7, hiddenSize: 16), positions.table(length: 900, hiddenSize: 16)
    )
    #expect(short.scalars == Array(long.scalars.prefix(7 * 16)))
    #expect(positions.table(length: 0, hiddenSize: 16).count == 0)
  }
}
