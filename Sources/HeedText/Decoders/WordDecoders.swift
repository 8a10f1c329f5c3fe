/// Sets words apart by spaces, except where the prefix of tokens says that a word goes on.
struct WordPieceDecoder: TokenDecoder {
  static let type = "WordPiece"
  let prefix: [UInt8]
  let cleansUp: Bool

  init(prefix: String = "##", cleansUp: Bool = true) {
    (self.prefix, self.cleansUp) = (Array(prefix.utf8), cleansUp)
  }

  init(json: JSONValue) throws(TokenizerError) {
    prefix = Array(try json.required("prefix").bytes())
    cleansUp = try json.required("cleanup").bool()
  }

  var json: JSONOutput { .component(Self.type, [("prefix", .string(prefix)), ("cleanup", .bool(cleansUp))]) }

  func decode(_ pieces: inout PieceBuffer) {
    var output = PieceBuffer()
    for (position, piece) in pieces.pieces.enumerated() {
      var token = Array(pieces.bytes[piece])
      if position > 0 {
        if token.starts(with: prefix) { token.removeFirst(prefix.count) } else { token.insert(0x20, at: 0) }
      }
      output.append(cleansUp ? withoutArtifacts(token) : token)
    }
    pieces = output
  }
}

/// Reads the output of speech models: repeated tokens are one, and a token of their own stands between words.
///
/// Source: Graves et al., "Connectionist Temporal Classification" (2006).
struct CTCDecoder: TokenDecoder {
  static let type = "CTC"
  let paddingToken: [UInt8]
  let wordDelimiter: [UInt8]
  let cleansUp: Bool

  init(json: JSONValue) throws(TokenizerError) {
    paddingToken = Array(try json.required("pad_token").bytes())
    wordDelimiter = Array(try json.required("word_delimiter_token").bytes())
    cleansUp = try json.required("cleanup").bool()
  }

  var json: JSONOutput {
    .component(
      Self.type,
      [
        ("pad_token", .string(paddingToken)), ("word_delimiter_token", .string(wordDelimiter)),
        ("cleanup", .bool(cleansUp)),
      ])
  }

  func decode(_ pieces: inout PieceBuffer) {
    var output = PieceBuffer()
    var previous: ArraySlice<UInt8>?
    for piece in pieces.pieces {
      let token = pieces.bytes[piece]
      if let previous, previous.elementsEqual(token) { continue }
      previous = token
      var text = replacing(Array(token), paddingToken, by: [])
      // The delimiter too is read only where cleaning up is asked for: the reference does so.
      if cleansUp { text = replacing(withoutArtifacts(text), wordDelimiter, by: [0x20]) }
      if !text.isEmpty { output.append(text) }
    }
    pieces = output
  }
}

/// Takes spaces before punctuation and in English short forms away.
private func withoutArtifacts(_ text: [UInt8]) -> [UInt8] {
  guard text.contains(0x20) else { return text }
  return artifacts.reduce(text) { replacing($0, $1.0, by: $1.1) }
}

private let artifacts: [([UInt8], [UInt8])] = [
  (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
  (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
].map { (Array($0.0.utf8), Array($0.1.utf8)) }

private func replacing(_ text: [UInt8], _ pattern: [UInt8], by content: [UInt8]) -> [UInt8] {
  guard let first = pattern.first, text.contains(first) else { return text }
  var buffer = PieceBuffer(bytes: text)
  Replacement(pattern: .literal(pattern), content: content).apply(&buffer)
  return buffer.bytes
}
