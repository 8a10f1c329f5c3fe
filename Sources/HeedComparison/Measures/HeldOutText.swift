import HeedTraining

/// The held-out pairs that all models of a comparison are measured on.
struct HeldOutText: Sendable {
  /// What is translated.
  let sources: [String]
  /// What it should be.
  let references: [String]
  /// The tokens of each source, its end of sentence included.
  let lengths: [Int]
  /// Pairs that are longer than the recipe allows.
  let leftOutCount: Int

  /// Reads the pairs.
  ///
  /// - Throws: What the text throws; `ComparisonError.nothingToMeasure`.
  init(_ text: TrainingText, _ vocabularies: Vocabularies, _ recipe: Recipe, limit: Int) throws {
    var (sources, references, lengths) = ([String](), [String](), [Int]())
    var leftOut = 0
    let longest = recipe.data.maximumLength
    try text.validation.forEach { pair in
      guard limit == 0 || sources.count < limit, !PairFilter.isBlank(pair.source),
        !PairFilter.isBlank(pair.target)
      else { return }
      let length = vocabularies.encodeSource(pair.source).count
      // The end of sentence takes a place as well.
      guard length <= longest, vocabularies.encodeTarget(pair.target).count < longest else {
        leftOut += 1
        return
      }
      sources.append(pair.source)
      references.append(pair.target)
      lengths.append(length)
    }
    guard !sources.isEmpty else { throw ComparisonError.nothingToMeasure(maximumLength: longest) }
    self.sources = sources
    self.references = references
    self.lengths = lengths
    leftOutCount = leftOut
  }

  /// The places of the sentences by length, shorter ones first, in at most so many groups of about one size;
  /// sentences of one length are never parted.
  func buckets(_ count: Int) -> [[Int]] {
    let order = lengths.indices.sorted { (lengths[$0], $0) < (lengths[$1], $1) }
    var buckets: [[Int]] = []
    var start = 0
    for number in 1...count {
      var end = max(start, order.count * number / count)
      while end > start, end < order.count, lengths[order[end]] == lengths[order[end - 1]] { end += 1 }
      if end > start { buckets.append(Array(order[start..<end])) }
      start = end
    }
    return buckets
  }
}
