/// One token for each whole piece; a piece without one is unknown, or passed over where nothing stands for that.
struct WordLevelModel: TokenModel {
  static let type = "WordLevel"
  let vocabulary: Vocabulary
  let unknownToken: [UInt8]
  private let unknownID: TokenID?

  init(vocabulary: Vocabulary, unknownToken: [UInt8]) {
    (self.vocabulary, self.unknownToken) = (vocabulary, unknownToken)
    unknownID = vocabulary.id(unknownToken)
  }

  init(json: JSONValue) throws(TokenizerError) {
    self.init(
      vocabulary: try Vocabulary(json: try json.required("vocab")),
      unknownToken: Array(try json.required("unk_token").bytes()))
  }

  var json: JSONOutput {
    .component(Self.type, [("vocab", vocabulary.json), ("unk_token", .string(unknownToken))])
  }

  func encode(_ text: PieceBuffer, into tokens: inout [TokenID]) {
    text.bytes.withUnsafeBufferPointer { buffer in
      for piece in text.pieces {
        if let id = vocabulary.id(UnsafeBufferPointer(rebasing: buffer[piece])) ?? unknownID {
          tokens.append(id)
        }
      }
    }
  }

  func encode(_ text: PieceBuffer, into spans: inout [TokenSpan]) {
    text.bytes.withUnsafeBufferPointer { buffer in
      for (number, piece) in text.pieces.enumerated() {
        guard let id = vocabulary.id(UnsafeBufferPointer(rebasing: buffer[piece])) ?? unknownID else {
          continue
        }
        spans.append(TokenSpan(id: id, piece: number, start: 0, end: piece.count))
      }
    }
  }
}
