import HeapModule

/// Characters joined into pieces, the piece with the highest score first, and of equal ones the leftmost.
///
/// Unlike the merges of a `tokenizer.json`, any two neighbours whose text is a piece may merge. llama.cpp does the same
/// for models of the type `llama`.
struct MergingSegmenter: SentencePieceSegmenter {
  /// Pieces that text may match, and their places in the file.
  private var table: ByteStringTable
  private var places: [Int32] = []
  /// For each of them a number that is the smaller the higher its score is.
  private var orders: [UInt32] = []
  /// What the user defined: found before anything else, and never merged.
  private let literals: ByteTrie?
  private let unknownPiece: Int32

  init(_ pieces: [SentencePieceFile.Piece]) {
    table = ByteStringTable(minimumCapacity: pieces.count)
    unknownPiece = Int32(truncatingIfNeeded: pieces.firstIndex { $0.type == .unknown } ?? 0)
    for (position, piece) in pieces.enumerated() where piece.type == .normal || piece.type == .userDefined {
      guard table.insert(piece.text).isNew else { continue }
      places.append(Int32(truncatingIfNeeded: position))
      orders.append(Self.order(piece.score))
    }
    let literals = pieces.filter { $0.type == .userDefined }.map { $0.text }
    self.literals = literals.isEmpty ? nil : ByteTrie(places: literals)
  }

  /// A number that falls as the score rises.
  private static func order(_ score: Float) -> UInt32 {
    // Adding zero makes -0 and 0 equal.
    let bits = (score + 0).bitPattern
    return bits >> 31 == 1 ? bits : ~bits & 0x7FFF_FFFF
  }

  /// A stretch of text that is or may become a piece.
  private struct Symbol {
    var range: Range<Int>
    var previous: Int
    var next: Int
    /// Whether it never merges.
    var isFrozen: Bool
  }

  /// Two neighbours that may merge, as they were when they met.
  private struct Candidate: Comparable {
    let order: UInt32
    let left: Int
    let right: Int
    let length: Int

    static func < (one: Candidate, other: Candidate) -> Bool {
      (one.order, one.left) < (other.order, other.left)
    }
    static func == (one: Candidate, other: Candidate) -> Bool {
      (one.order, one.left) == (other.order, other.left)
    }
  }

  func segment(_ text: UnsafeBufferPointer<UInt8>) -> [(piece: Int32, range: Range<Int>)] {
    var symbols = symbols(of: text)
    var queue = Heap<Candidate>()
    func meet(_ left: Int, _ right: Int) {
      guard left >= 0, right >= 0, !symbols[left].isFrozen, !symbols[right].isFrozen else { return }
      let range = symbols[left].range.lowerBound..<symbols[right].range.upperBound
      guard let found = table.find(UnsafeBufferPointer(rebasing: text[range])) else { return }
      queue.insert(Candidate(order: orders[found], left: left, right: right, length: range.count))
    }
    for index in symbols.indices.dropFirst() { meet(index - 1, index) }
    while let best = queue.popMin() {
      let (left, right) = (best.left, best.right)
      // Either may have merged since they met.
      guard !symbols[left].range.isEmpty, !symbols[right].range.isEmpty,
        symbols[left].range.count + symbols[right].range.count == best.length
      else { continue }
      symbols[left].range = symbols[left].range.lowerBound..<symbols[right].range.upperBound
      symbols[right].range = symbols[right].range.upperBound..<symbols[right].range.upperBound
      let next = symbols[right].next
      symbols[left].next = next
      if next >= 0 { symbols[next].previous = left }
      meet(symbols[left].previous, left)
      meet(left, next)
    }
    var result: [(piece: Int32, range: Range<Int>)] = []
    var index = symbols.isEmpty ? -1 : 0
    while index >= 0 {
      let range = symbols[index].range
      let found = table.find(UnsafeBufferPointer(rebasing: text[range]))
      result.append((found.map { places[$0] } ?? unknownPiece, range))
      index = symbols[index].next
    }
    return result
  }

  private func symbols(of text: UnsafeBufferPointer<UInt8>) -> [Symbol] {
    var symbols: [Symbol] = []
    symbols.reserveCapacity(text.count)
    var index = 0
    while index < text.count {
      var end = min(index + UTF8Scanning.length(lead: text[index]), text.count)
      let literal = literals?.longestMatch(in: text, at: index)
      if let literal { end = literal.end }
      symbols.append(
        Symbol(
          range: index..<end, previous: symbols.count - 1, next: end < text.count ? symbols.count + 1 : -1,
          isFrozen: literal != nil))
      index = end
    }
    return symbols
  }
}
