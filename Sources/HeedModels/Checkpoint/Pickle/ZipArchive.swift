/// The directory of a zip archive; members that are stored as they are, without compression, can be read.
///
/// Source: PKWARE's application note on the format (sections 4.3 and 4.5.3), as far as the archives of `torch.save` go.
struct ZipArchive {
  /// The members' names, in the order of the directory.
  private(set) var names: [String] = []
  /// Where each member's bytes are.
  private var ranges: [String: Range<Int>] = [:]
  /// Why members cannot be read that are not stored as they are.
  private var flaws: [String: FormatFlaw] = [:]
  private let bytes: UnsafeRawBufferPointer

  /// Whether the bytes begin as an archive with a member in it does.
  static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool { bytes.starts(with: [0x50, 0x4B, 3, 4]) }

  /// Reads and checks the directory.
  init(_ bytes: UnsafeRawBufferPointer) throws(FormatFlaw) {
    self.bytes = bytes
    var (position, rest) = try directory()
    while rest > 0 {  // only a claim: the file's end ends the loop
      position = try readMember(at: position)
      rest -= 1
    }
    try refuseOverlaps()
  }

  /// Whether there is a member of that name.
  func contains(_ name: String) -> Bool { ranges[name] != nil }

  /// Where a member's bytes are, or nil if there is none of that name.
  /// - Throws: A `FormatFlaw` if it is compressed or encrypted.
  func range(of name: String) throws(FormatFlaw) -> Range<Int>? {
    if let flaw = flaws[name] { throw flaw }
    return ranges[name]
  }

  /// Where the directory starts and how many members it is said to have.
  private func directory() throws(FormatFlaw) -> (start: Int, count: UInt64) {
    guard let end = findEnd() else {
      throw FormatFlaw("the zip archive has no directory at its end: the file is cut off")
    }
    // The 64-bit form of the last record, where there is one, is led to by 20 bytes before it.
    if end >= 20, try integer(UInt32.self, at: end - 20) == 0x0706_4B50 {
      let long = try offset(try integer(UInt64.self, at: end - 12))
      guard try integer(UInt32.self, at: long) == 0x0606_4B50 else { throw Self.damaged }
      return (try offset(try integer(UInt64.self, at: long + 48)), try integer(UInt64.self, at: long + 32))
    }
    let start = try offset(UInt64(try integer(UInt32.self, at: end + 16)))
    return (start, UInt64(try integer(UInt16.self, at: end + 10)))
  }

  /// Where the last record is: 22 bytes from the end, but for a comment of at most 64 KiB.
  private func findEnd() -> Int? {
    var start = bytes.count - 22
    let first = max(0, start - Int(UInt16.max))
    while start >= first {
      if let signature = try? integer(UInt32.self, at: start), signature == 0x0605_4B50,
        let commentLength = try? integer(UInt16.self, at: start + 20),
        start + 22 + Int(commentLength) == bytes.count
      {
        return start
      }
      start -= 1
    }
    return nil
  }

  /// Reads the directory's description of a member; returns where the next one starts.
  private mutating func readMember(at start: Int) throws(FormatFlaw) -> Int {
    guard try integer(UInt32.self, at: start) == 0x0201_4B50 else { throw Self.damaged }
    let flags = try integer(UInt16.self, at: start + 8)
    let method = try integer(UInt16.self, at: start + 10)
    var storedSize = UInt64(try integer(UInt32.self, at: start + 20))
    var size = UInt64(try integer(UInt32.self, at: start + 24))
    let nameLength = Int(try integer(UInt16.self, at: start + 28))
    let extraLength = Int(try integer(UInt16.self, at: start + 30))
    let commentLength = Int(try integer(UInt16.self, at: start + 32))
    var header = UInt64(try integer(UInt32.self, at: start + 42))
    let nameStart = start + 46
    let extraStart = nameStart + nameLength
    let end = extraStart + extraLength + commentLength
    guard end <= bytes.count else { throw Self.cutOff }
    let name = String(decoding: bytes[nameStart..<extraStart], as: UTF8.self)
    if flags & 1 != 0 {
      flaws[name] = FormatFlaw("\(quoted(name)) in the zip archive is encrypted")
    } else if method != 0 {
      flaws[name] = FormatFlaw(
        "\(quoted(name)) in the zip archive is compressed (method \(method)), which torch.save never does; "
          + "write the archive anew without compression")
    }
    try readLongFields(&size, &storedSize, &header, extraStart..<extraStart + extraLength)
    guard size == storedSize || flaws[name] != nil else { throw Self.damaged }

    // The header before the data repeats the name; only the lengths of its parts matter.
    let headerStart = try offset(header)
    guard try integer(UInt32.self, at: headerStart) == 0x0403_4B50 else { throw Self.damaged }
    let skipped =
      Int(try integer(UInt16.self, at: headerStart + 26))
      + Int(try integer(UInt16.self, at: headerStart + 28))
    let dataStart = headerStart + 30 + skipped
    guard dataStart <= bytes.count, storedSize <= UInt64(bytes.count - dataStart) else {
      throw FormatFlaw("\(quoted(name)) in the zip archive reaches beyond its end: the file is cut off")
    }
    guard ranges.updateValue(dataStart..<dataStart + Int(storedSize), forKey: name) == nil else {
      throw FormatFlaw("the zip archive has two members with the name \(quoted(name))")
    }
    names.append(name)
    return end
  }

  /// Replaces fields that are too narrow, which then are all ones, by those in the extension for 64 bits.
  private func readLongFields(
    _ size: inout UInt64, _ storedSize: inout UInt64, _ header: inout UInt64, _ extra: Range<Int>
  ) throws(FormatFlaw) {
    var position = extra.lowerBound
    while position + 4 <= extra.upperBound {
      let kind = try integer(UInt16.self, at: position)
      let end = position + 4 + Int(try integer(UInt16.self, at: position + 2))
      guard end <= extra.upperBound else { throw Self.damaged }
      if kind == 1 {
        var field = position + 4
        func widen(_ value: inout UInt64) throws(FormatFlaw) {
          guard value == UInt64(UInt32.max) else { return }
          guard field + 8 <= end else { throw Self.damaged }
          value = try integer(UInt64.self, at: field)
          field += 8
        }
        try widen(&size)
        try widen(&storedSize)
        try widen(&header)
      }
      position = end
    }
  }

  /// Members that share bytes would let a small file stand for a large one.
  private func refuseOverlaps() throws(FormatFlaw) {
    var end = 0
    for (name, range) in ranges.sorted(by: { $0.value.lowerBound < $1.value.lowerBound }) where !range.isEmpty
    {
      guard range.lowerBound >= end else {
        throw FormatFlaw("\(quoted(name)) in the zip archive shares bytes with another member")
      }
      end = range.upperBound
    }
  }

  private static let damaged = FormatFlaw("the zip archive's directory is damaged")
  private static let cutOff = FormatFlaw("the zip archive's directory is cut off")

  private func offset(_ value: UInt64) throws(FormatFlaw) -> Int {
    guard value <= UInt64(bytes.count) else { throw Self.damaged }
    return Int(value)
  }

  /// A little-endian number at an offset that may be beyond the end, but not by so much as to overflow.
  private func integer<Value: FixedWidthInteger & BitwiseCopyable>(
    _: Value.Type, at offset: Int
  ) throws(FormatFlaw) -> Value {
    guard offset >= 0, offset <= bytes.count - MemoryLayout<Value>.size else { throw Self.cutOff }
    return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
  }
}
