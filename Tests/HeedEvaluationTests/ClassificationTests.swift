import HeedEvaluation
import Testing

/// Figures of labels equal those of scikit-learn.
@Suite struct ClassificationTests {
  private struct Case: Decodable {
    let predictions: [Int]
    let labels: [Int]
    let accuracy: Double
    let macro_f1: Double
    let matthews: Double
  }

  @Test func figuresEqual() throws {
    let cases: [Case] = try Golden.read("classification.json")
    #expect(cases.count == 9)
    for golden in cases {
      let score = ClassificationScore(predictions: golden.predictions, labels: golden.labels)
      #expect(abs(score.accuracy - golden.accuracy) < 1e-12)
      #expect(abs(score.macroF1 - golden.macro_f1) < 1e-12)
      #expect(abs(score.matthewsCorrelation - golden.matthews) < 1e-12)
      #expect(score.labelCount == Set(golden.predictions + golden.labels).count)
    }
  }

  @Test func labelsAreComparedScalarByScalar() {
    let score = ClassificationScore(predictions: ["\u{E9}", "a"], labels: ["e\u{301}", "a"])
    #expect(score.accuracy == 0.5)
    #expect(score.labelCount == 3)
  }

  @Test func nothingScoresZero() {
    let score = ClassificationScore(predictions: [Int](), labels: [])
    #expect([score.accuracy, score.macroF1, score.matthewsCorrelation] == [0, 0, 0])
  }
}
