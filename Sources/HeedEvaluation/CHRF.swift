/// chrF as sacreBLEU 2.6 counts it: the F-score of character n-grams, and of word n-grams too in chrF++.
///
/// Sources: Popović, "chrF: character n-gram F-score for automatic MT evaluation" (2015); Popović, "chrF++: words helping
/// character n-grams" (2017).
public struct CHRF: Metric {
  /// The longest character n-grams counted.
  public var characterOrder: Int
  /// The longest word n-grams counted: 0 is chrF, 2 is chrF++.
  public var wordOrder: Int
  /// How many times as much recall weighs as precision.
  public var beta: Int
  /// Whether case is ignored.
  public var lowercase: Bool
  /// Whether white space counts as a character.
  public var whitespace: Bool
  /// Whether each order has its own F-score and empty orders count a tiny number, as in chrF++.py and Moses, rather than
  /// being left out.
  public var epsilonSmoothing: Bool

  /// Settings of the metric; the defaults are those of the `sacrebleu` command.
  ///
  /// - Precondition: No order and not `beta` is negative, and one order is at least 1.
  public init(
    characterOrder: Int = 6, wordOrder: Int = 0, beta: Int = 2, lowercase: Bool = false,
    whitespace: Bool = false, epsilonSmoothing: Bool = false
  ) {
    precondition(
      characterOrder >= 0 && wordOrder >= 0 && characterOrder + wordOrder > 0 && beta >= 0,
      "chrF needs orders of which one is at least 1, and a beta of at least 0.")
    self.characterOrder = characterOrder
    self.wordOrder = wordOrder
    self.beta = beta
    self.lowercase = lowercase
    self.whitespace = whitespace
    self.epsilonSmoothing = epsilonSmoothing
  }

  /// The n-grams of each order in hypothesis, reference and both, for each segment; see `Metric`.
  public func statistics(hypotheses: [String], references: [[String]]) -> SegmentStatistics {
    checkStreams(hypotheses, references)
    var statistics = SegmentStatistics(width: 3 * (characterOrder + wordOrder))
    for line in hypotheses.indices {
      statistics.append(bestCounts(hypotheses[line], references.map { $0[line] }).flatMap(\.numbers))
    }
    return statistics
  }

  /// The score from sums over segments; see `Metric`.
  public func score(sums: [Double], referenceCount: Int) -> CHRFScore {
    let orders = stride(from: 0, to: sums.count, by: 3).map { OrderCounts(sums[$0..<$0 + 3]) }
    return CHRFScore(
      name: "chrF\(beta)" + String(repeating: "+", count: wordOrder), score: fScore(orders),
      settings: "nrefs:\(referenceCount)|case:\(lowercase ? "lc" : "mixed")"
        + "|eff:\(epsilonSmoothing ? "no" : "yes")|nc:\(characterOrder)|nw:\(wordOrder)"
        + "|space:\(whitespace ? "yes" : "no")")
  }

  /// The counts against the reference that gives this segment its best F-score.
  private func bestCounts(_ hypothesis: String, _ references: [String]) -> [OrderCounts] {
    let lines = ([hypothesis] + references).map { lowercase ? $0.scalarValues.lowercased() : $0.scalarValues }
    var candidates = [[OrderCounts]](repeating: [], count: references.count)

    func count(_ sequences: [[UInt32]], upTo order: Int) {
      var grams = NGramCounts(sequences)
      for _ in 0..<order {
        grams.advance()
        for reference in references.indices {
          let total = grams.totals[reference + 1]
          candidates[reference].append(
            OrderCounts(
              // Where the reference is too short for this order, the hypothesis is not blamed for being longer.
              hypothesis: total > 0 ? grams.totals[0] : 0, reference: total,
              matches: grams.matchCount(with: reference + 1)))
        }
      }
    }
    count(whitespace ? lines : lines.map { $0.withoutWhitespace() }, upTo: characterOrder)
    if wordOrder > 0 {
      var numbers = WordNumbers()
      count(lines.map { numbers(wordsAndPunctuation($0)) }, upTo: wordOrder)
    }

    var best: [OrderCounts] = []
    var bestScore = -1.0
    for candidate in candidates {
      let score = fScore(candidate)
      if score > bestScore { (best, bestScore) = (candidate, score) }
    }
    return best
  }

  /// The F-score of counts, in percent.
  private func fScore(_ orders: [OrderCounts]) -> Double {
    let epsilon = 1e-16
    let factor = Double(beta) * Double(beta)
    var sum = 0.0
    var (precisionSum, recallSum, usedCount) = (0.0, 0.0, 0.0)
    for counts in orders {
      let precision = counts.hypothesis > 0 ? Double(counts.matches) / Double(counts.hypothesis) : epsilon
      let recall = counts.reference > 0 ? Double(counts.matches) / Double(counts.reference) : epsilon
      let denominator = factor * precision + recall
      sum += denominator > 0 ? (1 + factor) * precision * recall / denominator : epsilon
      if counts.hypothesis > 0, counts.reference > 0 {
        precisionSum += precision
        recallSum += recall
        usedCount += 1
      }
    }
    if epsilonSmoothing { return 100 * sum / Double(orders.count) }
    guard usedCount > 0 else { return 0 }
    let (precision, recall) = (precisionSum / usedCount, recallSum / usedCount)
    guard precision + recall != 0 else { return 0 }
    return 100 * ((1 + factor) * precision * recall / (factor * precision + recall))
  }
}

/// A chrF or chrF++ score.
public struct CHRFScore: MetricScore {
  /// `chrF2`, or `chrF2++` with word n-grams up to two; the digit is beta.
  public let name: String
  /// The score, in percent.
  public let score: Double
  /// The settings behind the score, without the version.
  public let settings: String
  /// Always empty: chrF prints nothing after the score.
  public var details: String { "" }
}

/// The n-grams of one order in hypothesis and reference, and those in both.
private struct OrderCounts {
  let hypothesis: Int
  let reference: Int
  let matches: Int

  /// The counts as they are summed.
  var numbers: [Double] { [Double(hypothesis), Double(reference), Double(matches)] }

  init(hypothesis: Int, reference: Int, matches: Int) {
    (self.hypothesis, self.reference, self.matches) = (hypothesis, reference, matches)
  }

  /// Counts are whole numbers, and so are their sums.
  init(_ numbers: ArraySlice<Double>) {
    let start = numbers.startIndex
    hypothesis = Int(numbers[start])
    reference = Int(numbers[start + 1])
    matches = Int(numbers[start + 2])
  }
}

/// Words with one mark of ASCII punctuation taken off, the last or else the first: `(hi)` gives `(hi` and `)`.
private func wordsAndPunctuation(_ line: Scalars) -> [ArraySlice<UInt32>] {
  var words: [ArraySlice<UInt32>] = []
  for word in line.words() {
    if word.count > 1, let last = word.last, isASCIIPunctuation(last) {
      words.append(word.dropLast())
      words.append(word.suffix(1))
    } else if word.count > 1, let first = word.first, isASCIIPunctuation(first) {
      words.append(word.prefix(1))
      words.append(word.dropFirst())
    } else {
      words.append(word)
    }
  }
  return words
}
