import Foundation
import HeedText
import Testing

@Suite struct EncodingTests {
  @Test func windowsMatchReference() throws {
    let fixture = try TextFixture.object("windows.json")
    let change = try #require(fixture["change"] as? [String: Any])
    let json = try JSONSerialization.data(
      withJSONObject: TextFixture.object("parts-model.json").merging(change) { $1 })
    let tokenizer = try TextTokenizer(json: json)
    let cases = try #require(fixture["cases"] as? [[String: Any]])
    #expect(cases.count > 50)
    let strategies: [String: Encoding.Truncation] = [
      "longest_first": .longestFirst, "only_first": .onlyFirst, "only_second": .onlySecond,
    ]
    for item in cases {
      let text = try #require(item["text"] as? String)
      let limit = try #require(item["limit"] as? Int)
      let stride = try #require(item["stride"] as? Int)
      let strategy = try #require(item["strategy"] as? String)
      let truncation = try #require(strategies[strategy])
      let windows = tokenizer.encoding(of: text, pair: item["pair"] as? String)
        .truncated(to: limit, stride: stride, truncation)
      let offsets = windows.map { $0.offsets.map { [$0.lowerBound, $0.upperBound] } }
      #expect(windows.map { $0.ids.map { Int($0) } } == item["windows"] as? [[Int]], "\(item)")
      #expect(offsets == item["offsets"] as? [[[Int]]], "\(item)")
    }
  }

  @Test func windowsHoldTheWholeContext() throws {
    let tokenizer = try TextTokenizer(contentsOf: TextFixture.url("bert-uncased/tokenizer.json"))
    let context = (1...200).map { "word \($0)" }.joined(separator: ", ")
    let encoding = tokenizer.encoding(of: "Which word?", pair: context)
    let windows = encoding.truncated(to: 64, stride: 16, .onlySecond)
    #expect(windows.count > 5)
    var covered = IndexSet()
    for window in windows {
      #expect(window.count <= 64)
      #expect(window.ids.starts(with: encoding.ids.prefix(while: { $0 != 102 })))
      for (range, text) in zip(window.offsets, window.texts) where text == 1 {
        covered.insert(integersIn: range)
      }
    }
    let expected = zip(encoding.offsets, encoding.texts).filter { $0.1 == 1 }.map { $0.0 }
    #expect(expected.allSatisfy { covered.contains(integersIn: $0) })
    #expect(encoding.truncated(to: 5, .onlySecond).isEmpty)
    #expect(encoding.truncated(to: 10_000) == [encoding])
  }

  /// The texts that offsets cut out are what the tokens say, where nothing rewrites the text.
  @Test(arguments: UInt64(0)..<20) func offsetsCutTokensOutOfTheText(_ seed: UInt64) throws {
    let tokenizer = try TextTokenizer(contentsOf: TextFixture.url("wordpiece-cased/tokenizer.json"))
    var random = SeededGenerator(state: seed)
    let words = ["ein", "Mann", "the", "Frau", "(", "un", "x-y", "1234", "\u{E9}t\u{E9}", "  "]
    let text = (0..<30).map { _ in words.randomElement(using: &random) ?? "" }.joined(separator: " ")
    let scalars = Array(text.unicodeScalars)
    let encoding = tokenizer.encoding(of: text)
    #expect(encoding.ids == tokenizer.encode(text))
    for (token, range) in zip(encoding.tokens, encoding.offsets) where !token.hasPrefix("[") {
      let cut = scalars[range].map { String($0) }.joined()
      #expect(cut == (token.hasPrefix("##") ? String(token.dropFirst(2)) : token))
    }
  }
}
