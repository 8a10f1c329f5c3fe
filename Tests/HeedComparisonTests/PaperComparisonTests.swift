import Foundation
import HeedComparison
import HeedTraining
import Synchronization
import Testing

/// Table 3 of the paper: its rows, its verdicts, and a tiny one from end to end.
@Suite struct PaperComparisonTests {
  /// The base of four layers, 128/256 and four heads has the rows that the paper's groups ask for.
  @Test func rowsAreThoseOfTheTable() throws {
    let base = try PaperComparison.recipe.resolved()
    let rows = PaperRow.rows(base)
    #expect(
      rows.map(\.setting) == [
        "as it is", "heads 1", "heads 2", "heads 8", "heads 16", "key size 16", "key size 8", "layers 2",
        "layers 6",
        "layers 8", "width 64", "width 256", "feed-forward 128", "feed-forward 512", "dropout 0.0",
        "dropout 0.2",
        "label smoothing 0.0", "label smoothing 0.2", "learned positions",
      ])
    #expect(rows.filter { $0.published == nil }.map(\.setting) == ["layers 8"])
    func count(_ setting: String) throws -> Int {
      let row = try #require(rows.first { $0.setting == setting })
      return try row.recipe(base).parameterCount(vocabularySize: 8000, targetVocabularySize: 8000)
    }
    let own = try count("as it is")
    // Heads share the width, at the same computation.
    for heads in [1, 2, 8, 16] { #expect(try count("heads \(heads)") == own) }
    // 12 attentions, of queries and keys 4 × 16 columns each fewer, of 128 weights and a bias.
    #expect(try own - count("key size 16") == 12 * 2 * 64 * 129)
    #expect(try count("learned positions") - own == 2 * 512 * 128)
    // The published base is that of the paper, and the rows that it calls better than the base are so.
    let best = rows.filter { ($0.published?.bleu ?? 0) > 25.8 }.map(\.setting)
    #expect(best == ["width 256", "feed-forward 512"])
  }

  @Test func rowsThatCannotBeAreLeftOut() throws {
    var recipe = PaperComparison.recipe
    recipe.model.headCount = 1
    recipe.model.dropout = 0
    let settings = PaperRow.rows(try recipe.resolved()).map(\.setting)
    // One head is the base already, half of one is none, and twice no dropout is no change.
    #expect(!settings.contains("heads 1") && !settings.contains("heads 0") && settings.contains("heads 2"))
    #expect(!settings.contains { $0.hasPrefix("dropout") })
  }

  static let verdicts: [(Double, [Double], OrderingVerdict)] = [
    (0.37, [0.5, 0.4, 0.6], .held), (0.37, [-0.5, -0.4, -0.6], .reversed),
    (0.37, [0.5, -0.4, 0.1], .withinSpread),
    (-0.9, [-1, -1.1], .held), (-0.9, [1, 1.1], .reversed), (-0.9, [-0.1, 0.2], .withinSpread),
    (0.37, [0.2], .heldOnce), (0.37, [-0.2], .reversedOnce), (0.37, [0], .withinSpread), (0.37, [], .missing),
    (0.37, [.nan, 1], .missing),
    // Published as nearly equal.
    (0.0, [0.3, -0.2, 0.1], .held), (0.1, [1, 1.1, 0.9], .reversed), (-0.1, [0.5], .withinSpread),
  ]

  @Test(arguments: verdicts.indices)
  func verdictsFollowTheSpread(_ index: Int) {
    let (published, measured, verdict) = Self.verdicts[index]
    #expect(OrderingVerdict(published: published, nearlyEqual: 0.1, measured: measured) == verdict)
  }

  @Test func spreadIsOfTheSample() throws {
    let spread = try #require(Spread([2, 4, 4, 4, 5, 5, 7, 9]))
    #expect(spread.mean == 5)
    #expect(abs((spread.deviation ?? 0) - (32.0 / 7).squareRoot()) < 1e-12)
    #expect(Spread([3])?.deviation == nil)
    #expect(Spread([]) == nil)
  }

  @Test func aTinyTableFromEndToEnd() throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    func table(_ seedCount: Int) throws -> PaperComparison {
      try PaperComparison(
        TinyText.recipe(["model.norm": "before", "training.max_steps": "4"]), text: TinyText.text,
        groups: [.keySize, .positions], seedCount: seedCount,
        settings: MeasurementSettings(beamSize: 2, lengthPenalty: 0.6, measuresSpeed: false))
    }
    let first = try table(1).run(in: directory.path, stop: StopFlag())
    #expect(
      first.html.contains("same direction, one seed") || first.html.contains("other direction, one seed"))

    // A second seed, of which one row is interrupted: the report has what there is, and names what is missing.
    let stop = StopFlag()
    #expect(throws: ComparisonInterrupted.self) {
      try table(2).run(in: directory.path, stop: stop) { update in
        if case .run(let name, _, _) = update, name == "e-learned-positions-seed-2" { stop.raise() }
      }
    }
    let partial = try String(contentsOf: directory.appending(path: "report.md"), encoding: .utf8)
    #expect(partial.contains("Not measured yet: learned positions (1 of 2 seeds)."))

    let kept = Mutex(0)
    let report = try table(2).run(in: directory.path, stop: StopFlag()) { update in
      if case .kept = update { kept.withLock { $0 += 1 } }
    }
    if let path = ProcessInfo.processInfo.environment["HEED_COMPARISON"] {
      try report.write(to: URL(fileURLWithPath: "\(path)/paper"))
    }
    #expect(kept.withLock { $0 } == 7)
    #expect(!report.markdown.contains("Not measured yet"))
    try expectWellFormed(report.html)
    let figures = try #require(try JSONSerialization.jsonObject(with: report.json) as? [String: Any])
    let rows = try #require(figures["rows"] as? [[String: Any]])
    #expect(
      rows.compactMap { $0["setting"] as? String } == [
        "as it is", "key size 4", "key size 2", "learned positions",
      ])
    #expect(rows.allSatisfy { ($0["results"] as? [String: Any])?.count == 2 })
    // Each row against the base by two measures, and the smaller keys against the small ones.
    let orderings = try #require(figures["orderings"] as? [[String: Any]])
    #expect(orderings.count == 8)
    #expect(orderings.allSatisfy { $0["verdict"] as? String != "missing" })
    // What is only needed to go on is gone.
    let run = directory.appending(path: "base-seed-1")
    #expect(FileManager.default.fileExists(atPath: run.appending(path: "model.safetensors").path))
    #expect(!FileManager.default.fileExists(atPath: run.appending(path: "checkpoints").path))
  }
}
