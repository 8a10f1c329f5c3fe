/// What the tokenizer knows of Unicode, as text in the other files of this folder.
///
/// The tables are our own so that a tokenizer gives the same tokens on every platform and with every version of Swift:
/// the properties of the standard library and Foundation's normal forms follow the system's Unicode version.
enum UnicodeTables {
  /// Calls `body` with each item of a table: stretches without spaces.
  static func forEachItem(of table: StaticString, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
    let bytes = UnsafeBufferPointer(start: table.utf8Start, count: table.utf8CodeUnitCount)
    var start = 0
    for index in 0...bytes.count where index == bytes.count || bytes[index] <= 0x20 {
      if start < index { body(UnsafeBufferPointer(rebasing: bytes[start..<index])) }
      start = index + 1
    }
  }

  /// Calls `body` with the first and last scalar of each range of a table such as `41-5A 61-7A AA`.
  static func forEachRange(of table: StaticString, _ body: (UInt32, UInt32) -> Void) {
    forEachItem(of: table) { item in
      var reader = ItemReader(item)
      let (first, last) = reader.range()
      body(first, last)
    }
  }

  /// Reads the parts of one item.
  struct ItemReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var index = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { index == bytes.count }

    mutating func take(_ mark: Unicode.Scalar) -> Bool {
      guard index < bytes.count, UInt32(bytes[index]) == mark.value else { return false }
      index += 1
      return true
    }

    mutating func hexadecimal() -> UInt32 {
      var value: UInt32 = 0
      while index < bytes.count, let digit = hexadecimalDigit(bytes[index]) {
        value = value << 4 | UInt32(digit)
        index += 1
      }
      return value
    }

    mutating func decimal() -> UInt32 {
      var value: UInt32 = 0
      while index < bytes.count, 0x30...0x39 ~= bytes[index] {
        value = value * 10 + UInt32(bytes[index] - 0x30)
        index += 1
      }
      return value
    }

    mutating func range() -> (first: UInt32, last: UInt32) {
      let first = hexadecimal()
      return (first, take("-") ? hexadecimal() : first)
    }

    /// Scalars separated by full stops.
    mutating func sequence() -> [UInt32] {
      var scalars = [hexadecimal()]
      while take(".") { scalars.append(hexadecimal()) }
      return scalars
    }
  }
}
