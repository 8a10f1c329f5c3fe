/// A small generator of reproducible numbers (SplitMix64).
struct Randomness: RandomNumberGenerator {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// Memory between two stretches of guard words, beginning off the usual alignment by `offset` elements.
final class GuardedBuffer<Element: Equatable> {
  private let memory: UnsafeMutablePointer<Element>
  private let start: Int
  private let guardWord: Element
  private static var guardCount: Int { 64 }
  let count: Int

  /// `guardWord` also fills the buffer itself. It must equal itself: not NaN.
  init(count: Int, offset: Int = 1, guardWord: Element) {
    self.count = count
    self.guardWord = guardWord
    start = Self.guardCount + offset
    memory = .allocate(capacity: start + count + Self.guardCount)
    memory.initialize(repeating: guardWord, count: start + count + Self.guardCount)
  }
  deinit { memory.deallocate() }

  var pointer: UnsafeMutablePointer<Element> { memory + start }
  var elements: [Element] { Array(UnsafeBufferPointer(start: pointer, count: count)) }
  subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count)
      return pointer[index]
    }
    set {
      precondition(index >= 0 && index < count)
      pointer[index] = newValue
    }
  }
  /// Whether nothing was written before or after the buffer.
  var guardsAreIntact: Bool {
    (0..<start).allSatisfy { memory[$0] == guardWord }
      && (start + count..<start + count + Self.guardCount).allSatisfy { memory[$0] == guardWord }
  }
}

extension GuardedBuffer where Element == Float {
  /// A guard word that no kernel would write by chance.
  static var floatGuard: Float { -7.654321e33 }

  convenience init(count: Int, offset: Int = 1) {
    self.init(count: count, offset: offset, guardWord: Self.floatGuard)
  }
  /// Fills the buffer with numbers between −1 and 1.
  func randomize(_ randomness: inout Randomness) {
    for index in 0..<count { self[index] = Float.random(in: -1...1, using: &randomness) }
  }
}
