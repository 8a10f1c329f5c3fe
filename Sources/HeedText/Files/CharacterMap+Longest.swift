#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension CharacterMap {
  /// Reads a map in base64.
  init(json: JSONValue) throws(TokenizerError) {
    guard let data = Data(base64Encoded: Data(try json.bytes())), let map = CharacterMap([UInt8](data)) else {
      throw json.invalid("expected a compiled map of characters in base64")
    }
    self = map
  }

  /// Returns what takes the place of the longest text at `start` that the map holds, and its end; nil if it holds none.
  func findLongest(_ buffer: UnsafeBufferPointer<UInt8>, at start: Int) -> (content: [UInt32], end: Int)? {
    var longest: (text: Int, end: Int)?
    walk(buffer, from: start) { value, end in
      if let value { longest = (value, end) }
    }
    guard let longest else { return nil }
    let textIndex = 4 + unitCount * 4 + longest.text
    guard textIndex <= bytes.count, textIndex == bytes.count || bytes[textIndex] & 0xC0 != 0x80 else {
      return nil
    }
    let end = bytes[textIndex...].firstIndex(of: 0) ?? bytes.count
    return (UTF8Scanning.scalars(Array(bytes[textIndex..<end])), longest.end)
  }

  /// Whether the map holds texts that begin with some bytes.
  func begins(with beginning: [UInt8]) -> Bool {
    var reached = 0
    beginning.withUnsafeBufferPointer { walk($0, from: 0) { reached = $1 } }
    return reached == beginning.count
  }

  private var unitCount: Int { Int(word(0) ?? 0) / 4 }

  /// Steps down the trie, and calls `step` after each byte with the place of a text, if one ends there, and the end.
  @inline(__always) private func walk(
    _ buffer: UnsafeBufferPointer<UInt8>, from start: Int, _ step: (Int?, Int) -> Void
  ) {
    let unitCount = unitCount
    func unit(_ position: Int) -> UInt32? { position < unitCount ? word(4 + position * 4) : nil }
    func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 0x200) >> 6) }
    guard let root = unit(0) else { return }
    var position = offset(root)
    var index = start
    while index < buffer.count, buffer[index] != 0 {
      position ^= Int(buffer[index])
      guard let node = unit(position), node & 0x8000_00FF == UInt32(buffer[index]) else { return }
      position ^= offset(node)
      index += 1
      step(node >> 8 & 1 == 1 ? unit(position).map { Int($0 & 0x7FFF_FFFF) } : nil, index)
    }
  }

  /// The number of 32 bits at an index, the lowest byte first.
  private func word(_ index: Int) -> UInt32? {
    guard index + 4 <= bytes.count else { return nil }
    return UInt32(bytes[index]) | UInt32(bytes[index + 1]) << 8 | UInt32(bytes[index + 2]) << 16
      | UInt32(bytes[index + 3]) << 24
  }
}
