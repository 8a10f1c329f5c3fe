/// Cuts sources into batches of about equal length.
package enum SourceBatches {
  /// Runs `body` over batches of the numbers of sources, and puts its results in the order of the sources.
  ///
  /// - Parameters:
  ///   - lengths: The tokens of each source.
  ///   - budget: The most tokens of a batch; a longer source is a batch of its own.
  ///   - body: Gives a result for each source of a batch.
  /// - Returns: A result for each source.
  package static func run<Result>(
    lengths: [Int], budget: Int, _ body: ([Int]) throws -> [Result]
  ) rethrows -> [Result] {
    let byLength = lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
    var results = [Result?](repeating: nil, count: lengths.count)
    var batch: [Int] = []
    var tokens = 0
    func finish() throws {
      guard !batch.isEmpty else { return }
      for (index, result) in zip(batch, try body(batch)) { results[index] = result }
      (batch, tokens) = ([], 0)
    }
    for index in byLength {
      if tokens + lengths[index] > budget { try finish() }
      batch.append(index)
      tokens += lengths[index]
    }
    try finish()
    return results.compactMap { $0 }
  }
}
