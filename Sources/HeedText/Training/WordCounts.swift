/// How often each word of a text occurs, in the order in which they were first seen.
struct WordCounts: Sendable {
  private(set) var table = ByteStringTable()
  private(set) var counts: [Int] = []

  /// Counts the pieces of a text.
  mutating func add(_ text: PieceBuffer) {
    text.bytes.withUnsafeBufferPointer { buffer in
      for piece in text.pieces {
        let (index, isNew) = table.insert(UnsafeBufferPointer(rebasing: buffer[piece]))
        if isNew { counts.append(1) } else { counts[index] += 1 }
      }
    }
  }

  /// Throws if there is nothing to learn from.
  func checkThatThereIsText(lineCount: Int) throws(TokenizerError) {
    guard counts.isEmpty else { return }
    throw TokenizerError(.training, "no text was given: all of the \(lineCount) lines are empty")
  }

  /// The characters of all words, in the order of their scalars.
  ///
  /// - Parameters:
  ///   - needed: Characters that are kept in any case.
  ///   - limit: How many are kept at most, the most frequent, but never fewer than the needed ones; nil keeps all.
  func alphabet(needed: [UInt32], limit: Int?) -> [UInt32] {
    var frequencies: [UInt32: Int] = [:]
    for (index, count) in counts.enumerated() {
      for scalar in UTF8Scanning.scalars(Array(table[index])) { frequencies[scalar, default: 0] += count }
    }
    for scalar in needed { frequencies[scalar] = Int.max }
    let ordered = frequencies.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let keptCount = limit.map { max($0, Set(needed).count) } ?? ordered.count
    return ordered.prefix(keptCount).map { $0.key }.sorted()
  }
}
