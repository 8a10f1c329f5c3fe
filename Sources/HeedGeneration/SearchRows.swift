import HeedText

/// The search for one source: all that a search does is a function of its rows of logits.
protocol SourceSearch {
  /// Whether nothing more is to be read.
  var isFinished: Bool { get }
  /// The token that each live row reads next, and the row of this source, in the call before, that it continues.
  var rows: [(token: TokenID, parent: Int)] { get }
  /// Takes the logits of the live rows, `[rows.count, vocabulary]`, and chooses the rows that follow.
  mutating func advance(_ logits: UnsafeMutableBufferPointer<Float>) throws
}

/// Steps a model until every source is finished.
///
/// Sources see nothing of each other: a source ends when it is finished itself, whatever is beside it, so that it gives
/// the same result alone and in any batch. Cancelling the task stops between two steps.
func run(_ searches: inout [some SourceSearch], on model: inout some NextTokenModel) throws {
  let vocabularySize = model.vocabularySize
  /// The first row of each source in the call before; for the first call, the source's own number.
  var firstRows = Array(searches.indices)
  while true {
    var tokens: [TokenID] = []
    var parents: [Int] = []
    var active: [(source: Int, firstRow: Int)] = []
    for source in searches.indices where !searches[source].isFinished {
      active.append((source, tokens.count))
      for row in searches[source].rows {
        tokens.append(row.token)
        parents.append(firstRows[source] + row.parent)
      }
    }
    if active.isEmpty { return }
    try Task.checkCancellation()
    try model.step(tokens: tokens, parents: parents) { logits in
      precondition(logits.count == tokens.count * vocabularySize, "a row of logits for each token")
      for (index, (source, first)) in active.enumerated() {
        let end = index + 1 < active.count ? active[index + 1].firstRow : tokens.count
        let rows = logits[first * vocabularySize..<end * vocabularySize]
        try searches[source].advance(UnsafeMutableBufferPointer(rebasing: rows))
        firstRows[source] = first
      }
    }
  }
}
