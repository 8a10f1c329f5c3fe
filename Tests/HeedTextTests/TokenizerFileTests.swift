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
      "{\"model\": {\"type\": \"Nonsense\", \"vocab\": []}}",
      "model: the model Nonsense is not supported; supported are BPE, Unigram, WordPiece, WordLevel"
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
      "\"normalizer\": {\"type\": \"Unknown\"}", "normalizer: the normalizer Unknown is not supported"
    ),
    ("\"pre_tokenizer\": {\"type\": \"Nonsense\"}", "the pre-tokenizer Nonsense is not supported"),
    (
      "\"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"AAAA\"}",
      "normalizer.precompiled_charsmap: the bytes are not a compiled map of characters"
    ),
    (
      "\"post_processor\": {\"type\": \"BertProcessing\", \"sep\": [\"x\"], \"cls\": []}",
      "post_processor.sep: expected a token and its identifier, found 1 values"
    ),
    ("\"decoder\": {\"type\": \"CTC\"}", "decoder: pad_token is missing"),
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

  @Test func badUnigramsAndWordPieces() {
    let cases = [
      ("{\"type\": \"Unigram\", \"vocab\": {}}", "model.vocab: expected a list, found an object"),
      (
        "{\"type\": \"Unigram\", \"vocab\": [[\"a\"]]}",
        "model.vocab[0]: expected a token and its score, found 1"
      ),
      ("{\"type\": \"Unigram\", \"vocab\": [[\"a\", \"b\"]]}", "model.vocab[0][1]: expected a number"),
      (
        "{\"type\": \"Unigram\", \"vocab\": [[\"a\", 0]], \"unk_id\": 1}",
        "model.unk_id: expected a whole number from 0 to 0"
      ),
      ("{\"type\": \"Unigram\", \"vocab\": [], \"unk_id\": 0}", "model.unk_id: there is no token"),
      (
        "{\"type\": \"WordPiece\", \"vocab\": {}, \"unk_token\": \"?\", \"continuing_subword_prefix\": \"\", "
          + "\"max_input_chars_per_word\": 9}", "model.unk_token: the token \"?\" is not in the vocabulary"
      ),
      ("{\"type\": \"WordLevel\", \"vocab\": {\"a\": 0}}", "model: unk_token is missing"),
    ]
    for (json, expected) in cases {
      let description = error("{\"model\": \(json)}")?.description ?? ""
      #expect(description.contains(expected), "\(description)")
    }
  }

  /// Values of parts changed at random: whatever loads also encodes and decodes.
  @Test func mutatedValuesNeverCrash() throws {
    var random = SeededGenerator(state: 29)
    var failureCount = 0
    for part in try TokenizerPart.all() where part.json.count < 50_000 {
      for _ in 0..<4 {
        let value = try JSONSerialization.jsonObject(with: part.json)
        var changed = value
        for _ in 0..<Int.random(in: 1...3, using: &random) { changed = mutated(changed, &random) }
        guard let json = try? JSONSerialization.data(withJSONObject: changed, options: .fragmentsAllowed)
        else { continue }
        failureCount += attempt(json, &random) ? 0 : 1
      }
    }
    #expect(failureCount > 50)
  }

  /// Changes one value somewhere below `value`.
  private func mutated(_ value: Any, _ random: inout SeededGenerator) -> Any {
    if let object = value as? [String: Any], !object.isEmpty, Int.random(in: 0..<12, using: &random) > 0 {
      var object = object
      // Vocabularies are long: what stands beside them is chosen as often.
      let key = object.keys.sorted().randomElement(using: &random) ?? ""
      object[key] = mutated(object[key] ?? 0, &random)
      return object
    }
    if let list = value as? [Any], !list.isEmpty, Int.random(in: 0..<12, using: &random) > 0 {
      var list = list
      let index = Int.random(in: 0..<list.count, using: &random)
      list[index] = mutated(list[index], &random)
      return list
    }
    let values: [Any] = [
      NSNull(), true, 0, 1, -1, 3, 255, 1e300, 1_000_000_000_000, "", "a", "▁", "\u{301}", "(a|b)*", "\\s+",
      [], [[]], [1, "a"], ["a": 1],
      "always", "first", "Sequence", "ByteLevel", "AAAAAAAA", "BAAAAAAAAAAAAAAA", random.text(upTo: 4),
    ]
    return values.randomElement(using: &random) ?? 0
  }

  /// Whether a file loads; if it does, it must encode and decode.
  private func attempt(_ json: Data, _ random: inout SeededGenerator) -> Bool {
    do throws(TokenizerError) {
      let tokenizer = try TextTokenizer(json: json)
      let text = random.text(upTo: 30) + "Das  ist 1 Test.\u{0} <x>[MASK] ▁▁ 日本e\u{301}\r\n"
      let tokens = tokenizer.encode(text)
      _ = tokenizer.decode(tokens + [-1, TokenID.max])
      let encoding = tokenizer.encoding(of: text, pair: "a b")
      #expect(encoding.offsets.count == encoding.ids.count)
      _ = encoding.truncated(to: 9, stride: 2, .onlyFirst)
      return true
    } catch {
      #expect(!error.description.isEmpty)
      return false
    }
  }

  /// Bytes of a compiled map of characters changed at random.
  @Test func mutatedMapsOfCharactersNeverCrash() throws {
    let map = try #require(Data(base64Encoded: TextFixture.lines("charsmap.txt")[0]))
    var random = SeededGenerator(state: 31)
    for _ in 0..<60 {
      var bytes = [UInt8](map)
      if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random)) }
      for _ in 0..<Int.random(in: 0...2000, using: &random) where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
      }
      let json = """
        {"normalizer": {"type": "Precompiled", "precompiled_charsmap": "\(Data(bytes).base64EncodedString())"},
        "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}
        """
      _ = attempt(Data(json.utf8), &random)
    }
  }

  @Test(arguments: [
    "translation", "t5-unigram", "wordpiece-cased", "regex-byte-level", "llama-byte-fallback",
  ])
  func truncatedAndMutatedFilesNeverCrash(_ name: String) throws {
    let whole = Array(try Data(contentsOf: TextFixture.url("\(name)/tokenizer.json")))
    var random = SeededGenerator(state: 23)
    var failureCount = 0
    for _ in 0..<30 {
      let prefix = Data(whole.prefix(Int.random(in: 0..<whole.count, using: &random)))
      failureCount += attempt(prefix, &random) ? 0 : 1
    }
    for round in 0..<150 {
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
      failureCount += attempt(Data(bytes), &random) ? 0 : 1
    }
    #expect(failureCount > 50)
  }
}
