import Foundation
import HeedText
import Testing

/// WordPiece and Unigram vocabularies learned from text.
@Suite struct TrainingVocabularyTests {
  private func texts() throws -> [String] { try TextFixture.lines("translation/texts.txt") }

  private func wordPiece(
    _ lines: [String], _ change: (inout WordPieceTrainer.Options) -> Void
  ) throws -> TextTokenizer {
    var options = WordPieceTrainer.Options()
    change(&options)
    var trainer = try WordPieceTrainer(options)
    for line in lines { trainer.add(line) }
    return try trainer.train()
  }

  private func unigram(
    _ lines: [String], _ change: (inout UnigramTrainer.Options) -> Void
  ) throws -> TextTokenizer {
    var options = UnigramTrainer.Options()
    change(&options)
    var trainer = UnigramTrainer(options)
    for line in lines { trainer.add(line) }
    return try trainer.train()
  }

  private func tokenCount(_ tokenizer: TextTokenizer, _ lines: some Sequence<String>) -> Int {
    lines.reduce(0) { $0 + tokenizer.encode($1, addingSpecialTokens: false).count }
  }

  // MARK: As good as the reference

  /// How many tokens vocabularies of 500 learned from the first 180 sentences make of the other 60, and how many those
  /// of tokenizers 0.23.3 make with the same words, 1,198 to 1,202 and 1,317: `Scripts/Fixtures/trained_vocabularies.py`
  /// counts them. From so little text a count a little above is chance; from whole corpora Heed's are lower.
  @Test func vocabulariesAreAsGoodAsTheReference() throws {
    let lines = try texts()
    let (train, rest) = (Array(lines.prefix(180)), lines.dropFirst(180))
    let pieces = try wordPiece(train) {
      $0.vocabularySize = 500
      $0.lowercases = false
    }
    #expect(pieces.vocabularySize == 500)
    #expect(tokenCount(pieces, rest) <= 1200 * 101 / 100)
    let unigram = try unigram(train) {
      $0.vocabularySize = 500
      $0.specialTokens = ["<unk>"]
      $0.fallsBackToBytes = false
      $0.splitsPunctuation = false
    }
    #expect(unigram.vocabularySize == 500)
    #expect(tokenCount(unigram, rest) <= 1317 * 102 / 100)
  }

  // MARK: WordPiece

