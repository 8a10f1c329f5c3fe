import Foundation
import HeedText
import Testing

/// Files that are not as they should be give one clear error, and never a crash.
@Suite struct TokenizerFileTests {
  private func error(_ json: String) -> TokenizerError? {
    #expect(throws: TokenizerError.self) { try TextTokenizer(json: Data(json.utf8)) }
  }

  private func model(_ vocabulary: String, _ merges: String, _ more: String = "") -> String {
    "{\"model\": {\"type\": \"BPE\", \"vocab\": \(vocabulary), \"merges\": \(merges)\(more)}}"
  }

  @Test(arguments: [
    ("", "expected a value, found the end of the text"),
    ("{\"model\":", "line 1, column 10"),
    ("{\"model\": {}} x", "expected the end of the text"),
    ("[1, 02]", "expected a comma"),
    ("{\"a\": \"\\ud800\"}", "half a surrogate pair"),
    ("{\"a\": \"\\q\"}", "an escape that JSON does not have"),
    ("[]", "the whole file: expected an object, found a list"),
    ("{}", "model is missing"),
    ("{\"model\": null}", "model is missing"),
    ("{\"model\": 3}", "model: expected an object, found a number"),
    (
      "{\"model\": {\"type\": \"Unigram\", \"vocab\": []}}",
      "the model Unigram is not supported; supported are BPE"
    ),
    ("{\"model\": {\"type\": \"BPE\"}}", "model: vocab is missing"),
    ("{\"model\": {}, \"model\": {}}", "model stands twice"),
  ])
  func malformedFiles(_ json: String, _ expected: String) {
    let description = error(json)?.description ?? ""
    #expect(description.contains(expected), "\(description)")
  }

  @Test func badModels() {
    let cases = [
      (model("{\"a\": 0, \"b\": 0}", "[]"), "model.vocab.b: the identifier 0 is already that of \"a\""),
      (model("{\"a\": 0, \"a\": 1}", "[]"), "the token \"a\" stands twice"),
      (model("{\"a\": 4000000000}", "[]"), "model.vocab.a: expected a whole number from 0"),
      (model("{\"a\": 99999999999999999999}", "[]"), "expected a whole number"),
      (model("{\"a\": -1}", "[]"), "expected a whole number"),
      (model("{\"a\": 0.5}", "[]"), "expected a whole number"),
      (model("{\"a\": \"0\"}", "[]"), "model.vocab.a: expected a whole number, found a string"),
      (model("{\"a\": 0}", "[\"a\"]"), "model.merges[0]: expected two tokens, found 1"),
      (model("{\"a\": 0}", "[\"a c\"]"), "model.merges[0]: the token \"c\" is not in the vocabulary"),
      (model("{\"a\": 0, \"b\": 1}", "[[\"a\", \"b\"]]"), "model.merges[0]: it makes \"ab\", which is not"),
      (model("{\"a\": 0}", "{}"), "model.merges: expected a list, found an object"),
      (model("{\"a\": 0}", "[]", ", \"unk_token\": \"?\""), "model.unk_token: the token \"?\" is not"),
      (model("{\"a\": 0}", "[]", ", \"dropout\": 2"), "model.dropout: expected a probability"),
    ]
    for (json, expected) in cases {
      let description = error(json)?.description ?? ""
      #expect(description.contains(expected), "\(description)")
    }
  }

  @Test(arguments: [
    (
      "\"normalizer\": {\"type\": \"Precompiled\"}", "normalizer: the normalizer Precompiled is not supported"
    ),
    ("\"pre_tokenizer\": {\"type\": \"Nonsense\"}", "the pre-tokenizer Nonsense is not supported"),
    (
      "\"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"a+\"}, \"behavior\": \"Isolated\"}",
      "pre_tokenizer.pattern.Regex: the pre-tokenizer Split with a regular expression (a+) is not supported"
    ),
    (
      "\"post_processor\": {\"type\": \"BertProcessing\"}",
      "the post-processor BertProcessing is not supported"
    ),
    ("\"decoder\": {\"type\": \"CTC\"}", "the decoder CTC is not supported"),
    (
      "\"decoder\": {\"type\": \"Sequence\", \"decoders\": [{\"type\": \"X\"}]}",
      "decoder.decoders[0]: the decoder X"
    ),
    ("\"added_tokens\": [{\"id\": 0}]", "added_tokens[0]: content is missing"),
  ])
  func unsupportedComponents(_ part: String, _ expected: String) {
    let json = "{\(part), \"model\": {\"type\": \"BPE\", \"vocab\": {\"a\": 0}, \"merges\": []}}"
    let description = error(json)?.description ?? ""
    #expect(description.contains(expected), "\(description)")
  }

  @Test func addedTokensMustAgreeWithTheVocabulary() {
    func json(_ id: Int, _ content: String) -> String {
      """
      {"added_tokens": [{"id": \(id), "content": "\(content)", "single_word": false, "lstrip": false,
      "rstrip": false, "normalized": false, "special": true}],
      "model": {"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}}
      """
    }
    #expect(
      error(json(1, "a"))?.description.contains("has the identifier 1 here and 0 in the vocabulary") == true)
    #expect(error(json(1, "c"))?.description.contains("is that of \"b\" in the vocabulary") == true)
    #expect(error(json(2_000_000_000, "c"))?.description.contains("far beyond the vocabulary") == true)
  }

  @Test func deepNestingIsRefused() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(error(deep)?.description.contains("nested more than 64 deep") == true)
    let normalizers = String(repeating: "{\"type\":\"Sequence\",\"normalizers\":[", count: 50)
    #expect(error("{\"normalizer\":\(normalizers)")?.description.contains("nested") == true)
  }

  @Test func missingFilesAreNamed() {
    let error = #expect(throws: TokenizerError.self) {
      try TextTokenizer(contentsOf: URL(fileURLWithPath: "/nowhere/tokenizer.json"))
    }
    #expect(error?.problem == .unreadable)
    #expect(error?.description.hasPrefix("/nowhere/tokenizer.json: ") == true)
  }

  @Test func truncatedAndMutatedFilesNeverCrash() throws {
    let whole = Array(try Data(contentsOf: TextFixture.url("translation/tokenizer.json")))
    var random = SeededGenerator(state: 23)
    var failureCount = 0
    func attempt(_ bytes: [UInt8]) {
      do {
        let tokenizer = try TextTokenizer(json: Data(bytes))
        let tokens = tokenizer.encode("Das ist ein Test.\u{0} <s> ▁▁ 日本")
        _ = tokenizer.decode(tokens + [-1, TokenID.max])
      } catch {
        failureCount += 1
        #expect(!error.description.isEmpty)
      }
    }
    for _ in 0..<60 { attempt(Array(whole.prefix(Int.random(in: 0..<whole.count, using: &random)))) }
    for round in 0..<300 {
      var bytes = whole
      // The first part holds the components, where a change tells most.
      let limit = round.isMultiple(of: 2) ? 3000 : bytes.count
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0..<min(limit, bytes.count), using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[index] = Array("{}[]\",:0123456789-eE\\utfn ".utf8).randomElement(using: &random) ?? 0
        case 2: bytes.remove(at: index)
        default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &random)], at: index)
        }
      }
      attempt(bytes)
    }
    #expect(failureCount > 100)
  }
}
