import Foundation
import HeedText
import Testing

/// Tokens that are added to a vocabulary.
@Suite struct NewTokensTests {
  private static let words = ["Heedling", "x-ray", "Übergrößenträger"]
  private static let texts = [
    "The old house stands behind the red church.", "Heedlings and x-rays are other words, préheedling too.",
    "  two  spaces\tand a tab ", "", "1234 Übergrößenträgerin",
  ]

  @Test(arguments: [
    "gpt2", "bert-uncased", "wordpiece-cased", "llama-byte-fallback", "t5-unigram", "translation",
  ])
  func newWordsAreOneTokenAndTheRestStays(_ name: String) throws {
    let old = try TextTokenizer(contentsOf: TextFixture.url("\(name)/tokenizer.json"))
    let new = try old.adding(Self.words)
    #expect(new.vocabularySize == old.vocabularySize + Self.words.count)
    for text in Self.texts { #expect(new.encode(text) == old.encode(text), "\(text)") }
    for (index, word) in Self.words.enumerated() {
      let id = TokenID(old.vocabularySize + index)
      #expect(new.id(for: word) == id)
      for text in [word, "the \(word), and", "(\(word))", "\(word) \(word)"] {
        let found = new.encode(text, addingSpecialTokens: false)
        #expect(
          found.count { $0 == id } == text.components(separatedBy: word).count - 1, "\(text): \(found)")
        #expect(!found.contains { $0 >= old.vocabularySize && $0 != id })
      }
      #expect(new.encode(word, addingSpecialTokens: false).last == id)
      #expect(new.specialTokenIDs == old.specialTokenIDs)
    }
    // Read again, it is the same.
    let read = try TextTokenizer(json: new.json)
    for text in Self.texts + Self.words { #expect(read.encode(text) == new.encode(text)) }
  }

  /// Where case is folded, that of new words is.
  @Test func caseIsFoldedAsElsewhere() throws {
    let new = try TextTokenizer(contentsOf: TextFixture.url("bert-uncased/tokenizer.json")).adding([
      "Heedling"
    ])
    let id = try #require(new.id(for: "Heedling"))
    for text in ["heedling", "HEEDLING", "Héedling"] {
      #expect(new.encode(text, addingSpecialTokens: false) == [id], "\(text)")
    }
  }

  @Test(arguments: [[""], [" a"], ["zyxw", "zyxw"], ["the"], ["[CLS]"]])
  func whatCannotBeAddedIsRefused(_ words: [String]) throws {
    let old = try TextTokenizer(contentsOf: TextFixture.url("bert-uncased/tokenizer.json"))
    let error = #expect(throws: TokenizerError.self) { try old.adding(words) }
    #expect("\(try #require(error))".contains("\"\(words[0])\""))
  }
}
