/// BLEU as sacreBLEU 2.6 counts it: n-grams of one to four words, clipped, with a brevity penalty.
///
/// Sources: Papineni, Roukos, Ward and Zhu, "BLEU: a Method for Automatic Evaluation of Machine Translation" (2002);
/// Post, "A Call for Clarity in Reporting BLEU Scores" (2018).
public struct BLEU: Metric {
  /// What is done with an order of n-grams none of which matches.
  ///
  /// Source: Chen and Cherry, "A Systematic Comparison of Smoothing Techniques for Sentence-Level BLEU" (2014).
  public enum Smoothing: Hashable, Sendable {
    /// The score is zero.
    case none
    /// The k-th such order counts 1/2ᵏ matches: what mteval-v13a does.
    case exp
    /// Such an order counts `value` matches; sacreBLEU's default is 0.1.
    case floor(value: Double = 0.1)
    /// `value` is added to matches and totals of every order but the first; sacreBLEU's default is 1.
    case addK(value: Double = 1)

    var description: String {
      switch self {
      case .none: "none"
      case .exp: "exp"
      case .floor(let value): "floor[\(decimal(value, 2))]"
      case .addK(let value): "add-k[\(decimal(value, 2))]"
      }
    }
  }

  /// The longest n-grams counted.
  static let maximumOrder = 4

  /// How lines are cut into words.
  public var tokenizer: BLEUTokenizer
  /// Whether case is ignored.
  public var lowercase: Bool
  /// What is done with an order of n-grams none of which matches.
  public var smoothing: Smoothing
  /// Whether orders for which the hypothesis is too short are left out of the mean, as befits single sentences.
  public var effectiveOrder: Bool

  /// Settings of the metric; the defaults are those of the `sacrebleu` command.
  public init(
    tokenizer: BLEUTokenizer = .mteval13a, lowercase: Bool = false, smoothing: Smoothing = .exp,
    effectiveOrder: Bool = false
  ) {
    self.tokenizer = tokenizer
    self.lowercase = lowercase
    self.smoothing = smoothing
    self.effectiveOrder = effectiveOrder
  }

  /// Lengths, matches and totals of each segment; see `Metric`.
  public func statistics(hypotheses: [String], references: [[String]]) -> SegmentStatistics {
    checkStreams(hypotheses, references)
    var statistics = SegmentStatistics(width: BLEUStatistics.width)
    var numbers = WordNumbers()
    for line in hypotheses.indices {
      statistics.append(
        BLEUStatistics(
          hypothesis: numbers(tokens(of: hypotheses[line])),
          references: references.map { numbers(tokens(of: $0[line])) }
        ).numbers)
    }
    return statistics
  }

  private func tokens(of line: String) -> [ArraySlice<UInt32>] {
    let scalars = line.scalarValues
    return tokenizer.tokens(of: lowercase ? scalars.lowercased() : scalars)
  }

  /// The score from sums over segments; see `Metric`.
  public func score(sums: [Double], referenceCount: Int) -> BLEUScore {
    let statistics = BLEUStatistics(sums)
    var matches = statistics.matches.map(Double.init)
    var totals = statistics.totals.map(Double.init)
    var precisions = [Double](repeating: 0, count: Self.maximumOrder)
    let penalty = statistics.brevityPenalty

    var score = 0.0
    if matches.contains(where: { $0 != 0 }) {
      var halving = 1.0
      var meanOrder = Self.maximumOrder
      for order in 0..<Self.maximumOrder {
        if case .addK(let value) = smoothing, order > 0 {
          matches[order] += value
          totals[order] += value
        }
        if totals[order] == 0 { break }
        if effectiveOrder { meanOrder = order + 1 }
        if matches[order] != 0 {
          precisions[order] = 100 * matches[order] / totals[order]
        } else if case .exp = smoothing {
          halving *= 2
          precisions[order] = 100 / (halving * totals[order])
        } else if case .floor(let value) = smoothing {
          precisions[order] = 100 * value / totals[order]
        }
      }
      let sum = precisions.prefix(meanOrder).reduce(0) { $0 + flooredLogarithm($1) }
      score = penalty * exponential(sum / Double(meanOrder))
    }
    return BLEUScore(
      score: score, matches: statistics.matches, totals: statistics.totals, precisions: precisions,
      brevityPenalty: penalty, hypothesisLength: statistics.hypothesisLength,
      referenceLength: statistics.referenceLength, settings: settings(referenceCount: referenceCount))
  }

