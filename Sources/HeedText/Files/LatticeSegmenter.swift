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
