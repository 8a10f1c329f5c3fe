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
  init(
    _ file: SentencePieceFile, vocabulary other: Vocabulary? = nil, unknownToken: [UInt8]? = nil,
    readsLanguageCode: Bool = false
  ) throws(TokenizerError) {
    algorithm = file.algorithm
    pieces = file.pieces
    self.readsLanguageCode = readsLanguageCode
    isRenamed = other != nil
    unknownPiece = file.unknownID
    if let other {
      guard let unknown = unknownToken.flatMap({ other.id($0) }) else {
        let name = String(decoding: unknownToken ?? [], as: UTF8.self)
        throw .invalid("unk_token", "the token \"\(name)\" is not in the vocabulary")
      }
      vocabulary = other
      unknownID = unknown
      ids = pieces.map { other.id($0.text) ?? unknown }
    } else {
      var own = Vocabulary(minimumCapacity: pieces.count)
      for (position, piece) in pieces.enumerated() {
        if let problem = own.insert(piece.text, TokenID(truncatingIfNeeded: position)) {
          throw .invalid("pieces[\(position)]", problem)
        }
      }
      vocabulary = own
      unknownID = unknownPiece
      ids = pieces.indices.map { TokenID(truncatingIfNeeded: $0) }
    }
    var bytePieces = [Int32](repeating: -1, count: 256)
    for (position, piece) in pieces.enumerated() where piece.type == .byte {
      if let byte = BPEModel.byte(ofToken: piece.text) { bytePieces[Int(byte)] = Int32(truncatingIfNeeded: position) }
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

/// Finds the pieces of a text.
protocol SentencePieceSegmenter: Sendable {
  /// Returns the pieces of `text` in order, with the bytes that they cover; what no piece covers is cut into scalars, each
  /// with the piece of unknown text.
  func segment(_ text: UnsafeBufferPointer<UInt8>) -> [(piece: Int32, range: Range<Int>)]
}

/// The most probable pieces under a unigram language model.
///
/// Source: Kudo, "Subword Regularization: Improving Neural Network Translation Models with Multiple Subword Candidates"
/// (2018). Sums are rounded where SentencePiece rounds them, so that near ties end as they do there.
struct LatticeSegmenter: SentencePieceSegmenter {
  private let trie: ByteTrie
  /// What each piece adds to the score of a path.
  private let scores: [Double]
  private let unknownScore: Float
  private let unknownPiece: Int32

  /// How much worse an unknown scalar is than the worst piece.
  private static let unknownPenalty: Float = 10

  init(_ pieces: [SentencePieceFile.Piece], unknownPiece: Int32) {
    var matched: [(bytes: ArraySlice<UInt8>, value: Int32)] = []
    var lowest = Float.greatestFiniteMagnitude
    var highest = Float.leastNormalMagnitude
    for (position, piece) in pieces.enumerated() {
      if piece.type == .normal || piece.type == .userDefined {
        matched.append((piece.text[...], Int32(truncatingIfNeeded: position)))
      }
      if piece.type == .normal { (lowest, highest) = (min(lowest, piece.score), max(highest, piece.score)) }
    }
    trie = ByteTrie(matched)
    self.unknownPiece = unknownPiece
    unknownScore = lowest - Self.unknownPenalty
    scores = pieces.map { piece in
      // What the user defined wins over everything that covers the same bytes.
      piece.type == .userDefined ? Double(Float(piece.text.count) * highest) - 0.1 : Double(piece.score)
    }
  }

  /// The last piece of the best path to a place.
  private struct Step {
    var score: Float = 0
    var start: Int32 = -1
    var piece: Int32 = -1
  }

  func segment(_ text: UnsafeBufferPointer<UInt8>) -> [(piece: Int32, range: Range<Int>)] {
    guard text.count < Int(Int32.max) else { return [] }
    var steps = [Step](repeating: Step(), count: text.count + 1)
    steps.withUnsafeMutableBufferPointer { steps in
      trie.withSearch { search in findPaths(text, search, steps) }
    }
    var result: [(piece: Int32, range: Range<Int>)] = []
    var end = text.count
    while end > 0, steps[end].start >= 0 {
      let start = Int(steps[end].start)
      result.append((steps[end].piece, start..<end))
      end = start
    }
    return result.reversed()
  }
  /// For each place of a text the best path to it.
  private func findPaths(
    _ text: UnsafeBufferPointer<UInt8>, _ search: ByteTrie.Search, _ steps: UnsafeMutableBufferPointer<Step>
  ) {
    var start = 0
    while start < text.count {
      let score = steps[start].score
      let next = min(start + UTF8Scanning.length(lead: text[start]), text.count)
      func offer(_ total: Float, _ end: Int, _ piece: Int32) {
        guard steps[end].start < 0 || total > steps[end].score else { return }
        steps[end] = Step(score: total, start: Int32(truncatingIfNeeded: start), piece: piece)
      }
      var coversScalar = false
      var node = ByteTrie.root
      var end = start
      while end < text.count, let child = search.child(of: node, text[end]) {
        node = child
        end += 1
        let piece = search.value(node)
        guard piece >= 0 else { continue }
        offer(Float(scores[Int(piece)] + Double(score)), end, piece)
        if end == next { coversScalar = true }
      }
      if !coversScalar { offer(unknownScore + score, next, unknownPiece) }
      start = next
    }
  }
}
