/// Byte strings numbered in the order of their insertion: one arena and one open-addressed table.
struct ByteStringTable: Sendable {
  private(set) var arena: [UInt8] = []
  /// Where each string begins; the last entry is the end of the arena.
  private(set) var starts: [Int] = [0]
  /// High half of the hash and index + 1; zero is free.
  private var slots: [UInt64]

  init(minimumCapacity: Int = 0) {
    var size = 16
    while size < minimumCapacity &* 2 && size < 1 << 40 { size *= 2 }
    slots = [UInt64](repeating: 0, count: size)
  }

  var count: Int { starts.count - 1 }

  func range(_ index: Int) -> Range<Int> { starts[index]..<starts[index + 1] }

  subscript(_ index: Int) -> ArraySlice<UInt8> { arena[range(index)] }

  /// Appends string number `index` to `bytes`, without its first few.
  @inline(__always) func append(_ index: Int, droppingFirst skipped: Int = 0, to bytes: inout [UInt8]) {
    arena.withUnsafeBufferPointer {
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: $0[range(index)].dropFirst(skipped)))
    }
  }

  /// Returns the number of the string that equals `bytes`, or nil.
  @inline(__always) func find(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    let hash = Self.hash(bytes)
    let tag = hash & 0xFFFF_FFFF_0000_0000
    return slots.withUnsafeBufferPointer { slots in
      let mask = slots.count - 1
      var slot = Int(truncatingIfNeeded: hash) & mask
      while true {
        let entry = slots[slot]
        if entry == 0 { return nil }
        if entry & 0xFFFF_FFFF_0000_0000 == tag {
          let index = Int(truncatingIfNeeded: entry & 0xFFFF_FFFF) - 1
          if equals(index, bytes) { return index }
        }
        slot = (slot + 1) & mask
      }
    }
  }

  func find(_ bytes: some Collection<UInt8>) -> Int? {
    bytes.withContiguousStorageIfAvailable { find($0) } ?? Array(bytes).withUnsafeBufferPointer { find($0) }
  }

  /// Returns the number of the string that equals `bytes`, inserting it if there is none.
  @discardableResult
  mutating func insert(_ bytes: UnsafeBufferPointer<UInt8>) -> (index: Int, isNew: Bool) {
    if let index = find(bytes) { return (index, false) }
    let index = count
    if (index + 1) * 2 > slots.count { grow() }
    arena.append(contentsOf: bytes)
    starts.append(arena.count)
    place(index, hash: Self.hash(bytes))
    return (index, true)
  }

  @discardableResult
  mutating func insert(_ bytes: [UInt8]) -> (index: Int, isNew: Bool) {
    bytes.withUnsafeBufferPointer { insert($0) }
  }

  private mutating func grow() {
    slots = [UInt64](repeating: 0, count: slots.count * 2)
    for index in 0..<count {
      let hash = arena.withUnsafeBufferPointer { Self.hash(UnsafeBufferPointer(rebasing: $0[range(index)])) }
      place(index, hash: hash)
    }
  }

  private mutating func place(_ index: Int, hash: UInt64) {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 { slot = (slot + 1) & mask }
    slots[slot] = hash & 0xFFFF_FFFF_0000_0000 | UInt64(truncatingIfNeeded: index + 1) & 0xFFFF_FFFF
  }

  @inline(__always) private func equals(_ index: Int, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let start = starts[index]
    guard starts[index + 1] - start == bytes.count else { return false }
    return arena.withUnsafeBufferPointer { arena in
      for offset in 0..<bytes.count where arena[start + offset] != bytes[offset] { return false }
      return true
    }
  }

  /// Mixes eight bytes at a time by a full-width multiplication.
  @inline(__always) static func hash(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    let raw = UnsafeRawBufferPointer(bytes)
    var hash = UInt64(truncatingIfNeeded: raw.count) &* 0x9E37_79B9_7F4A_7C15
    var index = 0
    while index + 8 <= raw.count {
      hash = mix(hash ^ raw.loadUnaligned(fromByteOffset: index, as: UInt64.self))
      index += 8
    }
    var tail: UInt64 = 0
    while index < raw.count {
      tail = tail << 8 | UInt64(raw[index])
      index += 1
    }
    return mix(hash ^ tail)
  }

  @inline(__always) private static func mix(_ value: UInt64) -> UInt64 {
    let product = (value ^ 0xA076_1D64_78BD_642F).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
    return product.high ^ product.low
  }
}
