import HeedTensor
import TestSupport
import Testing

/// Generators, first values and dropout.
@Suite struct RandomTests {
  @Test func splitMixGivesThePublishedNumbers() {
    // From the reference implementation by Vigna (splitmix64.c), seed 1234567.
    var generator = SplitMix64(seed: 1_234_567)
    let numbers = (0..<5).map { _ -> UInt64 in generator.next() }
    #expect(
      numbers == [
        6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
        4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
      ])
  }

  @Test func boundedNumbersAreUniform() {
    var generator = SplitMix64(seed: 1)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[generator.next(below: 7)] += 1 }
    // Five standard deviations of a binomial count are about 463.
    #expect(counts.allSatisfy { abs($0 - 10_000) < 463 }, "\(counts)")
  }

  @Test func streamsOfASeedAreUnrelated() {
    var seen: Set<UInt64> = []
    for stream in UInt64(0)..<1000 {
      var generator = SplitMix64(seed: 5, stream: stream)
      seen.insert(generator.next())
      seen.insert(generator.next())
    }
    #expect(seen.count == 2000)
  }

  @Test func xavierKeepsItsLimits() {
    var generator = SplitMix64(seed: 2)
    for (shape, outputs, fanSum) in [([64, 192], nil, 256), ([300, 100], 100, 200)] as [(Shape, Int?, Float)]
    {
      let values = Tensor.xavier(shape, outputs: outputs, using: &generator).scalars
      let limit = (6 / fanSum).squareRoot()
      let largest = values.lazy.map { abs($0) }.max() ?? 0
      #expect(largest <= limit && largest > 0.99 * limit)
      let moments = Moments(values)
      #expect(abs(moments.mean) < 5 * Double(limit) / (3 * Double(values.count)).squareRoot())
      #expect(abs(moments.variance / Double(limit * limit / 3) - 1) < 0.05)
    }
  }

  @Test func normalValuesHaveTheirMoments() {
    var generator = SplitMix64(seed: 3)
    let values = Tensor.normal(deviation: 0.5, [200, 500], using: &generator).scalars
    let moments = Moments(values)
    #expect(abs(moments.mean) < 0.008)
    #expect(abs(moments.variance - 0.25) < 0.006)
    let withinOne = Double(values.count { abs($0) < 0.5 }) / Double(values.count)
    #expect(abs(withinOne - 0.6827) < 0.008)
  }

  @Test(arguments: [0.1, 0.5, 0.9] as [Float])
  func dropoutDropsItsShare(_ probability: Float) {
    let count = 400_000
    let dropped = Tensor(repeating: 2, [count]).dropout(probability, seed: 17).scalars
    let kept = 2 / (1 - probability)
    #expect(dropped.allSatisfy { $0 == 0 || abs($0 - kept) < 1e-5 * kept })
    let zeros = dropped.map { $0 == 0 ? 1.0 : 0.0 }
    let p = Double(probability)
    let deviation = (p * (1 - p) / Double(count)).squareRoot()
    #expect(abs(zeros.reduce(0, +) / Double(count) - p) < 5 * deviation)
    // Neighbours, rows of usual widths and other seeds are unrelated.
    for lag in [1, 2, 8, 64, 256, 512] {
      let both = zip(zeros, zeros.dropFirst(lag)).reduce(0) { $0 + ($1.0 - p) * ($1.1 - p) }
      #expect(abs(both) < 5 * p * (1 - p) * Double(count).squareRoot(), "lag \(lag)")
    }
    for seed in [18, 16, 17 ^ 0x8000_0000_0000_0000] as [UInt64] {
      let other = Tensor(repeating: 2, [count]).dropout(probability, seed: seed).scalars
      let both = zip(zeros, other).reduce(0) { $0 + ($1.0 - p) * (($1.1 == 0 ? 1 : 0) - p) }
      #expect(abs(both) < 5 * p * (1 - p) * Double(count).squareRoot(), "seed \(seed)")
    }
  }

  @Test func dropoutFollowsFromSeedAndPosition() {
    let x = normalValues([1000], seed: 4)
    let whole = x.dropout(0.4, seed: 9)
    #expect(sameBits(whole, x.dropout(0.4, seed: 9)))
    #expect(!sameBits(whole, x.dropout(0.4, seed: 10)))
    let beginning = Tensor(x.scalars.prefix(333), [333]).dropout(0.4, seed: 9)
    #expect(beginning.scalars == Array(whole.scalars.prefix(333)))
  }

  @Test func residualAndNormDropTheSameElements() {
    let (x, y) = (normalValues([6, 10], seed: 5), normalValues([6, 10], seed: 6))
    let choice = DropoutChoice(probability: 0.3, seed: 21)
    let gain = Tensor(repeating: 1, [10])
    let fused = x.normalized(.layer, adding: y, dropout: choice, gain: gain, bias: nil, epsilon: 1e-5)
    let apart = x.adding(y, dropout: choice).normalized(.layer, gain: gain, bias: nil, epsilon: 1e-5)
    expectClose(fused, apart, absolute: 1e-6)
  }
}

private struct Moments {
  let mean: Double
  let variance: Double

  init(_ values: [Float]) {
    let mean = values.reduce(0) { $0 + Double($1) } / Double(values.count)
    self.mean = mean
    variance = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / Double(values.count)
  }
}
