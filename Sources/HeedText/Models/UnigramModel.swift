/// Unigram language model: of all ways to cut a piece into tokens the one with the highest sum of scores.
///
/// Source: Kudo, "Subword Regularization: Improving Neural Network Translation Models with Multiple Subword Candidates"
/// (2018).
struct UnigramModel: TokenModel {
  static let type = "Unigram"

  /// A token and its score, the logarithm of its probability.
  struct Piece: Sendable {
    let bytes: [UInt8]
    let score: Double
  }

  let vocabulary: Vocabulary
  /// Of each token, by its identifier.
  let scores: [Double]
  /// What stands for a character without a token; what has neither is passed over.
  let unknownID: TokenID?
  let fallsBackToBytes: Bool
  private let trie: ByteTrie
  private let unknownScore: Double
  /// The tokens `<0x00>` to `<0xFF>`, -1 where there is none.
  private let byteIDs: [TokenID]

  /// How much worse than the worst token an unknown character is.
  private static let unknownPenalty = 10.0

  /// Makes a model of pieces, whose places are their identifiers; of equal pieces the last counts.
  ///
  /// - Precondition: `unknownID` is the place of a piece.
  init(pieces: [Piece], unknownID: TokenID?, fallsBackToBytes: Bool) {
    precondition(unknownID.map { Int($0) < pieces.count } ?? true, "the unknown token is a piece")
    var vocabulary = Vocabulary(minimumCapacity: pieces.count)
    for (id, piece) in pieces.enumerated() {
      vocabulary.replace(piece.bytes, TokenID(truncatingIfNeeded: id))
    }
    self.vocabulary = vocabulary
    self.unknownID = unknownID
    self.fallsBackToBytes = fallsBackToBytes
    scores = pieces.map { $0.score }
    unknownScore = (scores.min() ?? 0) - Self.unknownPenalty
    byteIDs = (0..<256).map { vocabulary.id(BPEModel.byteToken(UInt8(truncatingIfNeeded: $0))) ?? -1 }
    trie = ByteTrie(
      pieces.indices.map { (bytes: pieces[$0].bytes[...], value: Int32(truncatingIfNeeded: $0)) })
  }

  init(json: JSONValue) throws(TokenizerError) {
    var pieces: [Piece] = []
    let list = try json.required("vocab").elements()
    pieces.reserveCapacity(list.count)
    for element in list {
      let parts = try element.elements()
      guard parts.count == 2 else {
        throw element.invalid("expected a token and its score, found \(parts.count) values")
      }
      pieces.append(Piece(bytes: Array(try parts[0].bytes()), score: try parts[1].double()))
    }
    var unknownID: TokenID?
    if let value = try json.optional("unk_id") {
      guard !pieces.isEmpty else { throw value.invalid("there is no token to be the unknown one") }
      unknownID = TokenID(truncatingIfNeeded: try value.integer(in: 0...pieces.count - 1))
    }
    self.init(
      pieces: pieces, unknownID: unknownID, fallsBackToBytes: try json.bool("byte_fallback", default: false))
  }

  var json: JSONOutput {
    .component(
      Self.type,
      [
        ("unk_id", unknownID.map { .integer(Int($0)) } ?? .null),
        (
          "vocab",
          .array(
            scores.indices.map { id in
              .array([
                .string(Array(vocabulary.spelling(TokenID(truncatingIfNeeded: id)) ?? [])),
                .double(scores[id]),
              ])
            })
        ),
        ("byte_fallback", .bool(fallsBackToBytes)),
      ])
  }

  // MARK: Encoding

  func encode(_ text: PieceBuffer, into tokens: inout [TokenID]) {
    forEachToken(text) { id, _, _, _, _ in tokens.append(id) }
  }

  func encode(_ text: PieceBuffer, into spans: inout [TokenSpan]) {
    forEachToken(text) { id, piece, start, end, isLiteral in
      spans.append(TokenSpan(id: id, piece: piece, start: start, end: end, isLiteral: isLiteral))
    }
  }

  /// A step of the best path to a place in a piece.
  private struct Step {
    var score = 0.0
    var start: Int32 = -1
    var id: TokenID = -1
  }

  /// Calls `body` with the tokens, their pieces, their bytes there and whether they are spelled as the text is.
  @inline(__always) private func forEachToken(
    _ text: PieceBuffer, _ body: (TokenID, Int, Int, Int, Bool) -> Void
  ) {
    var steps: [Step] = []
    var path: [(id: TokenID, start: Int, end: Int)] = []
    text.bytes.withUnsafeBufferPointer { buffer in
      for (number, piece) in text.pieces.enumerated() {
        let word = UnsafeBufferPointer(rebasing: buffer[piece])
        guard word.count < Int32.max else { continue }
        steps.removeAll(keepingCapacity: true)
        steps.append(contentsOf: repeatElement(Step(), count: word.count + 1))
        steps.withUnsafeMutableBufferPointer { findPaths(word, $0) }
        path.removeAll(keepingCapacity: true)
        var end = word.count
        while end > 0, steps[end].start >= 0 {
          let step = steps[end]
          let start = Int(step.start)
          // Unknown characters in a row are one.
          if step.id == unknownID, let last = path.last, last.id == unknownID, last.start == end {
            path[path.count - 1].start = start
          } else {
            path.append((step.id, start, end))
          }
          end = start
        }
        for (id, start, end) in path.reversed() {
          guard id == unknownID || id < 0 else {
            body(id, number, start, end, false)
            continue
          }
          resolve(UnsafeBufferPointer(rebasing: word[start..<end])) { body($0, number, start, end, $1) }
        }
      }
    }
  }

  /// For each place of a piece the best path to it.
  private func findPaths(_ word: UnsafeBufferPointer<UInt8>, _ steps: UnsafeMutableBufferPointer<Step>) {
    trie.withSearch { search in
      scores.withUnsafeBufferPointer { scores in
        var start = 0
        while start < word.count {
          let score = steps[start].score
          let length = UTF8Scanning.length(lead: word[start])
          var hasSingle = false
          var node = ByteTrie.root
          var end = start
          while end < word.count, let child = search.child(of: node, word[end]) {
            node = child
            end += 1
            let id = search.value(node)
            guard id >= 0 else { continue }
            let candidate = scores[Int(id)] + score
            if steps[end].start < 0 || candidate > steps[end].score {
              steps[end] = Step(score: candidate, start: Int32(truncatingIfNeeded: start), id: id)
            }
            if end - start == length { hasSingle = true }
          }
          let next = min(start + length, word.count)
          if !hasSingle {
            let candidate = unknownScore + score
            if steps[next].start < 0 || candidate > steps[next].score {
              steps[next] = Step(
                score: candidate, start: Int32(truncatingIfNeeded: start), id: unknownID ?? -1)
            }
          }
          start = next
        }
      }
    }
  }

  /// Calls `body` with the tokens of unknown text, and whether they are spelled as the text is.
  private func resolve(_ text: UnsafeBufferPointer<UInt8>, _ body: (TokenID, Bool) -> Void) {
    if let id = vocabulary.id(text) { return body(id, false) }
    if fallsBackToBytes, text.allSatisfy({ byteIDs[Int($0)] >= 0 }) {
      for byte in text { body(byteIDs[Int(byte)], false) }
    } else if let unknownID {
      body(unknownID, true)
    }
  }
}