  @Test func wordPieceBeginsWithSpecialTokens() throws {
    let tokenizer = try wordPiece(try texts()) { $0.vocabularySize = 600 }
    #expect(tokenizer.vocabularySize == 600)
    #expect((0..<5).map { tokenizer.token(for: $0) } == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    #expect(tokenizer.encode("") == [2, 3])
    #expect(tokenizer.decode(tokenizer.encode("Tom is here")) == "tom is here")
    #expect(tokenizer.encode("日", addingSpecialTokens: false) == [1])
    let again = try TextTokenizer(json: tokenizer.json)
    #expect(again.json == tokenizer.json)
    for line in try texts() { #expect(again.encode(line) == tokenizer.encode(line)) }
  }

  @Test func wordPieceMergesContinuingTokens() throws {
    let tokenizer = try wordPiece(["xaby", "yaby", "ab"]) {
      $0.vocabularySize = 40
      $0.specialTokens = ["[UNK]"]
    }
    // "##a" with "##b" occurs most often, then "##ab" with "##y".
    #expect(tokenizer.id(for: "##ab") != nil)
    #expect(tokenizer.id(for: "##aby") != nil)
    #expect(tokenizer.id(for: "##x") == nil)
    let tokens = tokenizer.encode("xaby", addingSpecialTokens: false).compactMap { tokenizer.token(for: $0) }
    #expect(tokens == ["x", "##aby"])
  }

  @Test func wordPieceKeepsTheAlphabetWithinItsLimit() throws {
    let tokenizer = try wordPiece(["aaaa bbb cc d"]) {
      $0.vocabularySize = 100
      $0.minimumFrequency = 100
      $0.alphabetLimit = 3
      $0.initialAlphabet = ["ß"]
    }
    #expect(["ß", "a", "b", "##a", "##b"].allSatisfy { tokenizer.id(for: $0) != nil })
    #expect(["c", "d", "##c"].allSatisfy { tokenizer.id(for: $0) == nil })
  }

  // MARK: Unigram

  @Test func unigramRestoresAnyText() throws {
    let tokenizer = try unigram(try texts()) { $0.vocabularySize = 700 }
    #expect(tokenizer.vocabularySize == 700)
    #expect((0..<5).map { tokenizer.token(for: $0) } == ["<s>", "<pad>", "</s>", "<unk>", "<0x00>"])
    var random = SeededGenerator(state: 12)
    for _ in 0..<2000 {
      let text = random.text(upTo: 30, excluding: [0x2581])
      #expect(
        Array(tokenizer.decode(tokenizer.encode(text)).utf8) == Array(text.utf8), "\(text.debugDescription)")
    }
    for text in ["", " ", "  ", " a", "a ", "\n", "\u{FEFF}a", "<0x41>", "e\u{301}\u{E9}", "\u{0}"] {
      #expect(
        Array(tokenizer.decode(tokenizer.encode(text)).utf8) == Array(text.utf8), "\(text.debugDescription)")
    }
  }

  @Test func unigramIsTheSameEachTime() throws {
    let one = try unigram(try texts()) { $0.vocabularySize = 600 }
    let other = try unigram(try texts()) { $0.vocabularySize = 600 }
    #expect(one.json == other.json)
    let again = try TextTokenizer(json: one.json)
    for line in try texts() { #expect(again.encode(line) == one.encode(line)) }
  }

  /// A word that is frequent in one form only is one piece, though no other word begins with it.
  @Test func unigramLearnsWholeWords() throws {
    let lines = Array(repeating: "banana bandana cabana", count: 50)
    let tokenizer = try unigram(lines) {
      $0.vocabularySize = 20
      $0.specialTokens = ["<unk>"]
      $0.fallsBackToBytes = false
    }
    #expect(tokenizer.encode("banana bandana cabana", addingSpecialTokens: false).count == 3)
  }

  @Test func unigramKeepsAllCharacters() throws {
    let tokenizer = try unigram(try texts() + ["ж"]) {
      $0.vocabularySize = 300
      $0.fallsBackToBytes = false
      $0.initialAlphabet = ["ñ"]
    }
    #expect(tokenizer.id(for: "ж") != nil)
    #expect(tokenizer.id(for: "ñ") != nil)
    #expect(tokenizer.encode("日", addingSpecialTokens: false) == [tokenizer.id(for: "▁"), 3])
  }

  @Test func unigramTakesLongLinesWithoutSpaces() throws {
    let line = String(repeating: "吾輩は猫である名前はまだ無い", count: 300)
    let tokenizer = try unigram([line, line]) {
      $0.vocabularySize = 60
      $0.fallsBackToBytes = false
    }
    #expect(tokenizer.decode(tokenizer.encode(line)) == line)
    #expect(tokenizer.encode(line).count < line.count / 4)
  }

  // MARK: Errors

  @Test func errorsSayWhatIsWrong() throws {
    func message(_ body: () throws -> TextTokenizer) -> String {
      let error = #expect(throws: TokenizerError.self) { try body() }
      return error?.description ?? ""
    }
    #expect(message { try wordPiece([]) { _ in } }.contains("no text was given"))
    #expect(message { try unigram(["", ""]) { _ in } }.contains("all of the 2 lines are empty"))
    #expect(
      message { try wordPiece(["abc"]) { $0.vocabularySize = 6 } }.contains(
        "a vocabulary of 6 is too small for 10"))
    #expect(message { try unigram(["abc"]) { $0.vocabularySize = 100 } }.contains("100 is too small for 264"))
    #expect(
      message { try wordPiece(["a"]) { $0.specialTokens = ["a"] } }.contains(
        "[UNK] is not among the special tokens"))
    #expect(
      message { try unigram(["a"]) { $0.unknownToken = "?" } }.contains("? is not among the special tokens"))
    #expect(
      message { try unigram(["a"]) { $0.specialTokens = ["<unk>", "<unk>"] } }.contains(
        "<unk> is given twice"))
  }
}
