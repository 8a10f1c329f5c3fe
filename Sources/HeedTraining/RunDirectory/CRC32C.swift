/// The checksum of TFRecord files: CRC-32C, by Castagnoli's polynomial.
///
/// Source: RFC 3720, appendix B.4, has its test vectors.
enum CRC32C {
  private static let table: [UInt32] = (0..<256).map { index -> UInt32 in
    var value = UInt32(index)
    // The polynomial 0x1EDC6F41 with its bits in reverse, because the checksum takes the lowest bit first.
    for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1 }
    return value
  }

  /// The checksum of some bytes.
  static func checksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~0) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ ($0 >> 8) }
  }

  /// The checksum as TFRecord stores it, so that the checksum of data that holds checksums stays sound.
  static func maskedChecksum(_ bytes: some Sequence<UInt8>) -> UInt32 {
    let value = checksum(bytes)
    return (value >> 15 | value << 17) &+ 0xA282_EAD8
  }
}