  private func settings(referenceCount: Int) -> String {
    "nrefs:\(referenceCount)|case:\(lowercase ? "lc" : "mixed")|eff:\(effectiveOrder ? "yes" : "no")"
      + "|tok:\(tokenizer.rawValue)|smooth:\(smoothing.description)"
  }
}

/// A BLEU score and what it was computed from.
public struct BLEUScore: MetricScore {
  /// The score, in percent.
  public let score: Double
  /// Matching n-grams of one to four words.
  public let matches: [Int]
  /// N-grams of one to four words in the hypotheses.
  public let totals: [Int]
  /// The precision of each order, smoothed, in percent.
  public let precisions: [Double]
  /// The factor, 1 at most, by which hypotheses that are too short are punished.
  public let brevityPenalty: Double
  /// Words in the hypotheses.
  public let hypothesisLength: Int
  /// Words in the references; of several, the one nearest in length counts.
  public let referenceLength: Int
  /// The settings behind the score, without the version.
  public let settings: String

  /// Always `BLEU`.
  public var name: String { "BLEU" }

  /// Hypothesis length over reference length, or zero without references.
  public var ratio: Double {
    referenceLength == 0 ? 0 : Double(hypothesisLength) / Double(referenceLength)
  }

  /// Precisions, brevity penalty, ratio and lengths in sacreBLEU's form.
  public var details: String {
    precisions.map { decimal($0, 1) }.joined(separator: "/")
      + " (BP = \(decimal(brevityPenalty, 3)) ratio = \(decimal(ratio, 3))"
      + " hyp_len = \(hypothesisLength) ref_len = \(referenceLength))"
  }
}

/// The counts of a segment, or their sums over several.
private struct BLEUStatistics {
  /// Two lengths, and matches and totals of each order.
  static let width = 2 + 2 * BLEU.maximumOrder

  let hypothesisLength: Int
  let referenceLength: Int
  private(set) var matches: [Int] = []
  private(set) var totals: [Int] = []

  /// The counts as they are summed.
  var numbers: [Double] { ([hypothesisLength, referenceLength] + matches + totals).map(Double.init) }

  /// Counts are whole numbers, and so are their sums.
  init(_ numbers: [Double]) {
    let counts = numbers.map { Int($0) }
    (hypothesisLength, referenceLength) = (counts[0], counts[1])
    matches = Array(counts[2..<2 + BLEU.maximumOrder])
    totals = Array(counts[(2 + BLEU.maximumOrder)...])
  }

  init(hypothesis: [UInt32], references: [[UInt32]]) {
    hypothesisLength = hypothesis.count
    // The nearest in length, and the shorter of two that are equally near.
    let nearest = references.map(\.count).min {
      (abs($0 - hypothesis.count), $0) < (abs($1 - hypothesis.count), $1)
    }
    referenceLength = nearest ?? 0
    var counts = NGramCounts([hypothesis] + references)
    for _ in 0..<BLEU.maximumOrder {
      counts.advance()
      matches.append(counts.matchCountWithAnyReference())
      totals.append(counts.totals[0])
    }
  }

  var brevityPenalty: Double {
    guard hypothesisLength < referenceLength else { return 1 }
    guard hypothesisLength > 0 else { return 0 }
    return exponential(1 - Double(referenceLength) / Double(hypothesisLength))
  }
}
