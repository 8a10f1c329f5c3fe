/// A regular expression as instructions.
struct PatternProgram: Sendable {
  /// What an instruction does; `first`, `second`, `third` are its operands.
  enum Operation: UInt8, Sendable {
    /// The expression, or a part of it that is run by itself, has matched.
    case match
    /// One scalar of set `first`.
    case set
    /// One byte, `first`.
    case byte
    /// As many scalars of set `first` as possible, from `second` to `third` of them, giving none back.
    case takeSet
    /// The same, giving back.
    case takeSetGreedily
    /// As few as possible.
    case takeSetLazily
    /// Goes on at `first`, and if that fails at `second`.
    case split
    /// Goes on at `first`.
    case jump
    /// Runs what follows up to `first` by itself: the place stays; `second` is 1 where it must not match.
    case lookAhead
    /// The same `third` scalars before.
    case lookBehind
    /// Runs what follows up to `first` by itself, and goes on where it ends.
    case atomic
    /// Holds at anchor `first`.
    case anchor
    /// Keeps the place in register `first`.
    case mark
    /// Goes on at `second` if the place is still that of register `first`: a round of a loop has consumed nothing.
    case leaveIfStill
  }

  struct Instruction: Sendable {
    var operation: Operation
    var first: Int32 = 0
    var second: Int32 = 0
    var third: Int32 = 0
  }

  /// A set in a form that is fast to ask: ASCII as bits, the rest as pages of 256 bits.
  struct CompiledSet: Sendable {
    let low: UInt64
    let high: UInt64
    /// Where its 4352 page numbers begin; -1 if it holds nothing but ASCII.
    let pageStart: Int
  }

  static let pageCount = 0x110000 / 256

  var instructions: [Instruction] = []
  var sets: [CompiledSet] = []
  /// For each set with more than ASCII the number of its page for each 256 scalars.
  var pageNumbers: [UInt16] = []
  /// Pages of four words; the first has no scalar, the second all.
  var pages: [UInt64] = [0, 0, 0, 0, .max, .max, .max, .max]
  var registerCount = 0
  /// Where the alternatives of the whole begin.
  var alternatives: [Int32] = []
  /// For each byte the alternatives that may begin with it, as bits; the last entry is for the end of the text.
  var viable: [UInt64] = []

  mutating func add(_ set: ScalarSet) -> Int32 {
    var ascii: (UInt64, UInt64) = (0, 0)
    for range in set.ranges where range.lowerBound < 0x80 {
      for scalar in range.lowerBound...min(range.upperBound, 0x7F) {
        if scalar < 64 { ascii.0 |= 1 << UInt64(scalar) } else { ascii.1 |= 1 << UInt64(scalar - 64) }
      }
    }
    var start = -1
    if let last = set.ranges.last, last.upperBound >= 0x80 {
      start = pageNumbers.count
      pageNumbers += [UInt16](repeating: 0, count: Self.pageCount)
      for range in set.ranges { fill(range, start) }
    }
    sets.append(CompiledSet(low: ascii.0, high: ascii.1, pageStart: start))
    return Int32(truncatingIfNeeded: sets.count - 1)
  }

  private mutating func fill(_ range: ClosedRange<UInt32>, _ start: Int) {
    for page in Int(range.lowerBound >> 8)...Int(range.upperBound >> 8) {
      let first = max(Int(range.lowerBound), page << 8) & 255
      let last = min(Int(range.upperBound), page << 8 | 255) & 255
      if first == 0, last == 255 {
        pageNumbers[start + page] = 1
        continue
      }
      if pageNumbers[start + page] == 0 {
        // Sets beyond the number of pages that fit are refused by the compiler.
        pageNumbers[start + page] = UInt16(truncatingIfNeeded: pages.count / 4)
        pages += [0, 0, 0, 0]
      }
      let base = Int(pageNumbers[start + page]) * 4
      for bit in first...last { pages[base + (bit >> 6)] |= 1 << UInt64(bit & 63) }
    }
  }
}
