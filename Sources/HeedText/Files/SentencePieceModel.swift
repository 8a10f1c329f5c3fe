/// The model of a SentencePiece file, exactly as SentencePiece runs it, with identifiers of its own or of another
/// vocabulary.
///
/// A `tokenizer.json` cannot say all that such a file says: pieces that text never matches, and, in Marian's and
/// M2M100's directories, identifiers that a second file gives to the pieces. What it can say is written as `Unigram` or
/// `BPE`; anything else is written under the type of this model, which only Heed reads.
///
/// Pieces of the type "unused" are never chosen.
struct SentencePieceModel: TokenModel {
  static let type = "SentencePiece"

  let algorithm: SentencePieceFile.Algorithm
  let pieces: [SentencePieceFile.Piece]
  /// The tokens, by the identifiers that encoding gives.
  let vocabulary: Vocabulary
  /// Whether the identifiers are those of another vocabulary than the pieces'.
  let isRenamed: Bool
  /// Whether a text may begin with the code of a language, which is a token.
  let readsLanguageCode: Bool
  /// The token of each piece; that of unknown text where the vocabulary lacks the piece.
  private let ids: [TokenID]
  /// Whether unknown text is spelled in bytes.
  let fallsBackToBytes: Bool
  /// The spelling of the token of unknown text.
  var unknownToken: [UInt8] { vocabulary.spelling(unknownID).map { Array($0) } ?? [] }
  private let unknownID: TokenID
  private let unknownPiece: Int32
  /// The pieces `<0x00>` to `<0xFF>`; empty if text is not spelled in bytes.
  private let bytePieces: [Int32]
  private let segmenter: any SentencePieceSegmenter

  /// Joins the pieces of a file with a vocabulary.
  ///
  /// - Parameters:
  ///   - file: What was read.
  ///   - vocabulary: Other identifiers for the pieces, or nil for their places.
  ///   - unknownToken: Which token of the other vocabulary stands for unknown text.
  ///   - readsLanguageCode: Whether a text may begin with a code such as `>>fr<<`.
  /// - Throws: `TokenizerError` for pieces that stand twice, and for a vocabulary that lacks the unknown token.
  init(
    _ file: SentencePieceFile, vocabulary: Vocabulary? = nil, unknownToken: [UInt8]? = nil,
    readsLanguageCode: Bool = false
  ) throws(TokenizerError) {
    algorithm = file.algorithm
    pieces = file.pieces
    self.readsLanguageCode = readsLanguageCode
    isRenamed = vocabulary != nil
    unknownPiece = file.unknownID
    if let other = vocabulary {
      guard let unknown = unknownToken.flatMap({ other.id($0) }) else {
        let name = String(decoding: unknownToken ?? [], as: UTF8.self)
        throw .invalid("unk_token", "the token \"\(name)\" is not in the vocabulary")
      }
      self.vocabulary = other
      unknownID = unknown
      ids = pieces.map { other.id($0.text) ?? unknown }
    } else {
      var own = Vocabulary(minimumCapacity: pieces.count)
      for (position, piece) in pieces.enumerated() {
        if let problem = own.insert(piece.text, TokenID(truncatingIfNeeded: position)) {
          throw .invalid("pieces[\(position)]", problem)
        }
      }
      self.vocabulary = own
      unknownID = unknownPiece
      ids = pieces.indices.map { TokenID(truncatingIfNeeded: $0) }
    }
    var bytePieces = [Int32](repeating: -1, count: 256)
    for (position, piece) in pieces.enumerated() where piece.type == .byte {
      if let byte = BPEModel.byte(ofToken: piece.text) {
        bytePieces[Int(byte)] = Int32(truncatingIfNeeded: position)
      }
    }
    fallsBackToBytes = file.fallsBackToBytes
    self.bytePieces = file.fallsBackToBytes && !bytePieces.contains(-1) ? bytePieces : []
    segmenter =
      algorithm == .bpe ? MergingSegmenter(pieces) : LatticeSegmenter(pieces, unknownPiece: unknownPiece)
  }

  // MARK: Encoding

  func encode(_ text: PieceBuffer, into tokens: inout [TokenID]) {
    text.bytes.withUnsafeBufferPointer { buffer in
      for piece in text.pieces {
        forEachToken(in: UnsafeBufferPointer(rebasing: buffer[piece])) { id, _, _ in tokens.append(id) }
      }
    }
  }

  func encode(_ text: PieceBuffer, into spans: inout [TokenSpan]) {
    text.bytes.withUnsafeBufferPointer { buffer in
      for (number, piece) in text.pieces.enumerated() {
        forEachToken(in: UnsafeBufferPointer(rebasing: buffer[piece])) { id, range, isLiteral in
          spans.append(
            TokenSpan(
              id: id, piece: number, start: range.lowerBound, end: range.upperBound, isLiteral: isLiteral))
        }
      }
    }
  }

  /// Calls `body` with the tokens of a word, the bytes that each stands for, and whether it is spelled like them.
  @inline(__always) func forEachToken(
    in word: UnsafeBufferPointer<UInt8>, _ body: (TokenID, Range<Int>, Bool) -> Void
  ) {
    let codeEnd = readsLanguageCode ? LanguageCode.end(in: word) : 0
    if codeEnd > 0 { body(vocabulary.id(word[..<codeEnd]) ?? unknownID, 0..<codeEnd, true) }
    var unknown: Range<Int>?
    for (piece, range) in segmenter.segment(UnsafeBufferPointer(rebasing: word[codeEnd...])) {
      let range = codeEnd + range.lowerBound..<codeEnd + range.upperBound
      if piece == unknownPiece, bytePieces.isEmpty {
        // Unknown characters in a row are one token.
        unknown = (unknown?.lowerBound ?? range.lowerBound)..<range.upperBound
        continue
      }
      if let run = unknown { body(id(ofUnknown: word, run), run, true) }
      unknown = nil
      if piece == unknownPiece {
        for index in range { body(ids[Int(bytePieces[Int(word[index])])], range, false) }
      } else {
        body(ids[Int(piece)], range, false)
      }
    }
    if let run = unknown { body(id(ofUnknown: word, run), run, true) }
  }

  /// Text that no piece spells may still be a token of the other vocabulary.
  private func id(ofUnknown word: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> TokenID {
    isRenamed ? vocabulary.id(word[range]) ?? unknownID : unknownID
  }
}
