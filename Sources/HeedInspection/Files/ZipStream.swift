/// A zip file of stored entries, made piece by piece: each method gives the bytes that come next.
///
/// Sizes and checksums stand behind each entry (bit 3 of the flags) and in the directory, so that nothing has to be
/// known before it is written. Source: PKWARE's APPNOTE.TXT 6.3, sections 4.3 and 4.4.
struct ZipStream {
  /// Sizes and places have 32 bits; some are left for headers.
  static let largestSize = Int(UInt32.max) - (1 << 24)

  private struct Entry {
    let name: [UInt8]
    let offset: UInt32
    var checksum = CRC32()
    var size: UInt32 = 0
  }
  private var entries: [Entry] = []
  private var offset: UInt32 = 0
  /// UTF-8 names (bit 11), sizes behind the content (bit 3).
  private static let flags: UInt16 = 1 << 11 | 1 << 3

  /// The head of an entry.
  mutating func begin(_ name: String) -> [UInt8] {
    let name = Array(name.utf8)
    entries.append(Entry(name: name, offset: offset))
    return counted(
      LittleEndian.bytes(UInt32(0x0403_4B50)) + Self.common(checksum: 0, size: 0, name)
        + LittleEndian.bytes(UInt16(0)) + name)
  }

  /// A part of the entry.
  mutating func content(_ bytes: [UInt8]) -> [UInt8] {
    let last = entries.count - 1
    entries[last].checksum.add(bytes)
    entries[last].size += UInt32(bytes.count)
    return counted(bytes)
  }

  /// The end of the entry.
  mutating func end() -> [UInt8] {
    let entry = entries[entries.count - 1]
    return counted(
      LittleEndian.bytes(UInt32(0x0807_4B50)) + LittleEndian.bytes(entry.checksum.value)
        + LittleEndian.bytes(entry.size) + LittleEndian.bytes(entry.size))
  }

  /// The directory, with which the file ends.
  func directory() -> [UInt8] {
    var bytes: [UInt8] = []
    for entry in entries {
      bytes += LittleEndian.bytes(UInt32(0x0201_4B50)) + LittleEndian.bytes(UInt16(20))
      bytes += Self.common(checksum: entry.checksum.value, size: entry.size, entry.name)
      // No extra field, no comment, the first disk, no attributes.
      bytes += [UInt8](repeating: 0, count: 12) + LittleEndian.bytes(entry.offset) + entry.name
    }
    let count = UInt16(entries.count)
    return bytes + LittleEndian.bytes(UInt32(0x0605_4B50)) + [0, 0, 0, 0] + LittleEndian.bytes(count)
      + LittleEndian.bytes(count) + LittleEndian.bytes(UInt32(bytes.count)) + LittleEndian.bytes(offset) + [
        0, 0,
      ]
  }

  /// What an entry's head and its line in the directory have in common. The date is the first that there is: the same
  /// arrays give the same file.
  private static func common(checksum: UInt32, size: UInt32, _ name: [UInt8]) -> [UInt8] {
    LittleEndian.bytes(UInt16(20)) + LittleEndian.bytes(flags) + [0, 0] + [0, 0, 0x21, 0]
      + LittleEndian.bytes(checksum) + LittleEndian.bytes(size) + LittleEndian.bytes(size)
      + LittleEndian.bytes(UInt16(name.count))
  }

  private mutating func counted(_ bytes: [UInt8]) -> [UInt8] {
    offset += UInt32(bytes.count)
    return bytes
  }
}

/// The checksum of zip files: CRC-32 with the polynomial of ISO 3309.
struct CRC32 {
  private var state: UInt32 = .max
  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
  }

  /// The checksum of what was added.
  var value: UInt32 { ~state }

  mutating func add(_ bytes: [UInt8]) {
    var state = state
    Self.table.withUnsafeBufferPointer { table in
      for byte in bytes { state = table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] ^ state >> 8 }
    }
    self.state = state
  }
}

/// Numbers as files hold them.
enum LittleEndian {
  /// The bytes of an integer, the lowest first.
  static func bytes<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
  }
}

/// The beginning of a `.npy` file, version 1.0.
enum NumPyHeader {
  /// The header of an array in row-major order; what follows it is aligned to 64 bytes, as the format asks for.
  static func bytes(descriptor: String, shape: [Int]) -> [UInt8] {
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    let fields = "{'descr': '\(descriptor)', 'fortran_order': False, 'shape': (\(extents)), }"
    let length = (10 + fields.utf8.count + 1 + 63) / 64 * 64 - 10
    let padding = [UInt8](repeating: 0x20, count: length - fields.utf8.count - 1)
    return [0x93] + Array("NUMPY".utf8) + [1, 0] + LittleEndian.bytes(UInt16(length)) + Array(fields.utf8)
      + padding + [0x0A]
  }

  /// A whole array of strings, each filled up with zeros to the longest.
  static func array(of strings: [String]) -> [UInt8] {
    let rows = strings.map { $0.unicodeScalars.map(\.value) }
    let length = max(1, rows.map(\.count).max() ?? 1)
    var bytes = bytes(descriptor: "<U\(length)", shape: [strings.count])
    for row in rows {
      for place in 0..<length { bytes += LittleEndian.bytes(place < row.count ? row[place] : 0) }
    }
    return bytes
  }
}
