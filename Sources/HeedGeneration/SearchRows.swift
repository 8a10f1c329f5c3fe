import HeedTensor
import HeedText

/// The search for one source: all that a search does is a function of its rows of logits.
protocol SourceSearch {
  /// Whether nothing more is to be read.
  var isFinished: Bool { get }
  /// The token that each live row reads next, and the row of this source, in the call before, that it continues.
  var rows: [(token: TokenID, parent: Int)] { get }
  /// Takes the logits of the live rows, `[rows.count, vocabulary]`, and chooses the rows that follow.
  mutating func advance(_ logits: UnsafeMutableBufferPointer<Float>) throws
  /// Tells who listens of the tokens that the last call of `advance` chose.
  func tell()
}

extension SourceSearch {
  func tell() {}
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
      let ends = active.dropFirst().map(\.firstRow) + [tokens.count]
      let failure = advance(&searches, active.map(\.source)) { index in
        let rows = logits[active[index].firstRow * vocabularySize..<ends[index] * vocabularySize]
        return UnsafeMutableBufferPointer(rebasing: rows)
      }
      for (index, (source, first)) in active.enumerated() {
        if let failure, failure.index == index { throw failure.error }
        searches[source].tell()
        firstRows[source] = first
      }
    }
  }
}

/// Lets each of the active searches choose from its rows of logits, several at the same time.
///
/// - Returns: The first of them that failed, if one did.
private func advance<Search: SourceSearch>(
  _ searches: inout [Search], _ active: [Int], _ rows: (Int) -> UnsafeMutableBufferPointer<Float>
) -> (index: Int, error: any Error)? {
  var failures = [(any Error)?](repeating: nil, count: active.count)
  searches.withUnsafeMutableBufferPointer { searches in
    failures.withUnsafeMutableBufferPointer { failures in
      // Each part has a search and a failure of its own.
      ThreadPool.shared.parallel(over: active.count, grain: 1) { range in
        for index in range {
          do {
            try searches[active[index]].advance(rows(index))
          } catch {
            failures[index] = error
          }
        }
      }
    }
  }
  for (index, failure) in failures.enumerated() {
    if let failure { return (index, failure) }
  }
  return nil
}
