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
    #expect(
      warnings(hypotheses: ["fine"], references: [["fine"], hypotheses]) == [
        .leftoverSubwordsInReferences(stream: 2, mark: "@@ ", lineCount: 2, line: 2),
        .leftoverSubwordsInReferences(stream: 2, mark: "▁", lineCount: 1, line: 3),
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

  /// Where commas and full stops show that nothing was set apart, a space before them is French.
  @Test func questionsTellWhereNothingElseDoes() {
    let (plain, tokenized) = (["Who is there?", "Go away!", "yes"], ["Who is there ?", "Go away !", "yes"])
    #expect(
      warnings(hypotheses: plain, references: [tokenized])
        == [.tokenizedReferences(stream: 1, lineCount: 2, line: 1)])
    #expect(warnings(hypotheses: plain, references: [tokenized + ["Oui, oui."]]) == [])
  }

  /// ROUGE passes over punctuation, but not over pieces of words.
  @Test func marksAreFoundWithoutPunctuation() {
    let lines = ["It is .", "un@@ believ@@ able"]
    #expect(
      subwordWarnings(hypotheses: lines, references: [["It is .", "so"]])
        == [.leftoverSubwords(mark: "@@ ", lineCount: 1, line: 2)])
  }
}
