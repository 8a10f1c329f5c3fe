/// ROUGE as the Python package rouge-score 0.1.2 counts it: what a summary and its reference share.
///
/// Every summary has its own precision, recall and F-score; those of a corpus are their means. Of several references the
/// one with the best F-score counts.
///
/// Source: Lin, "ROUGE: A Package for Automatic Evaluation of Summaries" (2004).
public struct ROUGE: Metric {
  /// What is counted.
  public enum Variant: Hashable, Sendable {
    /// N-grams of so many words.
    case n(Int)
    /// The longest common subsequence of words.
    case l
    /// For each line of the reference, what longest common subsequences with the lines of the summary cover together.
    case lsum

    /// The name in rouge-score: `rouge1`, `rougeL`, `rougeLsum`.
    public var name: String {
      switch self {
      case .n(let order): "rouge\(order)"
      case .l: "rougeL"
      case .lsum: "rougeLsum"
      }
    }

    /// The variants that papers report.
    public static let usual: [Variant] = [.n(1), .n(2), .l, .lsum]
  }

  /// What is counted.
  public var variant: Variant
  /// Whether words are compared by their stems, which is for English.
  public var stemming: Bool

  /// Settings of the metric.
  ///
  /// - Precondition: N-grams have at least one word.
  public init(_ variant: Variant, stemming: Bool = false) {
    if case .n(let order) = variant {
      precondition(order >= 1, "ROUGE cannot count n-grams of \(order) words.")
    }
    self.variant = variant
    self.stemming = stemming
  }

  /// Precision, recall and F-score of each segment, and a 1 that counts it; see `Metric`.
  public func statistics(hypotheses: [String], references: [[String]]) -> SegmentStatistics {
    checkStreams(hypotheses, references)
    var tokenizer = ROUGETokenizer(stemming: stemming)
    var statistics = SegmentStatistics(width: 4)
    for line in hypotheses.indices {
      let candidates = overlaps(hypotheses[line], references.map { $0[line] }, &tokenizer)
      var best = candidates[0]
      for candidate in candidates.dropFirst() where candidate.fMeasure > best.fMeasure { best = candidate }
      statistics.append([best.precision, best.recall, best.fMeasure, 1])
    }
    return statistics
  }

  /// The means, from sums over segments; see `Metric`.
  public func score(sums: [Double], referenceCount: Int) -> ROUGEScore {
    let count = max(1, sums[3])
    return ROUGEScore(
      name: variant.name, precision: sums[0] / count, recall: sums[1] / count, fMeasure: sums[2] / count,
      settings: "nrefs:\(referenceCount)|stem:\(stemming ? "yes" : "no")")
  }

  private func overlaps(
    _ hypothesis: String, _ references: [String], _ tokenizer: inout ROUGETokenizer
  ) -> [Overlap] {
    switch variant {
    case .n(let order):
      let words = ([hypothesis] + references).map { tokenizer.words(of: $0) }
      var counts = NGramCounts(words)
      for _ in 0..<order { counts.advance() }
      return references.indices.map {
        Overlap(
          shared: counts.matchCount(with: $0 + 1), hypothesis: counts.totals[0],
          reference: counts.totals[$0 + 1])
      }
    case .l:
      let words = tokenizer.words(of: hypothesis)
      return references.map {
        let reference = tokenizer.words(of: $0)
        return Overlap(
          shared: CommonSubsequence.length(reference, words), hypothesis: words.count,
          reference: reference.count)
      }
    case .lsum:
      let sentences = tokenizer.sentences(of: hypothesis)
      return references.map {
        let reference = tokenizer.sentences(of: $0)
        return Overlap(
          shared: Self.sharedWords(sentences, reference), hypothesis: sentences.joined().count,
          reference: reference.joined().count)
      }
    }
  }

  /// How many words of the reference the sentences of the summary cover, none more often than it stands in both.
  private static func sharedWords(_ hypothesis: [[UInt32]], _ reference: [[UInt32]]) -> Int {
    var hypothesisLeft: [UInt32: Int] = [:]
    var referenceLeft: [UInt32: Int] = [:]
    for word in hypothesis.joined() { hypothesisLeft[word, default: 0] += 1 }
    for word in reference.joined() { referenceLeft[word, default: 0] += 1 }
    var shared = 0
    for sentence in reference {
      var isCovered = [Bool](repeating: false, count: sentence.count)
      for other in hypothesis {
        for position in CommonSubsequence.positions(in: sentence, other) { isCovered[position] = true }
      }
      for (word, _) in zip(sentence, isCovered).filter(\.1) {
        guard let left = hypothesisLeft[word], left > 0, let own = referenceLeft[word], own > 0 else {
          continue
        }
        hypothesisLeft[word] = left - 1
        referenceLeft[word] = own - 1
        shared += 1
      }
    }
    return shared
  }
}

/// Means of precision, recall and F-score over a corpus.
public struct ROUGEScore: MetricScore {
  /// `rouge1`, `rouge2`, `rougeL` or `rougeLsum`.
  public let name: String
  /// The share of the summary that the reference has too, in 0...1.
  public let precision: Double
  /// The share of the reference that the summary has too, in 0...1.
  public let recall: Double
  /// The mean of the summaries' harmonic means of precision and recall, in 0...1.
  public let fMeasure: Double
  /// The settings behind the score, without the version.
  public let settings: String

  /// The F-score in percent.
  public var score: Double { 100 * fMeasure }
  /// The version of rouge-score whose counting this is.
  public var version: String { "rouge-score-0.1.2" }
  /// Precision and recall, in percent.
  public var details: String { "(P = \(decimal(100 * precision, 1)) R = \(decimal(100 * recall, 1)))" }
}

/// What a summary and a reference share, as shares of both.
private struct Overlap {
  let precision: Double
  let recall: Double
  let fMeasure: Double

  init(shared: Int, hypothesis: Int, reference: Int) {
    precision = Double(shared) / Double(max(hypothesis, 1))
    recall = Double(shared) / Double(max(reference, 1))
    fMeasure = shared > 0 ? 2 * precision * recall / (precision + recall) : 0
  }
}
