/// A hash of the family of FIPS 180-4 with blocks of 64 bytes.
package protocol BlockHash {
  /// The bytes of a digest.
  static var digestSize: Int { get }
  /// The digest so far, in words of which each gives four bytes, the highest first.
  var words: [UInt32] { get }
  /// A hash of nothing.
  init()
  /// Takes in a block of 64 bytes.
  mutating func absorb(_ block: UnsafeRawBufferPointer)
}

/// A hash that is fed piece by piece.
package struct StreamingHash<Hash: BlockHash> {
  private var hash = Hash()
  private var pending: [UInt8] = []
  private var length: UInt64 = 0

  package init() {}

  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    length &+= UInt64(bytes.count)
    var start = 0
    if !pending.isEmpty {
      start = min(64 - pending.count, bytes.count)
      pending += bytes[..<start]
      guard pending.count == 64 else { return }
      pending.withUnsafeBytes { hash.absorb($0) }
      pending.removeAll(keepingCapacity: true)
    }
    while bytes.count - start >= 64 {
      hash.absorb(UnsafeRawBufferPointer(rebasing: bytes[start..<start + 64]))
      start += 64
    }
    pending += bytes[start...]
  }

  package mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  /// The digest in lower-case hexadecimal digits.
  package consuming func hexadecimal() -> String {
    let bits = length &* 8
    var tail: [UInt8] = [0x80]
    let used = Int(length % 64) + 1
    tail += [UInt8](repeating: 0, count: (used <= 56 ? 56 : 120) - used)
    tail += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
    update(tail)
    let digits = hash.words.flatMap { word in
      (0..<8).map { String((word >> (28 - 4 * UInt32($0))) & 0xF, radix: 16) }
    }
    return digits.joined()
  }
}

extension UnsafeRawBufferPointer {
  /// The 32 bits at a word's place, the highest byte first.
  func bigEndianWord(_ index: Int) -> UInt32 {
    UInt32(bigEndian: loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
  }
}

extension UInt32 {
  func rotatedLeft(_ count: UInt32) -> UInt32 { self << count | self >> (32 - count) }
}
