import Foundation
import HeedText
import Testing

/// Regular expressions of `tokenizer.json` files; what matches is compared with the reference in `ReferenceTests`.
@Suite struct PatternTests {
  private func tokenizer(_ pattern: String) throws -> TextTokenizer {
    let part: [String: Any] = [
      "pre_tokenizer": [
        "type": "Split", "pattern": ["Regex": pattern], "behavior": "Isolated", "invert": false,
      ] as [String: Any]
    ]
    let json = try TextFixture.object("parts-model.json").merging(part) { $1 }
    return try TextTokenizer(json: JSONSerialization.data(withJSONObject: json))
  }

  @Test(arguments: [
    ("(a", "a group is not closed"), ("a)", "a ) closes no group"), ("[a", "a class is not closed"),
    ("*a", "nothing to repeat before *"), ("(a)\\1", "a reference to a group (\\1) is not supported"),
    ("\\K", "\\K is not supported"), ("\\X", "\\X is not supported"),
    ("(?x) a", "the option (?x) is not supported"),
    ("\\p{Nonsense}", "the property \\p{Nonsense} is not supported"), ("[[:graph:]]", "the class [:graph:]"),
    ("(?<=a+)b", "looking behind for something of varying length"), ("a{3,2}", "wrong way round"),
    ("(?~ab)", "the group (?~ is not supported"), ("(?:(?:a{900}b){900}){900}", "too large"),
    ("[z-a]", "is empty"),
    ("a\\", "ends in a backslash"), ("\\xFF", "a byte outside ASCII"), ("\\x{110000}", "no scalar"),
  ])
  func whatCannotBeUsedIsNamed(_ pattern: String, _ expected: String) {
    let error = #expect(throws: TokenizerError.self) { try tokenizer(pattern) }
    let description = error?.description ?? ""
    #expect(description.hasPrefix("tokenizer.json: pre_tokenizer.pattern.Regex: "), "\(description)")
    #expect(description.contains(expected), "\(description)")
  }

  @Test func deepNestingIsRefused() {
    for (open, close) in [("(", ")"), ("[", "]"), ("(?=", ")")] {
      let pattern = String(repeating: open, count: 3000) + "a" + String(repeating: close, count: 3000)
      #expect(throws: TokenizerError.self) { try tokenizer(pattern) }
    }
  }

  /// Expressions that take backtracking matchers exponential or quadratic time.
  @Test(arguments: [
    "(a|a)*b", "(?:a*)*b", "(a+)+$b", "\\s+$", "(?:a?){30}a{30}b", "(x|a|aa)*c", "(?=(a+)+b)",
  ])
  func slowExpressionsEnd(_ pattern: String) throws {
    let tokenizer = try tokenizer(pattern)
    let clock = ContinuousClock()
    for text in [String(repeating: "a", count: 3000), String(repeating: " ", count: 20_000) + "x"] {
      var tokens: [TokenID] = []
      let time = clock.measure { tokens = tokenizer.encode(text) }
      #expect(tokens.count == text.utf8.count)
      #expect(time < .seconds(20))
    }
  }

  /// Expressions put together at random load or fail with an error, and cut any text without losing any of it.
  @Test(arguments: UInt64(0)..<100) func randomExpressionsNeverCrash(_ seed: UInt64) throws {
    let parts = [
      "a", "b", "\\s", "\\p{L}", "[^a-c]", "[\\w&&[^\\d]]", "(", ")", "(?:", "(?=", "(?!", "(?<=", "(?>", "|",
      "*", "+", "?",
      "*?", "++", "{2}", "{1,3}", "{,2}", "{", "}", "[", "]", "^", "$", "\\b", "\\z", ".", "(?i)", "(?i:",
      "-", "\\", "é", "😀",
      "\\x{e9}", "[[:alpha:]]", "\\R", "&&",
    ]
    var random = SeededGenerator(state: seed)
    for _ in 0..<20 {
      let pattern = (0..<Int.random(in: 1...12, using: &random)).map { _ in
        parts.randomElement(using: &random) ?? ""
      }
      guard let tokenizer = try? tokenizer(pattern.joined()) else { continue }
      let text = random.text(upTo: 20, excluding: [0x7C]) + "ab ba  é\n😀"
      #expect(
        tokenizer.encode(text, addingSpecialTokens: false) == text.utf8.map { TokenID($0) },
        "\(pattern.joined())")
    }
  }
}
