/// The substrings of counted words that occur often: what a unigram vocabulary is chosen from.
///
/// Source: Kudo, "Subword Regularization" (2018), section 3.2: an enhanced suffix array (Abouelhoda et al., 2004) lists
/// them. Sorting stops at the longest length asked for, and each place counts as often as its word.
struct SubstringSeeds {
  /// The scalars of all words, each word followed by a zero.
  private let scalars: [UInt32]
  /// How often the word at each place occurs.
  private let weights: [Int32]
  private let maximumLength: Int

  /// A substring: its scalars at a place where it occurs, and how often it occurs.
  struct Seed {
    let start: Int
    let length: Int
    let count: Int
  }

  /// Prepares to list the substrings of `scalars`.
  ///
  /// - Parameters:
  ///   - scalars: The scalars of all words, each word followed by a zero.
  ///   - weights: How often the word at each place occurs.
  ///   - maximumLength: The most scalars of a substring.
  init(scalars: [UInt32], weights: [Int32], maximumLength: Int) {
    precondition(scalars.count == weights.count && scalars.count < Int32.max, "a weight for each scalar")
    (self.scalars, self.weights, self.maximumLength) = (scalars, weights, maximumLength)
  }

  /// A suffix: its first three scalars in one number, and its place.
  private struct Suffix {
    let key: UInt64
    let start: Int32
  }

  /// The scalar at `offset` from `start`; zero from the word's end on.
  @inline(__always) private func scalar(_ start: Int, _ offset: Int) -> UInt32 {
    start + offset < scalars.count ? scalars[start + offset] : 0
  }

  private func sortedSuffixes() -> [Suffix] {
    var suffixes: [Suffix] = []
    suffixes.reserveCapacity(scalars.count)
    for start in scalars.indices where scalars[start] != 0 {
      var key: UInt64 = 0
      var isOpen = true
      for offset in 0..<3 {
        let value = isOpen ? scalar(start, offset) : 0
        if value == 0 { isOpen = false }
        key = key << 21 | UInt64(value)
      }
      suffixes.append(Suffix(key: key, start: Int32(truncatingIfNeeded: start)))
    }
    scalars.withUnsafeBufferPointer { scalars in
      suffixes.sort { one, other in
        if one.key != other.key { return one.key < other.key }
        if one.key & 0x1F_FFFF != 0 {
          var (left, right) = (Int(one.start) + 3, Int(other.start) + 3)
          for _ in 3..<max(maximumLength, 3) {
            let (leftValue, rightValue) = (scalars[left], scalars[right])
            if leftValue != rightValue { return leftValue < rightValue }
            if leftValue == 0 { break }
            left += 1
            right += 1
          }
        }
        return one.start < other.start
      }
    }
    return suffixes
  }

  /// The length of a suffix, at most the longest asked for.
  private func length(_ start: Int) -> Int {
    var length = 0
    while length < maximumLength, scalar(start, length) != 0 { length += 1 }
    return length
  }

  private func commonLength(_ one: Int, _ other: Int) -> Int {
    var length = 0
    while length < maximumLength, scalar(one, length) != 0, scalar(one, length) == scalar(other, length) {
      length += 1
    }
    return length
  }

  /// The substrings of two scalars or more that occur twice or more and end where a longer one would occur less often:
  /// the inner nodes of the tree of suffixes, and its leaves.
  func seeds() -> [Seed] {
    let suffixes = sortedSuffixes()
    var result: [Seed] = []
    // Open substrings, each longer than the one below it, and what has been counted of it.
    var open: [(length: Int, count: Int)] = []
    func close(downTo length: Int, before index: Int) {
      var carried = 0
      while let last = open.last, last.length > length {
        open.removeLast()
        let count = last.count + carried
        if last.length >= 2, count >= 2 {
          result.append(Seed(start: Int(suffixes[index - 1].start), length: last.length, count: count))
        }
        carried = count
      }
      if carried > 0 {
        if let last = open.last, last.length == length {
          open[open.count - 1].count += carried
        } else {
          open.append((length, carried))
        }
      }
    }
    for (index, suffix) in suffixes.enumerated() {
      let start = Int(suffix.start)
      let common = index == 0 ? 0 : commonLength(Int(suffixes[index - 1].start), start)
      if index > 0 { close(downTo: common, before: index) }
      let length = length(start)
      if let last = open.last, last.length == length {
        open[open.count - 1].count += Int(weights[start])
      } else {
        open.append((length, Int(weights[start])))
      }
    }
    close(downTo: 0, before: suffixes.count)
    return result
  }
}
