/// Tells by resampling whether systems differ from a baseline by more than chance, as sacreBLEU 2.6's `--paired-bs` does.
///
/// A resample draws as many segments as there are, with replacement, the same ones for all systems. How often the
/// difference of the resamples lies further from its mean than the real difference from zero says how probable such a
/// difference would be between equal systems.
///
/// Source: Koehn, "Statistical Significance Tests for Machine Translation Evaluation" (2004). The draws are not those of
/// sacreBLEU, so means and probabilities agree with its own up to the chance of the draws.
public struct PairedBootstrap: Sendable {
  /// How many resamples are drawn.
  public var resampleCount: Int
  /// The seed of the draws; the same seed gives the same results everywhere.
  public var seed: UInt64

  /// Settings of the test; the defaults are those of the `sacrebleu` command.
  ///
  /// - Precondition: There is at least one resample.
  public init(resampleCount: Int = 1_000, seed: UInt64 = 12_345) {
    precondition(resampleCount >= 1, "A bootstrap needs at least one resample, not \(resampleCount).")
    self.resampleCount = resampleCount
    self.seed = seed
  }

  /// Scores a baseline and systems, and compares each system with the baseline.
  ///
  /// - Parameters:
  ///   - baseline: The baseline's lines.
  ///   - systems: The lines of each system.
  ///   - references: One or several streams of lines.
  ///   - metric: What is compared.
  /// - Returns: The baseline's result, which has no p-value, and that of each system.
  /// - Precondition: There is at least one stream of references, and all streams have the same length.
  public func compare<M: Metric>(
    baseline: [String], systems: [[String]], references: [[String]], metric: M
  ) -> (baseline: BootstrapResult<M.Score>, systems: [BootstrapResult<M.Score>]) {
    let statistics = ([baseline] + systems).map { metric.statistics(hypotheses: $0, references: references) }
    let scores = statistics.map { metric.score(sums: $0.sums(), referenceCount: references.count) }
    let samples = resamples(of: statistics) { metric.score(sums: $0, referenceCount: references.count).score }
    let results = zip(scores, samples).enumerated().map { index, system in
      BootstrapResult(
        score: system.0, samples: system.1,
        pValue: index == 0
          ? nil
          : Self.pValue(system.1, samples[0], difference: abs(system.0.score - scores[0].score)))
    }
    return (results[0], Array(results.dropFirst()))
  }

  /// A value of each resample, for each of several systems; the draws are the same for all.
  ///
  /// - Parameters:
  ///   - statistics: Those of each system, over the same segments.
  ///   - value: The value of segments whose statistics have these sums.
  /// - Returns: `resampleCount` values for each system.
  /// - Precondition: All systems have the same number of segments.
  public func resamples<Value>(
    of statistics: [SegmentStatistics], _ value: ([Double]) -> Value
  ) -> [[Value]] {
    let segmentCount = statistics.first?.count ?? 0
    precondition(
      statistics.allSatisfy { $0.count == segmentCount },
      "Systems must have the same segments to be compared.")
    var generator = SegmentDraws(seed: seed)
    var values = [[Value]](repeating: [], count: statistics.count)
    for _ in 0..<resampleCount {
      let segments = (0..<segmentCount).map { _ in generator.next(below: segmentCount) }
      for (system, statistics) in statistics.enumerated() {
        values[system].append(value(statistics.sums(of: segments)))
      }
    }
    return values
  }

  private static func pValue(_ system: [Double], _ baseline: [Double], difference: Double) -> Double {
    let differences = zip(system, baseline).map { abs($0 - $1) }
    let mean = differences.reduce(0, +) / Double(differences.count)
    let count = differences.count { $0 - mean > difference }
    return Double(count + 1) / Double(differences.count + 1)
  }
}

/// The score of a system with what resampling says about it.
public struct BootstrapResult<Score: MetricScore>: Sendable {
  /// The score over all segments.
  public let score: Score
  /// The mean score of the resamples.
  public let mean: Double
  /// Half of the width of the interval in which 95 % of the resamples lie.
  public let halfWidth: Double
  /// How probable a difference like that from the baseline is between equal systems; nil for the baseline itself.
  public let pValue: Double?

  init(score: Score, samples: [Double], pValue: Double?) {
    self.score = score
    mean = samples.reduce(0, +) / Double(samples.count)
    let sorted = samples.sorted()
    let cut = sorted.count / 40
    halfWidth = (sorted[sorted.count - 1 - cut] - sorted[cut]) / 2
    self.pValue = pValue
  }
}

/// The value below which a share of `values` lies, between two values in proportion, as NumPy's `percentile` has it.
///
/// - Parameters:
///   - values: At least one value, in any order.
///   - share: The share, in 0...1.
/// - Returns: The value.
/// - Precondition: There is a value, and `share` is in 0...1.
public func quantile(_ values: [Double], _ share: Double) -> Double {
  precondition(!values.isEmpty && (0...1).contains(share), "A quantile needs values and a share from 0 to 1.")
  let sorted = values.sorted()
  let position = share * Double(sorted.count - 1)
  let below = Int(position)
  let above = min(below + 1, sorted.count - 1)
  return sorted[below] + (sorted[above] - sorted[below]) * (position - Double(below))
}

/// Draws of segments: SplitMix64 (Steele, Lea and Flood, 2014), whose results are the same on every system.
private struct SegmentDraws {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// A number below `bound`; the shares of the numbers differ by less than one in 2³².
  mutating func next(below bound: Int) -> Int {
    state &+= 0x9E37_79B9_7F4A_7C15
    var bits = state
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    bits ^= bits >> 31
    return Int(bits.multipliedFullWidth(by: UInt64(bound)).high)
  }
}
