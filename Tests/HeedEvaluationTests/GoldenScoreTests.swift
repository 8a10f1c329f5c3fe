import HeedEvaluation
import Testing

/// Scores equal those of sacreBLEU: to 1e-9, which leaves room for a last bit of `exp`, and to the printed digit.
@Suite struct GoldenScoreTests {
  private let lines: ParallelLines

  init() throws {
    lines = try ParallelLines(
      hypothesesFile: Golden.path("hypotheses.txt"),
      referenceFiles: (1...3).map { Golden.path("references.\($0).txt") })
  }

  /// sacreBLEU 2.6 normalises references twice: what is still joined after the first time, and what was escaped twice.
  @Test func referencesAreNormalisedTwice() {
    let hypotheses = [
      "er hat telefoniert,.1 und dann \"nein\" gesagt", "a &amp;amp;quot; b", "it's 5,.3 o'clock -- or 6-7.",
    ]
    let references = [
      "er hat telefoniert,.1 und dann \"ja\" gesagt", "a &amp;amp;quot; c", "it's 5,.3 o'clock -- or 6-7.",
    ]
    let score = TER(caseSensitive: true, normalized: true)
      .score(hypotheses: hypotheses, references: [references])
    #expect(score.editCount == 4 && score.referenceLength == 32 && score.score == 12.5)
  }

  @Test func corpusScoresEqual() throws {
    let goldens: [Golden.Score] = try Golden.read("scores.json")
    #expect(goldens.count == 70)
    for golden in goldens {
      let references = Array(lines.references.prefix(golden.references))
      let score: any MetricScore = try metric(golden).score(
        hypotheses: lines.hypotheses, references: references)
      #expect(abs(score.score - golden.score) < 1e-9, "\(golden.line)")
      #expect(score.formatted() == golden.line)
      #expect(score.description == golden.python)
      #expect(score.json(width: 3) == golden.json)
    }
  }

  @Test func sentenceScoresEqual() throws {
    let goldens = try Golden.read("scores.json", as: [Golden.Score].self).filter { !$0.sentences.isEmpty }
    #expect(goldens.count == 26)
    for golden in goldens {
      let metric = try metric(golden)
      try #require(golden.sentences.count == lines.hypotheses.count)
      for (index, expected) in golden.sentences.enumerated() {
        let references = lines.references.prefix(golden.references).map { $0[index] }
        let score: any MetricScore = metric.score(hypothesis: lines.hypotheses[index], references: references)
        #expect(abs(score.score - expected) < 1e-9, "line \(index + 1), \(golden.line)")
      }
    }
  }

  @Test func printedLinesEqual() throws {
    let goldens: [Golden.Printed] = try Golden.read("printed.json")
    #expect(goldens.count == 4)
    for golden in goldens {
      let references = Array(lines.references.prefix(golden.references))
      let scores: [any MetricScore] = [
        BLEU().score(hypotheses: lines.hypotheses, references: references),
        CHRF().score(hypotheses: lines.hypotheses, references: references),
        TER().score(hypotheses: lines.hypotheses, references: references),
      ]
      #expect(alignedLines(of: scores, width: golden.width) == golden.text)
    }
  }

  private func metric(_ golden: Golden.Score) throws -> any Metric {
    let options = golden.options
    switch golden.metric {
    case "bleu":
      let smoothing: BLEU.Smoothing =
        switch options.smooth_method {
        case "none": .none
        case "floor": options.smooth_value.map { .floor(value: $0) } ?? .floor()
        case "add-k": options.smooth_value.map { .addK(value: $0) } ?? .addK()
        default: .exp
        }
      return BLEU(
        tokenizer: try #require(BLEUTokenizer(rawValue: options.tokenize ?? "13a")),
        lowercase: options.lowercase ?? false, smoothing: smoothing,
        effectiveOrder: options.effective_order ?? false)
    case "chrf":
      return CHRF(
        characterOrder: options.char_order ?? 6, wordOrder: options.word_order ?? 0, beta: options.beta ?? 2,
        lowercase: options.lowercase ?? false, whitespace: options.whitespace ?? false,
        epsilonSmoothing: options.eps_smoothing ?? false)
    default:
      return TER(
        caseSensitive: options.case_sensitive ?? false, normalized: options.normalized ?? false,
        ignoresPunctuation: options.no_punct ?? false, asianSupport: options.asian_support ?? false)
    }
  }
}
