import HeedEvaluation
import Testing

@Suite struct EvaluationWarningTests {
  @Test func ordinaryTextGivesNone() {
    let text = ["Hello, world.", "Quoi ? Non !", "3 . 5"]
    #expect(warnings(hypotheses: text, references: [text]) == [])
    #expect(warnings(hypotheses: [], references: [[]]) == [])
    #expect(warnings(hypotheses: ["a.", "b.", "c ."], references: [["a.", "b.", "c ."]]) == [])
  }

  @Test func subwordMarksAreFound() {
    let hypotheses = ["fine", "un@@ believ@@ able", "▁so ▁it", "a@@ b"]
    #expect(
      warnings(hypotheses: hypotheses, references: [["a", "b", "c", "d"]]) == [
        .leftoverSubwords(mark: "@@ ", lineCount: 2, line: 2),
        .leftoverSubwords(mark: "▁", lineCount: 1, line: 3),
      ])
  }

  @Test func tokenizedTextIsFound() {
    let tokenized = ["yes", "Hello , world .", "It is .", "Plain text."]
    let plain = ["yes", "Hello, world.", "It is.", "Plain text."]
    #expect(
      warnings(hypotheses: plain, references: [plain, tokenized])
        == [.tokenizedReferences(stream: 2, lineCount: 2, line: 2)])
    #expect(
      warnings(hypotheses: tokenized, references: [plain]) == [.tokenizedHypotheses(lineCount: 2, line: 2)])
  }
}
