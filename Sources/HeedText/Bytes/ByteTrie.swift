/// Byte strings with a number each, found by their beginnings: a double array.
///
/// Source: Aoe, "An Efficient Digital Search Algorithm by Using a Double-Array Structure" (1989), with children placed
/// by exclusive or, so that those of a node lie in one block of 256.
struct ByteTrie: Sendable {
  /// The node where every search begins.
  static let root: Int32 = 0

  fileprivate struct Unit {
    /// The children are at `base ^ byte`; -1 where there are none.
    var base: Int32 = -1
    /// The parent; -1 where the unit is free.
    var parent: Int32 = -1
    /// The number of the string that ends here; -1 where none does.
    var value: Int32 = -1
  }

  private var units: [Unit]

  /// Makes a trie of strings and their numbers; of equal strings the last counts.
  init(_ strings: some Sequence<(bytes: ArraySlice<UInt8>, value: Int32)>) {
    var keys = Array(strings).enumerated().map { (key: $1, order: $0) }
    keys.sort { left, right in
      if left.key.bytes.lexicographicallyPrecedes(right.key.bytes) { return true }
      if right.key.bytes.lexicographicallyPrecedes(left.key.bytes) { return false }
      return left.order < right.order
    }
    units = [Unit](repeating: Unit(), count: 256)
    units[0].parent = 0
    var builder = Builder()
    builder.take(0)
    // Breadth first: (node, keys below it, their length so far).
    var queue: [(node: Int32, first: Int, end: Int, depth: Int)] = [(0, 0, keys.count, 0)]
    var position = 0
    var labels: [(byte: UInt8, first: Int, end: Int)] = []
    while position < queue.count {
      let (node, first, end, depth) = queue[position]
      position += 1
      var index = first
      while index < end, keys[index].key.bytes.count == depth {
        units[Int(node)].value = keys[index].key.value
        index += 1
      }
      labels.removeAll(keepingCapacity: true)
      while index < end {
        let slice = keys[index].key.bytes
        let byte = slice[slice.startIndex + depth]
        if let last = labels.last, last.byte == byte {
          labels[labels.count - 1].end = index + 1
        } else {
          labels.append((byte, index, index + 1))
        }
        index += 1
      }
      if labels.isEmpty { continue }
      let base = builder.base(for: labels.map { $0.byte })
      while units.count < builder.unitCount { units.append(Unit()) }
      units[Int(node)].base = Int32(truncatingIfNeeded: base)
      for label in labels {
        let child = base ^ Int(label.byte)
        units[child].parent = node
        queue.append((Int32(truncatingIfNeeded: child), label.first, label.end, depth + 1))
      }
    }
  }

  /// Calls `body` with a faster form of the trie.
  @inline(__always) func withSearch<Result>(_ body: (Search) -> Result) -> Result {
    units.withUnsafeBufferPointer { body(Search(units: $0)) }
  }

  /// Steps through a trie.
  struct Search {
    fileprivate let units: UnsafeBufferPointer<Unit>

    /// The child of `node` for `byte`, or nil if there is none.
    @inline(__always) func child(of node: Int32, _ byte: UInt8) -> Int32? {
      let base = units[Int(node)].base
      guard base >= 0 else { return nil }
      let child = base ^ Int32(byte)
      return units[Int(child)].parent == node && child != 0 ? child : nil
    }

    /// The number of the string that ends at `node`; -1 where none does.
    @inline(__always) func value(_ node: Int32) -> Int32 { units[Int(node)].value }
  }

  /// Finds free places for children.
  private struct Builder {
    private var used: [UInt64] = [0, 0, 0, 0]
    private var freeCounts = [256]
    /// Blocks before are full enough to be left alone.
    private var firstOpenBlock = 0

    var unitCount: Int { freeCounts.count * 256 }

    mutating func take(_ index: Int) {
      used[index >> 6] |= 1 << UInt64(index & 63)
      freeCounts[index >> 8] -= 1
    }

    private func isUsed(_ index: Int) -> Bool { used[index >> 6] >> UInt64(index & 63) & 1 == 1 }

    /// Returns where children with the given bytes fit, and takes their places.
    mutating func base(for labels: [UInt8]) -> Int {
      var block = max(firstOpenBlock, freeCounts.count - 24)
      firstOpenBlock = block
      while true {
        if block == freeCounts.count {
          freeCounts.append(256)
          used += [0, 0, 0, 0]
        }
        if freeCounts[block] >= labels.count, let base = base(for: labels, in: block) {
          for label in labels { take(base ^ Int(label)) }
          return base
        }
        block += 1
      }
    }

    private func base(for labels: [UInt8], in block: Int) -> Int? {
      for word in 0..<4 {
        var free = ~used[block * 4 + word]
        while free != 0 {
          let place = block * 256 + word * 64 + free.trailingZeroBitCount
          free &= free - 1
          let base = place ^ Int(labels[0])
          if labels.allSatisfy({ !isUsed(base ^ Int($0)) }) { return base }
        }
      }
      return nil
    }
  }
}
