/// The rank and the result of each pair of tokens that merge: one open-addressed table.
struct MergeTable: Sendable {
  /// What `find` returns for a pair that does not merge.
  static let none = UInt64.max

  /// Pairs and what they merge to, one after the other; an unused pair is all ones.
  private var slots: [UInt64]
  private var count = 0

  init(minimumCapacity: Int) {
    var size = 16
    while size < minimumCapacity &* 2 && size < 1 << 40 { size *= 2 }
    slots = [UInt64](repeating: .max, count: size * 2)
  }

  @inline(__always) private static func key(_ left: TokenID, _ right: TokenID) -> UInt64 {
    UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
  }

  @inline(__always) private static func slot(_ key: UInt64, _ mask: Int) -> Int {
    let product = key &* 0x9E37_79B9_7F4A_7C15
    return Int(truncatingIfNeeded: product >> 32 ^ product) & mask
  }

  /// Returns the rank (high half) and the identifier (low half) of what a pair merges to, or `none`.
  @inline(__always) func find(_ left: TokenID, _ right: TokenID) -> UInt64 {
    let key = Self.key(left, right)
    return slots.withUnsafeBufferPointer { slots in
      let mask = slots.count / 2 - 1
      var slot = Self.slot(key, mask)
      while true {
        let found = slots[slot * 2]
        if found == key { return slots[slot * 2 + 1] }
        if found == .max { return Self.none }
        slot = (slot + 1) & mask
      }
    }
  }

  /// Sets what a pair merges to; a pair that stands twice has the later rank.
  mutating func insert(_ left: TokenID, _ right: TokenID, rank: Int, result: TokenID) {
    if (count + 1) * 4 > slots.count { grow() }
    place(
      Self.key(left, right),
      UInt64(UInt32(truncatingIfNeeded: rank)) << 32 | UInt64(UInt32(bitPattern: result)))
  }

  private mutating func place(_ key: UInt64, _ value: UInt64) {
    let mask = slots.count / 2 - 1
    var slot = Self.slot(key, mask)
    while slots[slot * 2] != .max, slots[slot * 2] != key { slot = (slot + 1) & mask }
    if slots[slot * 2] == .max { count += 1 }
    slots[slot * 2] = key
    slots[slot * 2 + 1] = value
  }

  private mutating func grow() {
    let old = slots
    slots = [UInt64](repeating: .max, count: old.count * 2)
    count = 0
    for slot in 0..<old.count / 2 where old[slot * 2] != .max { place(old[slot * 2], old[slot * 2 + 1]) }
  }
}
