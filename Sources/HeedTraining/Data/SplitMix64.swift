/// A small random number generator whose results are the same on every system and in every release.
///
/// The standard library's `shuffle` may change its algorithm between releases; a run that is resumed after an
/// update must not see its data in another order, so the shuffle is here as well.
///
/// Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators" (2014).
public struct SplitMix64: RandomNumberGenerator, Sendable, Hashable {
  private var state: UInt64

  /// Creates a generator.
  public init(seed: UInt64) { state = seed }

  /// Creates a generator for one of many independent streams of a seed, such as an epoch's.
  public init(seed: UInt64, stream: UInt64) {
    var mixer = SplitMix64(seed: seed)
    let base = mixer.next()
    var second = SplitMix64(seed: base ^ (stream &* 0xD1B5_4A32_D192_ED03))
    state = second.next()
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
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
}
