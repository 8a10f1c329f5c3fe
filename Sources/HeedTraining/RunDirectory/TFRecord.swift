/// The framing of TensorBoard's event files: length, checksum of the length, data, checksum of the data.
enum TFRecord {
  /// The largest record that is believed in a file; those written here have a few hundred bytes.
  static let maximumLength = 1 << 24
  /// The bytes around the data: eight of length and twice four of checksums.
  static let headerLength = 12
  static let footerLength = 4

  /// A record around some data.
  static func frame(_ data: [UInt8]) -> [UInt8] {
    let length = UInt64(data.count).littleEndianBytes
    return length + CRC32C.maskedChecksum(length).littleEndianBytes + data
      + CRC32C.maskedChecksum(data).littleEndianBytes
  }

  /// The data's length in a header, or nil if the header is damaged or claims too much.
  static func dataLength(_ header: ArraySlice<UInt8>) -> Int? {
    guard header.count == headerLength else { return nil }
    let lengthBytes = header.prefix(8)
    let length = UInt64(littleEndianBytes: lengthBytes)
    guard UInt64(littleEndianBytes: header.suffix(4)) == UInt64(CRC32C.maskedChecksum(lengthBytes)),
      length <= UInt64(maximumLength)
    else { return nil }
    return Int(length)
  }

  /// The data in front of its checksum, or nil if it is damaged.
  static func data(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let data = bytes.dropLast(footerLength)
    let stored = UInt64(littleEndianBytes: bytes.suffix(footerLength))
    return stored == UInt64(CRC32C.maskedChecksum(data)) ? data : nil
  }
}

extension FixedWidthInteger {
  /// The bytes, lowest first.
  var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}

extension UInt64 {
  /// The number that up to eight bytes spell, lowest first.
  init(littleEndianBytes bytes: some BidirectionalCollection<UInt8>) {
    self = bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
