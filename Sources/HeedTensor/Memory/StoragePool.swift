import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Keeps blocks that are no longer used for the next tensor of about that size: asking the system for fresh pages at
/// every operation costs more than many of the operations.
package final class StoragePool: Sendable {
  package static let shared = StoragePool()

  /// Memory for `capacity` floats.
  struct Block: @unchecked Sendable {
    // Unchecked, because it is nothing but an address that one storage or the pool owns.
    let pointer: UnsafeMutablePointer<Float>
    let capacity: Int

    var byteCount: Int { capacity * MemoryLayout<Float>.stride }
  }

  private struct State: ~Copyable {
    /// Idle blocks by their capacity, the capacities in ascending order.
    var capacities: [Int] = []
    var blocks: [[Block]] = []
    var fresh = FreshMemory()
    var usedByteCount = 0
    var mostUsedByteCount = 0

    /// The place of the first capacity that is not smaller.
    func place(of capacity: Int) -> Int {
      var (low, high) = (0, capacities.count)
      while low < high {
        let middle = (low + high) / 2
        if capacities[middle] < capacity { low = middle + 1 } else { high = middle }
      }
      return low
    }

    mutating func take(_ capacity: Int) -> Block {
      let block = idleBlock(capacity) ?? Block(pointer: fresh.take(capacity), capacity: capacity)
      usedByteCount += block.byteCount
      mostUsedByteCount = max(mostUsedByteCount, usedByteCount)
      return block
    }

    /// A block that is large enough and not much too large: batches differ in size, and each size having blocks of its
    /// own would multiply the memory of a training.
    private mutating func idleBlock(_ capacity: Int) -> Block? {
      var place = place(of: capacity)
      while place < capacities.count, capacities[place] <= capacity + capacity / 2 {
        if let block = blocks[place].popLast() { return block }
        place += 1
      }
      return nil
    }

    /// Gives the memory of large idle blocks back to the system; they stay where they are, for others to use.
    mutating func releaseIdle() {
      #if os(Linux)
        for block in blocks.joined() where block.byteCount >= FreshMemory.largeSize {
          let page = FreshMemory.hugePageSize
          let start = (Int(bitPattern: block.pointer) + page - 1) / page * page
          let end = (Int(bitPattern: block.pointer) + block.byteCount) / page * page
          if start < end { madvise(UnsafeMutableRawPointer(bitPattern: start), end - start, MADV_DONTNEED) }
        }
      #endif
    }

    mutating func give(_ block: Block) {
      usedByteCount -= block.byteCount
      let place = place(of: block.capacity)
      if place == capacities.count || capacities[place] != block.capacity {
        capacities.insert(block.capacity, at: place)
        blocks.insert([], at: place)
      }
      blocks[place].append(block)
    }
  }

  private let state = Mutex(State())

  /// The bytes of the blocks that tensors have.
  package var usedByteCount: Int { state.withLock { $0.usedByteCount } }

  /// The most bytes that tensors had at one time while `body` ran, beyond those that they had before. Only one such
  /// measurement may run at a time.
  package func mostUsed(during body: () throws -> Void) rethrows -> Int {
    let before = state.withLock { state in
      state.mostUsedByteCount = state.usedByteCount
      return state.usedByteCount
    }
    try body()
    return state.withLock { $0.mostUsedByteCount } - before
  }

  /// Sizes are rounded up to an eighth of a power of two, so that batches of nearly equal size share blocks. The part
  /// of a large block that is never touched costs no memory.
  package static func roundedCount(_ count: Int) -> Int {
    guard count > 64 else { return 64 }
    let step = max(16, (1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount)) / 8)
    return (count + step - 1) / step * step
  }

  func take(_ count: Int) -> Block {
    let capacity = Self.roundedCount(count)
    return state.withLock { $0.take(capacity) }
  }

  func give(_ block: Block) {
    state.withLock { $0.give(block) }
  }

  /// Gives the memory of large blocks that no tensor has back to the system: after a model has been loaded through
  /// tensors that it does not keep.
  package func releaseIdle() {
    state.withLock { $0.releaseIdle() }
  }
}
