#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// SentencePiece's normalizer: a map of characters, compiled into its models.
struct PrecompiledNormalizer: Normalizer {
  static let type = "Precompiled"
  private let map: CharacterMap

  init(_ map: CharacterMap) { self.map = map }

  init(json: JSONValue) throws(TokenizerError) {
    let value = try json.required("precompiled_charsmap")
    guard let data = Data(base64Encoded: Data(try value.bytes())) else {
      throw value.invalid("expected bytes in base64")
    }
    guard let map = CharacterMap([UInt8](data)) else {
      throw value.invalid(
        "the bytes are not a compiled map of characters: a size, that many bytes of trie, UTF-8 text")
    }
    self.map = map
  }

  var json: JSONOutput {
    .component(
      Self.type, [("precompiled_charsmap", .string(Array(Data(map.bytes).base64EncodedData())))])
  }

  func normalize(_ text: inout NormalizedText) {
    if map.isPlain(text.bytes) { return }
    var scalars: [UInt32] = []
    var changes: [Int] = []
    var isModified = false
    scalars.reserveCapacity(text.bytes.count)
    changes.reserveCapacity(text.bytes.count)
    text.bytes.withUnsafeBufferPointer { buffer in
      var index = 0
      while index < buffer.count {
        let end = GraphemeClusters.end(of: buffer, from: index)
        // A cluster is looked up whole if it is short, and what is found for its beginning then stands for all of it:
        // odd, but SentencePiece does it and so does the reference.
        if end - index < 6, let found = map.find(buffer, index..<end) {
          Self.replace(buffer, index..<end, by: found, &scalars, &changes)
          isModified = true
          index = end
        }
        while index < end {
          let (value, length) = UTF8Scanning.scalar(buffer, at: index)
          if let found = map.find(buffer, index..<index + length) {
            Self.replace(buffer, index..<index + length, by: found, &scalars, &changes)
            isModified = true
          } else {
            scalars.append(value)
            changes.append(0)
          }
          index += length
        }
      }
    }
    if isModified { text.replace(by: scalars, changes: changes) }
  }

  /// Appends what takes the place of a stretch; the changes are those of the reference.
  private static func replace(
    _ buffer: UnsafeBufferPointer<UInt8>, _ range: Range<Int>, by content: [UInt32],
    _ scalars: inout [UInt32],
    _ changes: inout [Int]
  ) {
    var removedCount = 0
    for index in range where buffer[index] & 0xC0 != 0x80 { removedCount += 1 }
    scalars += content
    for position in content.indices { changes.append(position < removedCount ? 0 : 1) }
    if content.count < removedCount, let last = changes.indices.last {
      changes[last] -= removedCount - content.count
    }
  }
}

/// A compiled map of characters: a double-array trie of their UTF-8, and the texts that take their place.
///
/// Source: the format of `precompiled_charsmap` in SentencePiece models, whose trie is Darts-clone's: units of 32 bits
/// with a label, an offset to the children and a mark for a value.
struct CharacterMap: Sendable {
  let bytes: [UInt8]
  private let units: [UInt32]
  /// Where the texts begin in `bytes`; each ends with a zero.
  private let textStart: Int
  /// For each ASCII character whether it stays as it is.
  private var plain: [Bool] = []

  /// Reads a map; nil if the bytes are not one.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 4 else { return nil }
    func word(_ index: Int) -> UInt32 {
      UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
        | UInt32(bytes[index + 3]) << 24
    }
    let unitCount = Int(word(0)) / 4
    guard unitCount > 0, unitCount <= (bytes.count - 4) / 4 else { return nil }
    let start = 4 + unitCount * 4
    let isText = bytes[start...].withUnsafeBufferPointer { UTF8Scanning.firstInvalidByte($0) == nil }
    guard isText else { return nil }
    self.bytes = bytes
    units = (0..<unitCount).map { word(4 + $0 * 4) }
    textStart = start
    plain = (0..<128).map { byte in
      [UInt8(byte)].withUnsafeBufferPointer { find($0, 0..<1) } == nil
    }
  }

  /// Whether a text is ASCII and stays as it is.
  func isPlain(_ text: [UInt8]) -> Bool {
    var previous: UInt8 = 0
    for byte in text {
      guard byte < 0x80, plain[Int(byte)], !(byte == 0x0A && previous == 0x0D) else { return false }
      previous = byte
    }
    return true
  }

  /// Returns what takes the place of the shortest beginning of a stretch that the map holds, or nil if it holds none.
  func find(_ buffer: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> [UInt32]? {
    var position = offset(units[0])
    for index in range {
      let byte = buffer[index]
      if byte == 0 { break }
      position ^= Int(byte)
      guard position < units.count else { return nil }
      let unit = units[position]
      guard unit & 0x8000_00FF == UInt32(byte) else { return nil }
      position ^= offset(unit)
      if unit >> 8 & 1 == 1 {
        guard position < units.count else { return nil }
        return text(Int(units[position] & 0x7FFF_FFFF))
      }
    }
    return nil
  }

  @inline(__always) private func offset(_ unit: UInt32) -> Int {
    Int(unit >> 10) << Int((unit & 0x200) >> 6)
  }

  private func text(_ position: Int) -> [UInt32]? {
    let start = textStart + position
    guard start <= bytes.count, start == bytes.count || bytes[start] & 0xC0 != 0x80 else { return nil }
    let end = bytes[start...].firstIndex(of: 0) ?? bytes.count
    return UTF8Scanning.scalars(Array(bytes[start..<end]))
  }
}
