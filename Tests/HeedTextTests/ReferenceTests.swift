import Foundation
import HeedText
import Testing

/// What the Hugging Face tokenizers library makes of texts; Fixtures/Text/README.md says how they were written.
@Suite struct ReferenceTests {
  @Test(arguments: [
    "translation", "bert-uncased", "bpe-end-of-word", "gpt2", "llama-byte-fallback", "regex-byte-level",
    "t5-unigram",
    "wordpiece-cased",
  ])
  func matchesReference(_ name: String) throws {
    let tokenizer = try TextTokenizer(contentsOf: TextFixture.url("\(name)/tokenizer.json"))
    let cases = try TextFixture.objects("\(name)/cases.jsonl")
    #expect(cases.count > 200)
    for object in cases { try TokenizerCase(object).check(tokenizer, name) }
  }

  /// One component at a time round a model of bytes, so that the identifiers show where pieces end.
  @Test func componentsMatchReference() throws {
    let base = try TextFixture.object("byte-model.json")
    let lines = try TextFixture.objects("components.jsonl")
    #expect(lines.count > 50)
    for line in lines {
      let change = try #require(line["change"] as? [String: Any])
      let json = try JSONSerialization.data(withJSONObject: base.merging(change) { $1 })
      let tokenizer = try TextTokenizer(json: json)
      // What is written reads as the same tokenizer.
      let again = try TextTokenizer(json: tokenizer.json)
      for object in try #require(line["cases"] as? [[String: Any]]) {
        let item = try TokenizerCase(object)
        item.check(tokenizer, "\(change)")
        item.check(again, "written and read: \(change)")
      }
    }
  }

  /// Parts of tokenizers one by one, with pairs, pieces, offsets and types.
  @Test func partsMatchReference() throws {
    let parts = try TokenizerPart.all()
    #expect(parts.count > 200)
    for part in parts {
      let tokenizer = try TextTokenizer(json: part.json)
      let again = try TextTokenizer(json: tokenizer.json)
      for item in part.cases {
        item.check(tokenizer, part.name)
        item.check(again, "written and read: \(part.name)")
      }
    }
  }

  @Test func composedAndDecomposedSpellingsAreDifferentTokens() throws {
    let json = """
      {"model": {"type": "BPE", "vocab": {"\\u00e9": 0, "e\\u0301": 1, "e": 2, "\\u0301": 3},
      "merges": ["e \\u0301"]}}
      """
    let tokenizer = try TextTokenizer(json: Data(json.utf8))
    #expect(tokenizer.encode("\u{E9}") == [0])
    #expect(tokenizer.encode("e\u{301}") == [1])
    #expect(tokenizer.id(for: "\u{E9}") == 0)
    #expect(tokenizer.id(for: "e\u{301}") == 1)
  }

  @Test func writesWhatItRead() throws {
    let source = TextFixture.url("translation/tokenizer.json")
    let target = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).json")
    defer { try? FileManager.default.removeItem(at: target) }
    try TextTokenizer(contentsOf: source).write(to: target)
    #expect(try Data(contentsOf: target) == Data(contentsOf: source))
  }
}
