/// A small, fast generator whose state is one number (Steele, Lea and Flood, 2014).
///
/// Its results are the same on every system and in every release; the standard library's `shuffle` may change its
/// algorithm, and a run that is resumed after an update must not see its data in another order.
public struct SplitMix64: RandomNumberGenerator, Sendable, Codable, Hashable {
  /// The state; writing it down and setting it again continues the sequence.
  public var state: UInt64

  /// A generator from a seed.
  public init(seed: UInt64) {
    state = seed
  }

  /// A generator for one of many independent streams of a seed, such as an epoch's.
  public init(seed: UInt64, stream: UInt64) {
    var mixer = SplitMix64(seed: seed)
    let base = mixer.next()
    var second = SplitMix64(seed: base ^ (stream &* 0xd1b5_4a32_d192_ed03))
    state = second.next()
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    return Self.finalize(state)
  }

  /// A uniform number in `0..<1`.
  public mutating func nextUnit() -> Float {
    Float(next() >> 40) * 0x1p-24
  }

  /// A whole number below `bound`, each with the same probability.
  ///
  /// Source: Lemire, "Fast Random Integer Generation in an Interval" (2019).
  ///
  /// - Precondition: `bound` is positive.
  public mutating func next(below bound: UInt64) -> UInt64 {
    precondition(bound > 0, "SplitMix64: the bound must be positive")
    var product = next().multipliedFullWidth(by: bound)
    if product.low < bound {
      let threshold = (0 &- bound) % bound
      while product.low < threshold { product = next().multipliedFullWidth(by: bound) }
    }
    return product.high
  }

  /// Puts the elements into a random order (Fisher and Yates).
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    guard elements.count > 1 else { return }
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, Int(next(below: UInt64(last) + 1)))
    }
  }

  /// A whole number below `bound`, each with the same probability.
  public mutating func next(below bound: Int) -> Int {
    precondition(bound > 0, "SplitMix64: the bound must be positive")
    return Int(next(below: UInt64(bound)))
  }

  /// A well-mixed function of a number: neighbours give unrelated results.
  public static func mix(_ value: UInt64) -> UInt64 {
    finalize(value &+ 0x9e37_79b9_7f4a_7c15)
  }

  private static func finalize(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

extension Tensor {
  /// Values drawn uniformly from `range`.
  public static func random(
    in range: ClosedRange<Float>, _ shape: Shape, using generator: inout SplitMix64
  ) -> Tensor {
    let width = range.upperBound - range.lowerBound
    return Tensor((0..<shape.count).map { _ in range.lowerBound + width * generator.nextUnit() }, shape)
  }

  /// Values of a normal distribution with mean 0.
  public static func normal(deviation: Float, _ shape: Shape, using generator: inout SplitMix64) -> Tensor {
    // Box and Muller (1958), in double so that the logarithm's argument cannot be 0.
    let values = (0..<shape.count).map { _ -> Float in
      let radius = (-2 * Double.logarithm(1 - Double(generator.next() >> 11) * 0x1p-53)).squareRoot()
      let angle = 2 * Double.pi * Double(generator.next() >> 11) * 0x1p-53
      return Float(Double(deviation) * radius * Double.cosine(angle))
    }
    return Tensor(values, shape)
  }

  /// Xavier's (Glorot and Bengio, 2010) uniform initialisation of a weight `[outputs, inputs]`.
  ///
  /// - Parameters:
  ///   - shape: `[outputs, inputs]`.
  ///   - outputs: The fan-out to count, where several projections are stacked in one weight.
  ///   - generator: Where randomness comes from.
  /// - Returns: A tensor of that shape, uniform within ±√(6 / (inputs + outputs)).
  public static func xavier(
    _ shape: Shape, outputs: Int? = nil, using generator: inout SplitMix64
  ) -> Tensor {
    let limit = (6 / Float(shape.columns + (outputs ?? shape.rows))).squareRoot()
    return random(in: -limit...limit, shape, using: &generator)
  }
}
