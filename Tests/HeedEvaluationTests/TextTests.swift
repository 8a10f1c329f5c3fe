import HeedEvaluation
import Testing

/// Text is cut and lower-cased as Python and sacreBLEU do.
@Suite struct TextTests {
  @Test(arguments: BLEUTokenizer.allCases)
  func tokensEqual(_ tokenizer: BLEUTokenizer) throws {
    let lines = try ParallelLines(
      hypothesesFile: Golden.path("hypotheses.txt"), referenceFiles: [Golden.path("references.1.txt")])
    let all: [Golden.Tokens] = try Golden.read("tokens.json")
    let golden = try #require(all.first { $0.tokenizer == tokenizer.rawValue })
    let hardCount = golden.lines.count / 2
    #expect(hardCount == 42)
    let texts = lines.hypotheses.prefix(hardCount) + lines.references[0].prefix(hardCount)
    for (text, expected) in zip(texts, golden.lines) {
      let tokens = tokenizer.words(of: text).joined(separator: " ")
      #expect(tokens.utf8.elementsEqual(expected.utf8), "\(text): \(tokens) for \(expected)")
    }
  }

  @Test func lowerCaseEquals() throws {
    let expected: [String] = try Golden.read("lowercase.json")
    let lines = try ParallelLines.lines(of: Golden.path("hypotheses.txt"))
    #expect(expected.count == 42)
    for (line, lower) in zip(lines, expected) {
      #expect(lowercasedAsInPython(line).utf8.elementsEqual(lower.utf8), "\(line)")
    }
  }

  @Test func composedAndDecomposedCharactersDiffer() {
    #expect(exactMatch(hypotheses: ["caf\u{E9}", "a"], references: ["cafe\u{301}", "a"]) == 0.5)
    let score = BLEU(effectiveOrder: true).score(hypothesis: "caf\u{E9}", references: ["cafe\u{301}"])
    #expect(score.score == 0)
    #expect(CHRF().score(hypothesis: "\u{E9}", references: ["e\u{301}"]).score == 0)
  }

  @Test func exactMatchOfNothingIsZero() {
    #expect(exactMatch(hypotheses: [], references: []) == 0)
    #expect(exactMatch(hypotheses: ["a", "b", "c", "d"], references: ["a", "b", "c", "e"]) == 0.75)
  }
}
