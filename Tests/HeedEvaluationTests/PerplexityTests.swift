import Foundation
import HeedEvaluation
import Testing

@Suite struct PerplexityTests {
  /// A model that gives each of 4 tokens the probability 1/8.
  @Test func figuresFollowTheirDefinitions() throws {
    let perplexity = Perplexity(negativeLogLikelihood: 4 * log(8.0), tokenCount: 4, text: "zwei Wörter")
    #expect(perplexity.wordCount == 2)
    #expect(perplexity.byteCount == 12)
    #expect(abs(try #require(perplexity.byToken) - 8) < 1e-12)
    #expect(abs(try #require(perplexity.byWord) - 64) < 1e-10)
    #expect(abs(try #require(perplexity.byByte) - 2) < 1e-12)
    #expect(abs(try #require(perplexity.bitsPerByte) - 1) < 1e-12)
  }

  @Test func textsAreAdded() throws {
    var sum = Perplexity()
    #expect(sum.byToken == nil && sum.byWord == nil && sum.byByte == nil && sum.bitsPerByte == nil)
    sum += Perplexity(negativeLogLikelihood: log(2.0), tokenCount: 1, text: "a")
    sum += Perplexity(negativeLogLikelihood: log(32.0), tokenCount: 1, text: "b c")
    #expect(abs(try #require(sum.byToken) - 8) < 1e-12)
    #expect(abs(try #require(sum.byWord) - 4) < 1e-12)
    #expect(abs(try #require(sum.bitsPerByte) - 1.5) < 1e-12)
  }

  /// As `len(re.split(r"\s+", text))` in Python.
  @Test(arguments: [
    ("", 1), ("a", 1), ("a b", 2), (" a  b\n", 4), ("a\u{A0}b\r\nc", 3), (" ", 2), ("a\u{200B}b", 1),
  ])
  func wordsAreCountedAsTheHarnessDoes(_ text: String, _ count: Int) {
    #expect(Perplexity.wordCount(of: text) == count)
  }
}
