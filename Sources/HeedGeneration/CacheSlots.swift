/// Says where the cached keys and values of each hypothesis lie, so that hypotheses share prefixes without copying.
///
/// A slot holds one position of one hypothesis, and of all that descend from it. Each step gives every live row a slot of
/// its own to write, and a row's slots in order are its positions. Slots that no live row needs are used again.
public struct CacheSlots: Sendable {
  /// Slots that exist: storage needs room for so many. Grows as needed and never shrinks.
  public private(set) var capacity = 0
  /// For each live row its slots, oldest position first.
  public private(set) var rows: [[Int32]] = []

  /// The slot before this one; −1 at the first position.
  private var previous: [Int32] = []
  /// Slots that follow this one, and live rows that end with it.
  private var referenceCounts: [Int32] = []
  private var free: [Int32] = []

  /// No rows and no slots.
  public init() {}

  /// Slots that live rows use.
  public var usedCount: Int { capacity - free.count }

  /// Begins anew with `count` rows, each with one slot to write.
  public mutating func start(rowCount count: Int) {
    precondition(count >= 0, "a count of rows is not negative")
    start(lengths: Array(repeating: 1, count: count))
  }

  /// Begins anew with rows of so many slots, at least one each, all of them to write.
  public mutating func start(lengths: [Int]) {
    for row in rows { release(row) }
    rows = lengths.map { length in
      precondition(length > 0, "a row needs a slot")
      var row: [Int32] = []
      row.reserveCapacity(length)
      // The next slot takes over the reference to the one before it.
      for _ in 0..<length { row.append(takeSlot(after: row.last ?? -1)) }
      return row
    }
  }

  /// Makes row i what row `parents[i]` is, with nothing new to write.
  ///
  /// Rows that are nobody's parent are dropped.
  /// - Precondition: The parents are live rows.
  public mutating func fork(parents: [Int]) {
    let old = hold(parents)
    rows = parents.map { old[$0] }
  }

  /// Makes row i continue what was row `parents[i]`, with a slot of its own to write behind it.
  ///
  /// Rows that are nobody's parent are dropped.
  /// - Precondition: The parents are live rows.
  public mutating func advance(parents: [Int]) {
    let old = hold(parents)
    rows.reserveCapacity(parents.count)
    for parent in parents {
      let tip = last(of: old[parent])
      var slots = old[parent]
      // The new slot takes over the reference to its parent from above.
      slots.append(takeSlot(after: tip))
      rows.append(slots)
    }
  }

  /// Lets go of all rows but the parents, each of which gets a reference for each child.
  private mutating func hold(_ parents: [Int]) -> [[Int32]] {
    for parent in parents {
      precondition(rows.indices.contains(parent), "a parent that is no row")
      referenceCounts[Int(last(of: rows[parent]))] += 1
    }
    let old = rows
    rows = []
    for row in old { release(row) }
    return old
  }

  private func last(of row: [Int32]) -> Int32 { row[row.count - 1] }

  private mutating func takeSlot(after slot: Int32) -> Int32 {
    if let reused = free.popLast() {
      previous[Int(reused)] = slot
      referenceCounts[Int(reused)] = 1
      return reused
    }
    capacity += 1
    previous.append(slot)
    referenceCounts.append(1)
    return Int32(capacity - 1)
  }

  /// Lets go of a row's last slot, and of all before it that nothing else needs.
  private mutating func release(_ row: [Int32]) {
    var slot = last(of: row)
    while slot >= 0 {
      referenceCounts[Int(slot)] -= 1
      guard referenceCounts[Int(slot)] == 0 else { return }
      free.append(slot)
      slot = previous[Int(slot)]
    }
  }
}
