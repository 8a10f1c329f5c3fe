import Foundation
import HeedText
import Testing

@Suite struct BPETrainerTests {
  private func train(_ lines: [String], _ change: (inout BPETrainer.Options) -> Void) throws -> TextTokenizer
  {
    var options = BPETrainer.Options()
    change(&options)
    var trainer = BPETrainer(options)
    for line in lines { trainer.add(line) }
    return try trainer.train()
  }

  private func texts() throws -> [String] { try TextFixture.lines("translation/texts.txt") }

  @Test func specialTokensComeFirst() throws {
    let tokenizer = try train(try texts()) { $0.vocabularySize = 600 }
    #expect(tokenizer.vocabularySize == 600)
    #expect((0..<5).map { tokenizer.token(for: $0) } == ["<s>", "<pad>", "</s>", "<unk>", "<0x00>"])
    #expect(tokenizer.specialTokenIDs == [0, 1, 2, 3])
    #expect(tokenizer.encode("Hello.").last == 2)
    #expect(tokenizer.encode("") == [2])
    #expect(tokenizer.encode("", addingSpecialTokens: false) == [])
  }

  @Test func isTheFixture() throws {
    let tokenizer = try train(try texts()) { $0.vocabularySize = 900 }
    #expect(tokenizer.json == (try Data(contentsOf: TextFixture.url("translation/tokenizer.json"))))
  }

