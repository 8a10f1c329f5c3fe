import CHeedKernels
import Testing

extension KernelTests {
  @Suite struct Dropout {
    typealias Buffer = GuardedBuffer<Float>

    /// Which of the elements are kept.
    static func kept(_ count: Int, probability: Float, seed: UInt64, first: UInt64 = 0) -> [Bool] {
      let ones = Buffer.filled(count, 1)
      heed_dropout(ones.pointer, ones.pointer, count, probability, seed, first)
      return ones.elements.map { $0 != 0 }
    }
    static func share(_ choices: [Bool]) -> Double {
      Double(choices.count { $0 }) / Double(choices.count)
    }

    @Test func keptElementsAreScaled() {
      KernelTests.withEachVariant { isa in
        for count in Array(1...37) + [1000] {
          var randomness = Randomness(seed: 1)
          let x = Buffer.random(count, &randomness)
          let y = Buffer(count: count, offset: 2)
          heed_dropout(x.pointer, y.pointer, count, 0.25, 9, 5)
          let kept = Self.kept(count, probability: 0.25, seed: 9, first: 5)
          let expected = zip(x.doubles, kept).map { $1 ? $0 / 0.75 : 0 }
          #expect(worstError(y.elements, expected) < 1e-6, "\(isa) \(count)")
          #expect(y.guardsAreIntact)
          heed_dropout(x.pointer, y.pointer, count, 0, 9, 5)
          #expect(y.bits == x.bits)
          x[0] = .infinity
          heed_dropout(x.pointer, y.pointer, count, 0.9999, 9, 5)
          #expect(y.elements.allSatisfy { !$0.isNaN })
        }
      }
    }

    @Test func variantsAndDivisionsAgree() {
      // Round the place where the upper half of the index changes, too.
      for first: UInt64 in [0, 3, (1 << 32) - 50, (1 << 32) + 1, (7 << 32) - 9, .max - 200] {
        var all: [[Bool]] = []
        KernelTests.withEachVariant { _ in
          all.append(Self.kept(150, probability: 0.5, seed: 77, first: first))
          let one = (0..<150).map { Self.kept(1, probability: 0.5, seed: 77, first: first + UInt64($0))[0] }
          all.append(one)
          all.append(
            Self.kept(61, probability: 0.5, seed: 77, first: first)
              + Self.kept(89, probability: 0.5, seed: 77, first: first + 61))
        }
        #expect(all.allSatisfy { $0 == all[0] }, "\(first)")
      }
    }

    @Test func shareOfKeptElementsIsRight() {
      let count = 400_000
      for probability: Float in [0.01, 0.1, 0.3, 0.5, 0.9] {
        for seed: UInt64 in [0, 1, 1 << 40] {
          let share = Self.share(Self.kept(count, probability: probability, seed: seed))
          let deviation = (Double(probability) * (1 - Double(probability)) / Double(count)).squareRoot()
          #expect(abs(share - 1 + Double(probability)) < 4.5 * deviation, "\(probability) \(seed)")
        }
      }
    }

    @Test func neighboursAndSeedsAreIndependent() {
      let count = 400_000
      let deviation = 0.5 / Double(count).squareRoot()
      func expectIndependent(_ a: ArraySlice<Bool>, _ b: ArraySlice<Bool>, _ what: String) {
        let agreement = Self.share(zip(a, b).map { $0 == $1 })
        #expect(abs(agreement - 0.5) < 4.5 * deviation, "\(what): \(agreement)")
      }
      for seed: UInt64 in [0, 1, 12_345_678_901] {
        let here = Self.kept(count + 1024, probability: 0.5, seed: seed)
        for lag in [1, 2, 3, 4, 7, 8, 16, 64, 512, 1024] {
          expectIndependent(here[0..<count], here[lag..<count + lag], "lag \(lag), seed \(seed)")
        }
        for (name, other) in [
          ("next", seed + 1), ("high bit", seed ^ (1 << 63)), ("bit 32", seed ^ (1 << 32)),
        ] {
          let there = Self.kept(count, probability: 0.5, seed: other)
          expectIndependent(here[0..<count], there[...], "\(name), seed \(seed)")
        }
        let later = Self.kept(count, probability: 0.5, seed: seed, first: 1 << 32)
        expectIndependent(here[0..<count], later[...], "upper half, seed \(seed)")
      }
    }

    /// Counts of kept elements in groups of eight follow the binomial distribution (chi square, nine cells).
    @Test func groupsAreBinomial() {
      let groups = 100_000
      for stride in [1, 32, 512] {
        let kept = Self.kept(8 * groups, probability: 0.5, seed: 31)
        var counts = [Int](repeating: 0, count: 9)
        for group in 0..<groups {
          let first = group / stride * stride * 8 + group % stride
          guard first + 7 * stride < kept.count else { continue }
          counts[(0..<8).count { kept[first + $0 * stride] }] += 1
        }
        let total = Double(counts.reduce(0, +))
        let shares = [1.0, 8, 28, 56, 70, 56, 28, 8, 1].map { $0 / 256 * total }
        let chiSquare = zip(counts, shares).reduce(0) {
          $0 + (Double($1.0) - $1.1) * (Double($1.0) - $1.1) / $1.1
        }
        #expect(chiSquare < 35, "stride \(stride): \(counts)")  // exceeded once in 35,000 cases
      }
    }
  }
}
