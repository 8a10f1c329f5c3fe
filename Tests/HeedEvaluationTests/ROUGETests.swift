import HeedEvaluation
import Testing

/// ROUGE equals that of rouge-score 0.1.2, and stems equal those of NLTK.
@Suite struct ROUGETests {
  private struct Case: Decodable {
    let summary: String
    let references: [String]
    let plain: [String: [Double]]
    let stemmed: [String: [Double]]
  }

  private static let variants: [ROUGE.Variant] = [.n(1), .n(2), .n(3), .l, .lsum]

  @Test func stemsEqual() throws {
    let rows = try ParallelLines.lines(of: Golden.path("stems.tsv")).map { $0.split(separator: "\t") }
    #expect(rows.count > 2_500)
    for row in rows {
      let stem = String(decoding: PorterStemmer.stem(Array(row[0].utf8)), as: UTF8.self)
      #expect(stem == row[1], "\(row[0])")
    }
  }

  @Test(arguments: variants)
  func scoresOfSummariesEqual(_ variant: ROUGE.Variant) throws {
    let cases: [Case] = try Golden.read("rouge.json")
    #expect(cases.count == 69)
    for golden in cases {
      for (stemming, expected) in [(false, golden.plain), (true, golden.stemmed)] {
        let score = ROUGE(variant, stemming: stemming).score(
          hypothesis: golden.summary, references: golden.references)
        let numbers = try #require(expected[variant.name])
        for (found, number) in zip([score.precision, score.recall, score.fMeasure], numbers) {
          #expect(abs(found - number) < 1e-12, "\(variant), stemming \(stemming): \(golden.summary)")
        }
      }
    }
  }

  @Test func scoresOfACorpusAreMeans() throws {
    let hypotheses = ["the cat", "", "a dog barks"]
    let references = [["the cat sat", "x", "a dog"], ["cats", "y", "a dog barks"]]
    let score = ROUGE(.n(1)).score(hypotheses: hypotheses, references: references)
    #expect(abs(score.precision - 2.0 / 3) < 1e-12)
    #expect(abs(score.recall - (2.0 / 3 + 1) / 3) < 1e-12)
    #expect(abs(score.fMeasure - (0.8 + 1) / 3) < 1e-12)
    #expect(
      score.formatted(width: 2)
        == "rouge1|nrefs:2|stem:no|version:rouge-score-0.1.2 = 60.00 (P = 66.7 R = 55.6)")
    #expect(ROUGE(.l).score(hypotheses: [], references: [[]]).score == 0)
  }
}