  @Test(arguments: BPETrainer.Scheme.allCases, [false, true])
  func restoresAnyText(_ scheme: BPETrainer.Scheme, _ splits: Bool) throws {
    let tokenizer = try train(try texts()) {
      $0.vocabularySize = 700
      $0.scheme = scheme
      $0.splitsPunctuation = splits
      $0.splitsDigits = splits
    }
    // The metaspace scheme cannot tell a ▁ in the text from a space.
    let excluded: Set<UInt32> = scheme == .metaspace ? [0x2581] : []
    var random = SeededGenerator(state: 11)
    for _ in 0..<2000 {
      let text = random.text(upTo: 30, excluding: excluded)
      #expect(
        Array(tokenizer.decode(tokenizer.encode(text)).utf8) == Array(text.utf8), "\(text.debugDescription)")
    }
    for text in ["", " ", "  ", " a", "a ", "\n", "\u{FEFF}a", "<0x41>", "e\u{301}\u{E9}", "\u{0}"] {
      #expect(
        Array(tokenizer.decode(tokenizer.encode(text)).utf8) == Array(text.utf8), "\(text.debugDescription)")
    }
  }

  @Test func normalizesAsTold() throws {
    let tokenizer = try train(try texts()) {
      $0.vocabularySize = 700
      $0.lowercases = true
      $0.normalization = .nfkc
    }
    #expect(tokenizer.decode(tokenizer.encode("ＦＵＬＬ ﬁt e\u{301}")) == "full fit é")
  }

  @Test func minimumFrequencyEndsLearning() throws {
    let tokenizer = try train(["abab abab", "abc"]) {
      $0.vocabularySize = 1000
      $0.minimumFrequency = 3
    }
    // ▁ a b c, then "ab" (five times) and "▁ab" (three times); "▁abab" occurs twice.
    #expect(tokenizer.id(for: "▁ab") != nil)
    #expect(tokenizer.id(for: "abab") == nil)
    #expect(tokenizer.vocabularySize == 4 + 256 + 4 + 2)
  }

  @Test func alphabetIsLimitedAndExtended() throws {
    let tokenizer = try train(["aaaa bbb cc d"]) {
      $0.vocabularySize = 400
      $0.minimumFrequency = 100
      $0.alphabetLimit = 4
      $0.initialAlphabet = ["ß"]
    }
    #expect(["▁", "ß", "a", "b"].allSatisfy { tokenizer.id(for: $0) != nil })
    #expect(["c", "d"].allSatisfy { tokenizer.id(for: $0) == nil })
    #expect(tokenizer.decode(tokenizer.encode("abcd")) == "abcd")
  }

  @Test func withoutBytesUnknownCharactersAreFused() throws {
    let tokenizer = try train(["abc abc"]) {
      $0.vocabularySize = 20
      $0.fallsBackToBytes = false
    }
    #expect(tokenizer.encode("xyz", addingSpecialTokens: false) == [tokenizer.id(for: "▁"), 3])
  }

  @Test func mergesMakeNoByteTokens() throws {
    let tokenizer = try train(Array(repeating: "<0x41></s>", count: 50)) {
      $0.vocabularySize = 300
      $0.splitsPunctuation = false
    }
    #expect(tokenizer.decode(tokenizer.encode("<0x41>")) == "<0x41>")
  }

  @Test func dropoutIsSeededAndLosesNothing() throws {
    let tokenizer = try train(try texts()) { $0.vocabularySize = 900 }
    let text = "Tom said that he would come tomorrow."
    let tokens = tokenizer.encode(text, dropout: 0.5, seed: 3)
    #expect(tokens == tokenizer.encode(text, dropout: 0.5, seed: 3))
    #expect(tokens != tokenizer.encode(text))
    #expect(tokens.count > tokenizer.encode(text).count)
    #expect(tokenizer.decode(tokens) == text)
    #expect(tokenizer.encode(text, dropout: 0, seed: 3) == tokenizer.encode(text))
    let characters = tokenizer.encode(text, addingSpecialTokens: false, dropout: 1, seed: 3)
    #expect(characters.count == text.count + 1)
  }

  @Test func longWordsAreNotQuadratic() throws {
    // A quadratic merge of a million characters would take hours, not a second.
    let tokenizer = try train(try texts()) { $0.vocabularySize = 900 }
    let text = String(repeating: "abcdefgh", count: 125_000)
    #expect(tokenizer.decode(tokenizer.encode(text)) == text)
  }

  /// The queue and the scan of short words give equal tokens: the queue merges words beyond 64 symbols.
  @Test func queueAndScanAgree() throws {
    let tokenizer = try train(try texts()) { $0.vocabularySize = 900 }
    for line in try texts() {
      let plain = tokenizer.encode(line)
      #expect(plain == tokenizer.encode(line, dropout: 0, seed: 1))
    }
  }

  @Test func errorsSayWhatIsWrong() throws {
    let empty = #expect(throws: TokenizerError.self) { try BPETrainer().train() }
    #expect(empty?.description.contains("no text") == true)
    let small = #expect(throws: TokenizerError.self) { try train(["abc"]) { $0.vocabularySize = 100 } }
    #expect(small?.description.contains("a vocabulary of 100 is too small for 264") == true)
    let twice = #expect(throws: TokenizerError.self) {
      try train(["abc"]) { $0.specialTokens = ["<s>", "<s>"] }
    }
    #expect(twice?.description.contains("<s> is given twice") == true)
  }

  // MARK: Numbers

  private static let units = [
    "", "ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn", "elf", "zwölf",
    "dreizehn",
    "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn",
  ]
  private static let tens = [
    "", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig",
  ]

  /// The parts of a number from 1 to 999,999 in German words.
  private static func german(_ number: Int) -> [String] {
    switch number {
    case 1000...: german(number / 1000) + ["tausend"] + german(number % 1000)
    case 100...: [units[number / 100], "hundert"] + german(number % 100)
    case 0: []
    case ..<20: [units[number]]
    default: (number % 10 > 0 ? [units[number % 10], "und"] : []) + [tens[number / 10]]
    }
  }

  @Test func separatedWordsStayApart() throws {
    let words = Self.units.dropFirst() + Self.tens.dropFirst(2) + ["und", "hundert", "tausend"]
    let numbers = (1..<3000).map { ($0 * 7919) % 999_999 + 1 }
    let tokenizer = try train(numbers.map { Self.german($0).joined() }) {
      $0.vocabularySize = 500
      $0.separatedWords = Array(words)
    }
    for number in 1...20_000 {
      let parts = Self.german(number * 49)
      let tokens = tokenizer.encode(parts.joined(), addingSpecialTokens: false).compactMap {
        tokenizer.token(for: $0)
      }
      #expect(tokens == ["▁"] + parts, "\(number * 49)")
    }
  }
}
