import HeedEvaluation
import Testing

/// The test agrees with sacreBLEU's `--paired-bs` up to the chance of the draws, which differ.
@Suite struct PairedBootstrapTests {
  private struct Case: Decodable {
    let metric: String
    let every: Int
    let at: Int
    let baseline: [Double]
    let system: [Double]
    let p: Double
  }

  private let lines: ParallelLines

  init() throws {
    lines = try ParallelLines(
      hypothesesFile: Golden.path("hypotheses.txt"),
      referenceFiles: [1, 3, 2].map { Golden.path("references.\($0).txt") })
  }

  private func metric(_ name: String) -> any Metric {
    switch name {
    case "BLEU": BLEU()
    case "chrF2": CHRF()
    case "chrF2++": CHRF(wordOrder: 2)
    default: TER()
    }
  }

  @Test(arguments: ["BLEU", "chrF2", "chrF2++", "TER"])
  func agreesWithSacreBLEU(_ name: String) throws {
    let cases = try Golden.read("bootstrap.json", as: [Case].self).filter { $0.metric == name }
    #expect(cases.count == 3)
    for golden in cases {
      let system = lines.hypotheses.enumerated().map { index, line in
        index % golden.every == golden.at ? lines.references[2][index] : line
      }
      let result = compare(metric(name), [system])
      // 2,000 resamples each: means within five standard errors of their difference, half-widths within a fifth.
      for (found, expected) in [(result[0], golden.baseline), (result[1], golden.system)] {
        #expect(abs(found.score - expected[0]) < 1e-9)
        let standardError = expected[2] / 1.96 * (2.0 / 2_000).squareRoot()
        #expect(abs(found.mean - expected[1]) < 5 * standardError, "\(golden)")
        #expect(abs(found.halfWidth - expected[2]) < 0.2 * expected[2], "\(golden)")
      }
      let p = try #require(result[1].p)
      let spread = (2 * max(golden.p, 0.005) * (1 - golden.p) / 2_000).squareRoot()
      #expect(abs(p - golden.p) < 5 * spread, "\(p) for \(golden)")
      #expect(result[0].p == nil)
    }
  }

  private func compare(
    _ metric: some Metric, _ systems: [[String]]
  ) -> [(score: Double, mean: Double, halfWidth: Double, p: Double?)] {
    let (baseline, others) = PairedBootstrap(resampleCount: 2_000).compare(
      baseline: lines.hypotheses, systems: systems, references: Array(lines.references.prefix(2)),
      metric: metric)
    return ([baseline] + others).map { ($0.score.score, $0.mean, $0.halfWidth, $0.pValue) }
  }

  /// As in sacreBLEU, where no resample differs by more than its mean.
  @Test func aSystemHasTheLeastPAgainstItself() {
    let result = compare(CHRF(), [lines.hypotheses])
    #expect(result[1].p == 1.0 / 2_001.0)
    #expect(result[0].mean == result[1].mean)
  }

  @Test func seedsDecideTheDraws() {
    var statistics = SegmentStatistics(width: 1)
    for value in 0..<50 { statistics.append([Double(value)]) }
    func sums(_ seed: UInt64) -> [[Double]] {
      PairedBootstrap(resampleCount: 5, seed: seed).resamples(of: [statistics, statistics]) { $0[0] }
    }
    #expect(sums(1) == sums(1))
    #expect(sums(1)[0] == sums(1)[1])
    #expect(sums(1) != sums(2))
  }

  /// The values are NumPy's.
  @Test func quantilesLieBetweenValues() {
    #expect(quantile([3, 1, 2, 10], 0.5) == 2.5)
    #expect(abs(quantile([3, 1, 2, 10], 0.975) - 9.475) < 1e-12)
    #expect(quantile([7], 0.025) == 7)
    #expect(quantile([1, 2, 3], 1) == 3)
  }
}
