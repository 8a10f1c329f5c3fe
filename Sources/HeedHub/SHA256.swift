/// SHA-256 (FIPS 180-4), by which the hub names large files.
package struct SHA256: BlockHash {
  package static let digestSize = 32
  private var state: [UInt32]
  private var schedule = [UInt32](repeating: 0, count: 64)

  package init() { state = Self.initial }

  package mutating func absorb(_ block: UnsafeRawBufferPointer) {
    Self.constants.withUnsafeBufferPointer { constants in
      schedule.withUnsafeMutableBufferPointer { words in
        for index in 0..<16 { words[index] = block.bigEndianWord(index) }
        for index in 16..<64 {
          let (early, late) = (words[index - 15], words[index - 2])
          let small = early.rotatedLeft(25) ^ early.rotatedLeft(14) ^ (early >> 3)
          let great = late.rotatedLeft(15) ^ late.rotatedLeft(13) ^ (late >> 10)
          words[index] = words[index - 16] &+ small &+ words[index - 7] &+ great
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
          let sumE = e.rotatedLeft(26) ^ e.rotatedLeft(21) ^ e.rotatedLeft(7)
          let first = h &+ sumE &+ ((e & f) ^ (~e & g)) &+ constants[index] &+ words[index]
          let sumA = a.rotatedLeft(30) ^ a.rotatedLeft(19) ^ a.rotatedLeft(10)
          let second = sumA &+ ((a & b) ^ (a & c) ^ (b & c))
          (h, g, f, e) = (g, f, e, d &+ first)
          (d, c, b, a) = (c, b, a, first &+ second)
        }
        for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= value }
      }
    }
  }

  package var words: [UInt32] { state }

  /// The first 32 bits behind the point of the square roots of the first eight primes.
  private static let initial = primes.prefix(8).map { prime in
    fraction { root in root * root <= prime << 64 }
  }
  /// The same of the cube roots of the first 64 primes.
  private static let constants = primes.map { prime in
    fraction { root in root * root * root <= prime << 96 }
  }

  private static let primes = (2...311).filter { number in
    !(2..<number).contains { number.isMultiple(of: $0) }
  }.map { UInt128($0) }

  /// The lower 32 bits of the greatest number of 37 bits that `isBelow` allows: a root with 32 bits behind the point.
  private static func fraction(_ isBelow: (UInt128) -> Bool) -> UInt32 {
    var root: UInt128 = 0
    for bit in (0..<37).reversed() where isBelow(root | 1 << UInt128(bit)) { root |= 1 << UInt128(bit) }
    return UInt32(truncatingIfNeeded: root)
  }
}
