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

  /// Of an odd width, Marian has a sine more than cosines, and fairseq fills up with zeros.
  @Test func oddWidths() {
    let paper = SinusoidalPositions.paper.table(length: 3, hiddenSize: 5).scalars
    #expect(abs(Double(paper[2 * 5 + 2]) - sin(2 / pow(10_000, 4.0 / 5))) < 1e-6)
    #expect(abs(Double(paper[2 * 5 + 3]) - cos(2)) < 1e-6)
    let inclusive = SinusoidalPositions.inclusive.table(length: 3, hiddenSize: 5).scalars
    #expect(abs(Double(inclusive[2 * 5 + 1]) - sin(2.0 / 10_000)) < 1e-6)
    #expect(abs(Double(inclusive[2 * 5 + 2]) - cos(2)) < 1e-6)
    #expect(inclusive[2 * 5 + 4] == 0)
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
