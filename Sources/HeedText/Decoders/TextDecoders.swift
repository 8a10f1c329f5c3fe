/// Reads the mark of `Metaspace` as a space, and drops it at the beginning where the pre-tokenizer puts one.
struct MetaspaceDecoder: TokenDecoder {
  static let type = "Metaspace"
  let settings: MetaspaceSettings

  init(json: JSONValue) throws(TokenizerError) { settings = try MetaspaceSettings(json: json) }
  var json: JSONOutput { .component(Self.type, settings.members) }

  func decode(_ pieces: inout PieceBuffer) {
    let space = Replacement(pattern: .literal(settings.replacement), content: [0x20])
    guard settings.scheme != .never, let first = pieces.pieces.first else { return space.apply(&pieces) }
    var head = PieceBuffer(bytes: Array(pieces.bytes[first]))
    Replacement(pattern: .literal(settings.replacement), content: []).apply(&head)
    pieces.pieces.removeFirst()
    space.apply(&pieces)
    var output = PieceBuffer()
    output.append(head.bytes)
    for piece in pieces.pieces { output.append(pieces.bytes[piece]) }
    pieces = output
  }
}

/// Replaces what matches a pattern in each piece.
struct ReplaceDecoder: TokenDecoder {
  static let type = "Replace"
  let replacement: Replacement

  init(_ pattern: String, with content: String) {
    replacement = Replacement(pattern: .literal(Array(pattern.utf8)), content: Array(content.utf8))
  }

  init(json: JSONValue) throws(TokenizerError) { replacement = try Replacement(json: json) }

  var json: JSONOutput { .component(Self.type, replacement.members) }
  func decode(_ pieces: inout PieceBuffer) { replacement.apply(&pieces) }
}

/// Takes up to so many of one character away at the ends of each piece.
struct StripDecoder: TokenDecoder {
  static let type = "Strip"
  let content: [UInt8]
  let startCount: Int
  let endCount: Int

  init(_ content: String, start: Int, end: Int) {
    (self.content, startCount, endCount) = (Array(content.utf8), start, end)
  }

  init(json: JSONValue) throws(TokenizerError) {
    content = try json.required("content").character()
    startCount = try json.required("start").integer(in: 0...Int(Int32.max))
    endCount = try json.required("stop").integer(in: 0...Int(Int32.max))
  }

  var json: JSONOutput {
    .component(
      Self.type,
      [("content", .string(content)), ("start", .integer(startCount)), ("stop", .integer(endCount))])
  }

  func decode(_ pieces: inout PieceBuffer) {
    pieces.pieces = pieces.pieces.map { piece in
      var (start, end) = (piece.lowerBound, piece.upperBound)
      var removedCount = 0
      while removedCount < startCount, start + content.count <= end, pieces.bytes.matches(content, at: start)
      {
        start += content.count
        removedCount += 1
      }
      removedCount = 0
      while removedCount < endCount, end - content.count >= start,
        pieces.bytes.matches(content, at: end - content.count)
      {
        end -= content.count
        removedCount += 1
      }
      return start..<end
    }
  }
}

/// Reads the suffix of words as a space, except after the last.
struct BPEDecoder: TokenDecoder {
  static let type = "BPEDecoder"
  let suffix: [UInt8]

  init(json: JSONValue) throws(TokenizerError) { suffix = Array(try json.required("suffix").bytes()) }
  var json: JSONOutput { .component(Self.type, [("suffix", .string(suffix))]) }

  func decode(_ pieces: inout PieceBuffer) {
    guard let last = pieces.pieces.popLast() else { return }
    var tail = PieceBuffer(bytes: Array(pieces.bytes[last]))
    Replacement(pattern: .literal(suffix), content: [0x20]).apply(&pieces)
    Replacement(pattern: .literal(suffix), content: []).apply(&tail)
    pieces.append(tail.bytes)
  }
}
