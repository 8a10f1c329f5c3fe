/// A set of scalars: ranges in ascending order that neither overlap nor touch.
struct ScalarSet: Hashable, Sendable {
  private(set) var ranges: [ClosedRange<UInt32>]

  static let limit: UInt32 = 0x10FFFF
  static let empty = ScalarSet(ranges: [])
  static let all = ScalarSet(ranges: [0...limit])

  private init(ranges: [ClosedRange<UInt32>]) { self.ranges = ranges }

  init(_ scalar: UInt32) { ranges = [scalar...scalar] }
  init(_ range: ClosedRange<UInt32>) { ranges = [range] }

  /// Makes a set of ranges in any order.
  init(unordered: [ClosedRange<UInt32>]) {
    ranges = []
    for range in unordered.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = ranges.last,
        range.lowerBound <= last.upperBound || range.lowerBound == last.upperBound + 1
      {
        ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        ranges.append(range)
      }
    }
  }

  /// Reads a table such as `41-5A 61-7A AA`.
  init(table: StaticString) {
    var ranges: [ClosedRange<UInt32>] = []
    UnicodeTables.forEachRange(of: table) { first, last in ranges.append(first...max(first, last)) }
    self.init(unordered: ranges)
  }

  var isEmpty: Bool { ranges.isEmpty }

  func contains(_ scalar: UInt32) -> Bool {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].contains(scalar)
  }

  func union(_ other: ScalarSet) -> ScalarSet { ScalarSet(unordered: ranges + other.ranges) }

  var inverted: ScalarSet {
    var result: [ClosedRange<UInt32>] = []
    var start: UInt32 = 0
    for range in ranges {
      if start < range.lowerBound { result.append(start...range.lowerBound - 1) }
      start = range.upperBound + 1
    }
    if start <= Self.limit { result.append(start...Self.limit) }
    return ScalarSet(ranges: result)
  }

  func intersection(_ other: ScalarSet) -> ScalarSet {
    var result: [ClosedRange<UInt32>] = []
    var (left, right) = (0, 0)
    while left < ranges.count, right < other.ranges.count {
      let lower = max(ranges[left].lowerBound, other.ranges[right].lowerBound)
      let upper = min(ranges[left].upperBound, other.ranges[right].upperBound)
      if lower <= upper { result.append(lower...upper) }
      if ranges[left].upperBound < other.ranges[right].upperBound { left += 1 } else { right += 1 }
    }
    return ScalarSet(ranges: result)
  }

  func isDisjoint(with other: ScalarSet) -> Bool { intersection(other).isEmpty }

  /// The set with the other case of each of its letters.
  var closedUnderCase: ScalarSet {
    var added: [ClosedRange<UInt32>] = []
    for (left, right) in CaseFolding.pairs {
      if contains(left) { added.append(right...right) }
      if contains(right) { added.append(left...left) }
    }
    return added.isEmpty ? self : ScalarSet(unordered: ranges + added)
  }
}

/// Letters that differ in case only.
private enum CaseFolding {
  /// Each two letters that are the same but for their case, both ways round once.
  static let pairs: [(UInt32, UInt32)] = {
    var groups: [UInt32: [UInt32]] = [:]
    LowerCase.shared.forEachPair { upper, lower in groups[lower, default: [lower]].append(upper) }
    // Letters whose upper case is another's too: long s, final sigma, Greek and old Cyrillic forms.
    for (letter, lower) in odd { groups[lower, default: [lower]].append(letter) }
    return groups.values.flatMap { group in
      group.indices.flatMap { first in group[(first + 1)...].map { (group[first], $0) } }
    }
  }()

  private static let odd: [(UInt32, UInt32)] = [
    (0x17F, 0x73), (0x3C2, 0x3C3), (0x3D0, 0x3B2), (0x3D1, 0x3B8), (0x3D5, 0x3C6), (0x3D6, 0x3C0),
    (0x3F0, 0x3BA),
    (0x3F1, 0x3C1), (0x3F5, 0x3B5), (0xB5, 0x3BC), (0x345, 0x3B9), (0x1FBE, 0x3B9), (0x1E9B, 0x1E61),
    (0x1C80, 0x432),
    (0x1C81, 0x434), (0x1C82, 0x43E), (0x1C83, 0x441), (0x1C84, 0x442), (0x1C85, 0x442), (0x1C86, 0x44A),
    (0x1C87, 0x463), (0x1C88, 0xA64B),
  ]
}
