#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory from the system, in pages of two megabytes where it has them.
///
/// A matrix multiply walks over several matrices at once, and the processor remembers the addresses of a few hundred
/// pages only: with pages of 4 KB it waits for addresses a third of its time on older processors and virtual machines
/// (docs/performance.md). So small blocks are cut from large slabs, of which only the pages that are touched cost memory.
struct FreshMemory: ~Copyable {
  static let hugePageSize = 1 << 21
  private static let slabSize = 1 << 25
  /// A block of this size has at least one huge page of its own, wherever it starts.
  static let largeSize = 2 * hugePageSize

  private var slab: UnsafeMutableRawPointer?
  private var slabOffset = 0

  /// Room for `count` floats, a multiple of 16, at an address divisible by 64. It is never given back.
  mutating func take(_ count: Int) -> UnsafeMutablePointer<Float> {
    let byteCount = count * MemoryLayout<Float>.stride
    let memory = byteCount < Self.largeSize ? piece(byteCount) : Self.allocate(byteCount)
    return memory.bindMemory(to: Float.self, capacity: count)
  }

  private mutating func piece(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let base: UnsafeMutableRawPointer
    if let slab, slabOffset + byteCount <= Self.slabSize {
      base = slab
    } else {
      base = Self.allocate(Self.slabSize)
      (slab, slabOffset) = (base, 0)
    }
    defer { slabOffset += byteCount }
    return base + slabOffset
  }

  /// Ends the process as Swift's own allocator does, with a sentence: a release build prints no message of a
  /// precondition.
  private static func endOutOfMemory(_ byteCount: Int) -> Never {
    let megabytes = byteCount / 1_000_000
    let sentence =
      "heed: out of memory: the system has no \(megabytes) MB more to give; take a smaller model, batch or length\n"
    _ = Array(sentence.utf8).withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
    exit(71)
  }

  private static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    var memory: UnsafeMutableRawPointer?
    let status = posix_memalign(&memory, hugePageSize, byteCount)
    guard status == 0, let memory else { endOutOfMemory(byteCount) }
    #if os(Linux)
      // Whole pages only, so that no memory is touched that is not asked for.
      madvise(memory, byteCount / hugePageSize * hugePageSize, MADV_HUGEPAGE)
    #endif
    return memory
  }
}
