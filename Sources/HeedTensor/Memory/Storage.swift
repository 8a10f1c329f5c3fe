import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A block of floats, shared by the tensors that look at parts of it.
package final class Storage: @unchecked Sendable {
  // Unchecked, because the floats are reached through a pointer. An operation writes only into storage that it has
  // just made; the exceptions (gradients, the arena of parameters, caches) have one owner that says so.

  package let pointer: UnsafeMutablePointer<Float>
  package let count: Int
  private let block: StoragePool.Block

  /// No floats: that of weights that are held in another form.
  static let empty = Storage(count: 0)

  /// A block of `count` floats of unknown content, at an address divisible by 64.
  package init(count: Int) {
    self.count = count
    block = StoragePool.shared.take(count)
    pointer = block.pointer
  }

  deinit {
    StoragePool.shared.give(block)
  }
}

/// Keeps blocks that are no longer used for the next tensor of about that size: asking the system for fresh pages at
/// every operation costs more than many of the operations.
package final class StoragePool: Sendable {
  package static let shared = StoragePool()

  /// Memory for `capacity` floats.
  struct Block: @unchecked Sendable {
    // Unchecked, because it is nothing but an address that one storage or the pool owns.
    let pointer: UnsafeMutablePointer<Float>
    let capacity: Int
  }

  /// Idle blocks by their capacity, the capacities in ascending order.
  private struct Idle: ~Copyable {
    var capacities: [Int] = []
    var blocks: [[Block]] = []
    var byteCount = 0
    /// What was asked of the system and not returned, for tensors and idle blocks together.
    var reservedByteCount = 0

    /// The place of the first capacity that is not smaller.
    func place(of capacity: Int) -> Int {
      var (low, high) = (0, capacities.count)
      while low < high {
        let middle = (low + high) / 2
        if capacities[middle] < capacity { low = middle + 1 } else { high = middle }
      }
      return low
    }

    /// A block that is large enough and not much too large: batches differ in size, and each size having blocks of its
    /// own would multiply the memory of a training.
    mutating func take(_ capacity: Int) -> Block? {
      var place = place(of: capacity)
      while place < capacities.count, capacities[place] <= capacity + capacity / 2 {
        if let block = blocks[place].popLast() {
          byteCount -= block.capacity * MemoryLayout<Float>.stride
          return block
        }
        place += 1
      }
      reservedByteCount += capacity * MemoryLayout<Float>.stride
      return nil
    }

    mutating func give(_ block: Block) {
      let place = place(of: block.capacity)
      if place == capacities.count || capacities[place] != block.capacity {
        capacities.insert(block.capacity, at: place)
        blocks.insert([], at: place)
      }
      blocks[place].append(block)
      byteCount += block.capacity * MemoryLayout<Float>.stride
    }
  }

  private let idle = Mutex(Idle())

  /// The bytes that are kept for later.
  package var idleByteCount: Int { idle.withLock { $0.byteCount } }

  /// The bytes that were asked of the system and not returned: those of tensors and those that are idle.
  package var reservedByteCount: Int { idle.withLock { $0.reservedByteCount } }

  private static let hugePageSize = 1 << 21

  /// Sizes are rounded up to an eighth of a power of two, so that batches of nearly equal size share blocks. The part
  /// of a block that is never touched costs no memory.
  package static func roundedCount(_ count: Int) -> Int {
    guard count > 64 else { return 64 }
    let step = max(16, (1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount)) / 8)
    return (count + step - 1) / step * step
  }

  func take(_ count: Int) -> Block {
    let capacity = Self.roundedCount(count)
    if let block = idle.withLock({ $0.take(capacity) }) { return block }
    let byteCount = capacity * MemoryLayout<Float>.stride
    let isHuge = byteCount >= 2 * Self.hugePageSize
    var memory: UnsafeMutableRawPointer?
    let status = posix_memalign(&memory, isHuge ? Self.hugePageSize : 64, byteCount)
    guard status == 0, let memory else {
      preconditionFailure("out of memory: \(byteCount) bytes were asked for")
    }
    #if os(Linux)
      // One page to find instead of 512; whole ones only, so that no memory is touched that is not asked for.
      if isHuge { madvise(memory, byteCount / Self.hugePageSize * Self.hugePageSize, MADV_HUGEPAGE) }
    #endif
    return Block(pointer: memory.bindMemory(to: Float.self, capacity: capacity), capacity: capacity)
  }

  func give(_ block: Block) {
    idle.withLock { $0.give(block) }
  }

  /// Returns everything idle to the system.
  package func trim() {
    let blocks = idle.withLock { idle in
      let blocks = idle.blocks
      let inUse = idle.reservedByteCount - idle.byteCount
      idle = Idle()
      idle.reservedByteCount = inUse
      return blocks
    }
    for block in blocks.joined() { free(block.pointer) }
  }
}
