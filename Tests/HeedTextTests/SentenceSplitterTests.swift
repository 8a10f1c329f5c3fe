import HeedText
import Testing

@Suite struct SentenceSplitterTests {
  private func texts(_ text: String, _ language: SentenceSplitter.Language = .english) -> [String] {
    SentenceSplitter(language: language).split(text).map { $0.text }
  }

  @Test(arguments: [
    ("", []),
    ("Hello", ["Hello"]),
    ("One. Two! Three?", ["One.", "Two!", "Three?"]),
    (
      "He said \"Stop!\" and left. \"Why?\" Nobody knew.",
      ["He said \"Stop!\" and left.", "\"Why?\"", "Nobody knew."]
    ),
    (
      "Mr. Smith met Dr. J. Brown at 3.15 p.m. in St. Louis.",
      ["Mr. Smith met Dr. J. Brown at 3.15 p.m. in St. Louis."]
    ),
    ("See No. 5. No. Never.", ["See No. 5.", "No.", "Never."]),
    ("It was 1990. Then it ended.", ["It was 1990.", "Then it ended."]),
    ("Wait... what? Yes… Really.", ["Wait... what?", "Yes…", "Really."]),
    ("First line\nsecond line", ["First line", "second line"]),
    ("今日は。元気です。", ["今日は。", "元気です。"]),
    ("  Spaces first.", ["", "Spaces first."]),
    ("(Yes.) Good.", ["(Yes.)", "Good."]),
    ("Visit example.com. Bye.", ["Visit example.com.", "Bye."]),
  ])
  func english(_ text: String, _ expected: [String]) {
    #expect(texts(text) == expected)
  }

  @Test(arguments: [
    (
      "Am 3. Mai kam Dr. Müller. Er blieb bis z. B. Montag.",
      ["Am 3. Mai kam Dr. Müller.", "Er blieb bis z. B. Montag."]
    ),
    ("Das ist, was ich mag. Ich auch.", ["Das ist, was ich mag.", "Ich auch."]),
    ("„Komm!“ Sie kam nicht. Er ging.", ["„Komm!“", "Sie kam nicht.", "Er ging."]),
    ("Im Jahr 1990. Dann kam bzw. ging er.", ["Im Jahr 1990.", "Dann kam bzw. ging er."]),
  ])
  func german(_ text: String, _ expected: [String]) {
    #expect(texts(text, .german) == expected)
  }

  @Test func longSentencesAreCutAtClausesThenSpaces() {
    let splitter = SentenceSplitter(maximumLength: 24)
    let parts = splitter.split("When it rains, it pours and pours without any end")
    #expect(parts.map { $0.text } == ["When it rains,", "it pours and pours", "without any end"])
    #expect(
      splitter.split(String(repeating: "x", count: 100)).allSatisfy {
        $0.text.count <= 24 && $0.separator == ""
      })
  }

  @Test func lengthsMayBeTokens() throws {
    let tokenizer = try TextTokenizer(contentsOf: TextFixture.url("translation/tokenizer.json"))
    let splitter = SentenceSplitter(maximumLength: 20) {
      tokenizer.encode($0, addingSpecialTokens: false).count
    }
    let text = try TextFixture.lines("translation/texts.txt").joined(separator: " ").replacing(".", with: "")
    let parts = splitter.split(text)
    #expect(parts.count > 100)
    #expect(parts.allSatisfy { tokenizer.encode($0.text, addingSpecialTokens: false).count <= 24 })
  }

  @Test(arguments: UInt64(0)..<8)
  func nothingIsLost(_ seed: UInt64) {
    var random = SeededGenerator(state: seed)
    let marks = [
      ".", "!", "?", "…", " ", "  ", "\n", "\r\n", "\"", "(", ")", "Dr", "a", "B", "7", ",", "。", "\u{301}",
      "👩‍🚒",
    ]
    for _ in 0..<300 {
      var text = random.text(upTo: 4)
      for _ in 0..<Int.random(in: 0..<30, using: &random) {
        text += marks.randomElement(using: &random) ?? ""
      }
      let limit = Bool.random(using: &random) ? Int.random(in: 1...12, using: &random) : nil
      let language = SentenceSplitter.Language.allCases.randomElement(using: &random) ?? .other
      let parts = SentenceSplitter(language: language, maximumLength: limit).split(text)
      let joined = parts.flatMap { Array($0.text.utf8) + Array($0.separator.utf8) }
      #expect(joined == Array(text.utf8), "\(text.debugDescription)")
    }
  }

  @Test func aMillionCharactersAreCut() {
    let splitter = SentenceSplitter(maximumLength: 500)
    #expect(splitter.split(String(repeating: "word ", count: 200_000)).count > 1000)
    #expect(splitter.split(String(repeating: "x", count: 1_000_000)).count >= 2000)
    #expect(splitter.split(String(repeating: ". ", count: 500_000)).count > 1000)
  }
}
