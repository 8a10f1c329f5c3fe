import CHeedKernels
import Testing

extension KernelTests {
  @Suite struct TopK {
    /// The definition: sort by value, then by index, NaN being −∞.
    static func expected(_ values: [Float], _ count: Int) -> [(index: Int32, value: Float)] {
      let pairs = values.enumerated().map {
        (index: Int32($0.offset), value: $0.element.isNaN ? -.infinity : $0.element)
      }
      let sorted = pairs.sorted { $0.value > $1.value || ($0.value == $1.value && $0.index < $1.index) }
      return Array(sorted.prefix(count))
    }

    static func check(_ values: [Float], _ count: Int, _ label: String) {
      let input = GuardedBuffer<Float>(count: values.count, offset: 3)
      for (index, value) in values.enumerated() { input.pointer[index] = value }
      let indices = GuardedBuffer<Int32>(count: count, guardWord: -77)
      let best = GuardedBuffer<Float>(count: count)
      heed_top_k(input.pointer, values.count, count, indices.pointer, best.pointer)
      let expected = expected(values, count)
      #expect(indices.elements == expected.map(\.index), "\(label)")
      #expect(best.elements == expected.map(\.value), "\(label)")
      #expect(indices.guardsAreIntact && best.guardsAreIntact, "\(label)")
    }

    @Test func findsTheLargestInOrder() {
      var randomness = Randomness(seed: 3)
      KernelTests.withEachVariant { name in
        for size in [1, 2, 3, 7, 8, 31, 32, 33, 63, 64, 65, 127, 1000, 8001] {
          let values = (0..<size).map { _ in Float.random(in: -10...10, using: &randomness) }
          for count in [0, 1, 2, 4, 5, 9, 64, size] where count <= size {
            Self.check(values, count, "\(name) \(count) of \(size)")
            Self.check(values.sorted(), count, "\(name) \(count) of \(size) ascending")
            Self.check(values.sorted(by: >), count, "\(name) \(count) of \(size) descending")
          }
        }
      }
    }

    @Test func tiesGoToTheSmallerIndex() {
      var randomness = Randomness(seed: 4)
      KernelTests.withEachVariant { name in
        for size in [1, 5, 40, 333, 2000] {
          for kinds in 1...3 {
            let values = (0..<size).map { _ in Float(Int.random(in: 0..<kinds, using: &randomness)) }
            for count in [1, 3, 17, size] where count <= size {
              Self.check(values, count, "\(name) \(count) of \(size), \(kinds) kinds")
            }
          }
        }
        Self.check([0, -0.0, 0, -0.0], 3, "\(name) zeros of both signs are equal")
      }
    }

    @Test func notANumberCountsAsMinusInfinity() {
      var randomness = Randomness(seed: 5)
      let special: [Float] = [
        .nan, -.infinity, .infinity, -.nan, .signalingNaN, 1, -1, -.greatestFiniteMagnitude,
      ]
      KernelTests.withEachVariant { name in
        for size in [1, 2, 9, 50, 400] {
          let values = (0..<size).map { _ in special[Int.random(in: 0..<special.count, using: &randomness)] }
          for count in [1, 2, 8, 50, size] where count <= size {
            Self.check(values, count, "\(name) \(count) of \(size)")
          }
          Self.check([Float](repeating: .nan, count: size), min(size, 5), "\(name) only NaN")
        }
      }
    }
  }
}
