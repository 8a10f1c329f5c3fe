/// Reads GPT-2's letters as bytes.
struct ByteLevelDecoder: TokenDecoder {
  static let type = "ByteLevel"
  private let settings: ByteLevelPreTokenizer

  init() { settings = ByteLevelPreTokenizer(addsPrefixSpace: true) }
  init(json: JSONValue) throws(TokenizerError) { settings = try ByteLevelPreTokenizer(json: json) }
  var json: JSONOutput { .component(Self.type, settings.members) }

  func decode(_ pieces: inout PieceBuffer) {
    var output: [UInt8] = []
    output.reserveCapacity(pieces.bytes.count)
    pieces.bytes.withUnsafeBufferPointer { buffer in
      for piece in pieces.pieces {
        let start = output.count
        var index = piece.lowerBound
        while index < piece.upperBound {
          let (value, length) = UTF8Scanning.scalar(buffer, at: index)
          guard let byte = ByteLetters.byte(of: value) else {
            // A piece with other letters, such as an added token, stands for itself.
            output.removeLast(output.count - start)
            output += buffer[piece]
            break
          }
          output.append(byte)
          index += length
        }
      }
    }
    pieces = PieceBuffer(bytes: repaired(output))
  }
}

/// Returns valid UTF-8, with U+FFFD for what is not.
func repaired(_ bytes: [UInt8]) -> [UInt8] {
  guard bytes.withUnsafeBufferPointer({ UTF8Scanning.firstInvalidByte($0) }) != nil else { return bytes }
  return Array(String(decoding: bytes, as: UTF8.self).utf8)
}

/// Reads runs of tokens such as `<0xE2>` as bytes, with a U+FFFD for each token of a run that is not UTF-8.
struct ByteFallbackDecoder: TokenDecoder {
  static let type = "ByteFallback"
  init() {}
  init(json: JSONValue) throws(TokenizerError) {}
  var json: JSONOutput { .component(Self.type) }

  func decode(_ pieces: inout PieceBuffer) {
    guard pieces.pieces.contains(where: { Self.byte(pieces.bytes[$0]) != nil }) else { return }
    var output = PieceBuffer()
    var run: [UInt8] = []
    func finish() {
      if run.isEmpty { return }
      if run.withUnsafeBufferPointer({ UTF8Scanning.firstInvalidByte($0) }) == nil {
        output.append(run)
      } else {
        for _ in run { output.append([0xEF, 0xBF, 0xBD]) }
      }
      run.removeAll(keepingCapacity: true)
    }
    for piece in pieces.pieces {
      if let byte = Self.byte(pieces.bytes[piece]) {
        run.append(byte)
      } else {
        finish()
        output.append(pieces.bytes[piece])
      }
    }
    finish()
    pieces = output
  }

  private static func byte(_ token: ArraySlice<UInt8>) -> UInt8? {
    guard token.count == 6, token.starts(with: "<0x".utf8), token.last == UInt8(ascii: ">"),
      let high = hexadecimalDigit(token[token.startIndex + 3]),
      let low = hexadecimalDigit(token[token.startIndex + 4])
    else { return nil }
    return high << 4 | low
  }
}
