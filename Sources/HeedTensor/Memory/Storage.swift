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

  /// A block of `count` floats of unknown content, at an address divisible by 64.
  package init(count: Int) {
    self.count = count
    pointer = StoragePool.shared.take(count)
  }

  deinit {
    StoragePool.shared.give(pointer, count)
  }
}

/// Keeps blocks that are no longer used for the next tensor of about that size: asking the system for fresh pages at
/// every operation costs more than many of the operations.
package final class StoragePool: Sendable {
  package static let shared = StoragePool()

  private struct Free: ~Copyable {
    var blocks: [Int: [UInt]] = [:]
    var byteCount = 0
  }

  private let free = Mutex(Free())

  /// The bytes that are kept for later.
  package var idleByteCount: Int { free.withLock { $0.byteCount } }

  /// Sizes are rounded up to an eighth of a power of two, so that batches of nearly equal size share blocks. The part
  /// of a block that is never touched costs no memory.
  static func roundedCount(_ count: Int) -> Int {
    guard count > 64 else { return 64 }
    let step = max(16, (1 << (Int.bitWidth - 1 - (count - 1).leadingZeroBitCount)) / 8)
    return (count + step - 1) / step * step
  }

  func take(_ count: Int) -> UnsafeMutablePointer<Float> {
    let rounded = Self.roundedCount(count)
    let address = free.withLock { free -> UInt? in
      guard let address = free.blocks[rounded]?.popLast() else { return nil }
      free.byteCount -= rounded * MemoryLayout<Float>.stride
      return address
    }
    if let address, let pointer = UnsafeMutablePointer<Float>(bitPattern: address) { return pointer }
    var block: UnsafeMutableRawPointer?
    let status = posix_memalign(&block, 64, rounded * MemoryLayout<Float>.stride)
    guard status == 0, let block else {
      preconditionFailure("out of memory: \(rounded * MemoryLayout<Float>.stride) bytes were asked for")
    }
    return block.bindMemory(to: Float.self, capacity: rounded)
  }

  func give(_ pointer: UnsafeMutablePointer<Float>, _ count: Int) {
    let rounded = Self.roundedCount(count)
    free.withLock { free in
      free.blocks[rounded, default: []].append(UInt(bitPattern: pointer))
      free.byteCount += rounded * MemoryLayout<Float>.stride
    }
  }

  /// Returns everything idle to the system.
  package func trim() {
    let blocks = free.withLock { free in
      defer {
        free.blocks = [:]
        free.byteCount = 0
      }
      return free.blocks
    }
    for address in blocks.values.joined() { releaseBlock(UnsafeMutableRawPointer(bitPattern: address)) }
  }
}

private func releaseBlock(_ block: UnsafeMutableRawPointer?) {
  free(block)
}
