/// GPT-2's pre-tokenizer: cuts by its pattern and writes each byte as a letter.
///
/// Source: Radford et al., "Language Models are Unsupervised Multitask Learners" (2019), and its published pattern
/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`, which is followed here by hand.
struct ByteLevelPreTokenizer: PreTokenizer {
  static let type = "ByteLevel"
  let addsPrefixSpace: Bool
  let trimsOffsets: Bool
  let usesPattern: Bool

  init(addsPrefixSpace: Bool, usesPattern: Bool = true) {
    (self.addsPrefixSpace, trimsOffsets, self.usesPattern) = (addsPrefixSpace, true, usesPattern)
  }

  init(json: JSONValue) throws(TokenizerError) {
    addsPrefixSpace = try json.required("add_prefix_space").bool()
    trimsOffsets = try json.required("trim_offsets").bool()
    usesPattern = try json.bool("use_regex", default: true)
  }

  var json: JSONOutput { .component(Self.type, members) }

  var members: [(String, JSONOutput)] {
    [
      ("add_prefix_space", .bool(addsPrefixSpace)), ("trim_offsets", .bool(trimsOffsets)),
      ("use_regex", .bool(usesPattern)),
    ]
  }

  func split(_ text: inout PieceBuffer) {
    if addsPrefixSpace { addPrefixSpace(&text) }
    if usesPattern { text.split(.isolated, find: Self.findPattern) }
    writeBytes(&text)
  }

  private func addPrefixSpace(_ text: inout PieceBuffer) {
    guard text.pieces.contains(where: { text.bytes[$0.lowerBound] != 0x20 }) else { return }
    text.rewrite(capacity: text.bytes.count + text.pieces.count) { buffer, _, piece, output in
      if buffer[piece.lowerBound] != 0x20 { output.append(scalar: 0x20, from: piece.lowerBound) }
      output.copy(buffer, piece)
    }
  }

  private func writeBytes(_ text: inout PieceBuffer) {
    text.rewrite(capacity: text.bytes.count * 2) { buffer, _, piece, output in
      for index in piece { output.append(scalar: ByteLetters.letter(of: buffer[index]), from: index) }
    }
  }

  private static func findPattern(
    _ buffer: UnsafeBufferPointer<UInt8>, _ piece: Range<Int>, _ found: (Range<Int>, Bool) -> Void
  ) {
    let classes = ScalarClasses.shared
    var start = piece.lowerBound
    while start < piece.upperBound {
      let end = matchEnd(buffer, start, piece.upperBound, classes)
      found(start..<end, true)
      start = end
    }
  }

  /// The end of the match that begins at `start`; every scalar begins one.
  private static func matchEnd(
    _ buffer: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int, _ classes: ScalarClasses
  ) -> Int {
    if buffer[start] == UInt8(ascii: "'"), let end = contractionEnd(buffer, start, end) { return end }
    var index = start
    if buffer[index] == 0x20, index + 1 < end { index += 1 }
    let (first, firstLength) = UTF8Scanning.scalar(buffer, at: index)
    let kinds: ScalarClass = [.letter, .number, .whitespace]
    let kind = classes[first].intersection(kinds)
    if !kind.contains(.whitespace) {
      index += firstLength
      while index < end {
        let (value, length) = UTF8Scanning.scalar(buffer, at: index)
        guard classes[value].intersection(kinds) == kind else { break }
        index += length
      }
      return index
    }
    // White space: all of it at the end of the text, else all but the last, which the next match may begin with.
    index = start
    var last = start
    while index < end {
      let (value, length) = UTF8Scanning.scalar(buffer, at: index)
      guard classes[value].contains(.whitespace) else { return last > start ? last : index }
      last = index
      index += length
    }
    return index
  }

  private static func contractionEnd(_ buffer: UnsafeBufferPointer<UInt8>, _ start: Int, _ end: Int) -> Int? {
    guard start + 1 < end else { return nil }
    let first = buffer[start + 1]
    switch first {
    case UInt8(ascii: "s"), UInt8(ascii: "t"), UInt8(ascii: "m"), UInt8(ascii: "d"): return start + 2
    case UInt8(ascii: "r"), UInt8(ascii: "v"), UInt8(ascii: "l"):
      let second = first == UInt8(ascii: "l") ? UInt8(ascii: "l") : UInt8(ascii: "e")
      return start + 2 < end && buffer[start + 2] == second ? start + 3 : nil
    default: return nil
    }
  }
}

/// GPT-2's alphabet: a visible letter for each byte.
enum ByteLetters {
  private static let letters: [UInt32] = {
    var next: UInt32 = 256
    return (0..<256).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return UInt32(byte)
      default:
        next += 1
        return next - 1
      }
    }
  }()

  private static let bytes: [UInt8?] = {
    var result = [UInt8?](repeating: nil, count: 0x144)
    for (byte, letter) in letters.enumerated() { result[Int(letter)] = UInt8(truncatingIfNeeded: byte) }
    return result
  }()

  @inline(__always) static func letter(of byte: UInt8) -> UInt32 { letters[Int(byte)] }

  @inline(__always) static func byte(of letter: UInt32) -> UInt8? {
    letter < 0x144 ? bytes[Int(letter)] : nil
  }
}
