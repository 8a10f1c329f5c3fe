import Foundation
import HeedText
import Testing

/// Tokenizers in the forms that come without a `tokenizer.json`, against `transformers` and SentencePiece themselves;
/// Fixtures/Text/README.md says how they were written.
@Suite struct FilesReferenceTests {
  static func url(_ path: String) -> URL { TextFixture.url("files/\(path)") }

  private func directory(_ name: String, modelType: String? = nil) throws -> TokenizerDirectory {
    try TokenizerDirectory(Self.url(name), modelType: modelType)
  }

  @Test(arguments: [
    ("bert", nil), ("bert-cased", nil), ("bert-flags", "bert"), ("gpt2", "gpt2"), ("roberta", "roberta"),
    ("bart", "bart"), ("qwen2", nil), ("t5", "t5"), ("llama", "llama"), ("llama-legacy", nil),
    ("marian", nil),
  ])
  func directoriesMatchReference(_ name: String, _ modelType: String?) throws {
    let tokenizer = try directory(name, modelType: modelType).source
    let cases = try TextFixture.objects("files/\(name)/cases.jsonl")
    #expect(cases.count > 100)
    // What is written reads as the same tokenizer.
    let again = try TextTokenizer(json: tokenizer.json)
    for object in cases {
      let item = try TokenizerCase(object)
      item.check(tokenizer, name)
      item.check(again, "\(name), written and read")
    }
  }

  @Test func m2m100MatchesReference() throws {
    let directory = try directory("m2m100")
    let cases = try TextFixture.objects("files/m2m100/cases.jsonl")
    #expect(cases.count > 100)
    for tokenizer in [directory.source, try directory.translation(from: "en").source] {
      for object in cases { try TokenizerCase(object).check(tokenizer, "m2m100") }
    }
  }

  @Test func targetsMatchReference() throws {
    let target = try directory("marian").target
    let cases = try TextFixture.objects("files/marian/target-cases.jsonl")
    #expect(cases.count > 100)
    for object in cases { try TokenizerCase(object).check(target, "marian, target") }
  }

  @Test func vocabulariesOfTheirOwnMatchReference() throws {
    let directory = try directory("marian-separate")
    #expect(directory.hasOwnTarget)
    for object in try TextFixture.objects("files/marian-separate/cases.jsonl") {
      let text = try #require(object["text"] as? String)
      let ids = try #require(object["target_ids"] as? [Int]).map { TokenID($0) }
      #expect(
        directory.source.encode(text).map { Int($0) } == object["ids"] as? [Int], "\(text.debugDescription)")
      #expect(directory.target.encode(text) == ids, "\(text.debugDescription)")
      #expect(directory.target.decode(ids) == object["decoded"] as? String, "\(text.debugDescription)")
    }
  }

  @Test(arguments: ["unigram", "bpe", "suffix", "plain", "across"])
  func sentencePieceModelsMatchSentencePiece(_ name: String) throws {
    let tokenizer = try TextTokenizer(sentencePiece: Self.url("sentencepiece/\(name).model"))
    let again = try TextTokenizer(json: tokenizer.json)
    let cases = try TextFixture.objects("files/sentencepiece/\(name).jsonl")
    #expect(cases.count > 100)
    for object in cases {
      let text = try #require(object["text"] as? String)
      let ids = try #require(object["ids"] as? [Int]).map { TokenID($0) }
      #expect(tokenizer.encode(text) == ids, "\(name): \(text.debugDescription)")
      #expect(tokenizer.encoding(of: text).ids == ids, "\(name): \(text.debugDescription)")
      #expect(
        Array(tokenizer.decode(ids).utf8) == Array((object["decoded"] as? String ?? "?").utf8),
        "\(name): \(text.debugDescription)")
      // As `tokenizer.json` has it, the token of a byte that a text spells out is that byte.
      if text != "<0x41>" {
        #expect(again.encode(text) == ids, "\(name), written and read: \(text.debugDescription)")
      }
    }
  }

  @Test func piecesAreSpelledAsSentencePieceSpellsThem() throws {
    let tokenizer = try TextTokenizer(sentencePiece: Self.url("sentencepiece/unigram.model"))
    for object in try TextFixture.objects("files/sentencepiece/unigram.jsonl") {
      let text = try #require(object["text"] as? String)
      let pieces = try #require(object["pieces"] as? [String])
      #expect(
        tokenizer.encoding(of: text).tokens.map { Array($0.utf8) } == pieces.map { Array($0.utf8) },
        "\(text.debugDescription)")
    }
  }

  @Test func offsetsCoverWhatTokensStandFor() throws {
    let tokenizer = try TextTokenizer(sentencePiece: Self.url("sentencepiece/bpe.model"))
    let encoding = tokenizer.encoding(of: "  a  ﬁne e\u{323}\u{302}x ")
    let pieces = zip(encoding.tokens, encoding.offsets).map { "\($0) \($1.lowerBound) \($1.upperBound)" }
    #expect(pieces.first == "▁a 2 3")
    #expect(encoding.offsets.allSatisfy { $0.upperBound <= 14 })
    for (one, next) in zip(encoding.offsets, encoding.offsets.dropFirst()) {
      #expect(one.lowerBound <= next.lowerBound, "\(pieces)")
    }
  }

  // MARK: GGUF

  private func fields(_ object: [String: Any]) throws -> GGUFTokenizerFields {
    var fields = GGUFTokenizerFields(
      model: try #require(object["model"] as? String), tokens: try #require(object["tokens"] as? [String]))
    fields.scores = (object["scores"] as? [NSNumber])?.map { $0.floatValue }
    fields.types = (object["types"] as? [Int])?.map { Int32($0) }
    fields.merges = object["merges"] as? [String]
    fields.beginningID = (object["bos"] as? Int).map { TokenID($0) }
    fields.endID = (object["eos"] as? Int).map { TokenID($0) }
    fields.unknownID = (object["unk"] as? Int).map { TokenID($0) }
    return fields
  }

  @Test func scoredPiecesOfGGUFMatchSentencePiece() throws {
    let object = try #require(try TextFixture.objects("files/gguf/llama.json").first)
    let made = try TextTokenizer.gguf(try fields(try #require(object["fields"] as? [String: Any])))
    #expect(made.specialTokens[.beginning] == "<s>")
    let again = try TextTokenizer(json: made.tokenizer.json)
    for item in try #require(object["cases"] as? [[String: Any]]) {
      let text = try #require(item["text"] as? String)
      let ids = try #require(item["ids"] as? [Int]).map { TokenID($0) }
      #expect(made.tokenizer.encode(text) == ids, "\(text.debugDescription)")
      #expect(again.encode(text) == ids, "written and read: \(text.debugDescription)")
      if !text.contains("▁") { #expect(made.tokenizer.decode(ids) == text, "\(text.debugDescription)") }
    }
  }

  @Test(arguments: TextTokenizer.ggufPreTokenizers)
  func byteLevelEncodingsOfGGUFMatchTheirPatterns(_ name: String) throws {
    let object = try #require(try TextFixture.objects("files/gguf/gpt2.json").first)
    var fields = try fields(try #require(object["fields"] as? [String: Any]))
    fields.pre = name
    let tokenizer = try TextTokenizer.gguf(fields).tokenizer
    let cases = try #require((object["kinds"] as? [String: [[String: Any]]])?[name])
    #expect(cases.count > 100)
    for item in cases {
      let text = try #require(item["text"] as? String)
      let ids = try #require(item["ids"] as? [Int]).map { TokenID($0) }
      #expect(tokenizer.encode(text) == ids, "\(name): \(text.debugDescription)")
      #expect(Array(tokenizer.decode(ids).utf8) == Array(text.utf8), "\(name): \(text.debugDescription)")
    }
  }

  @Test func badGGUFFieldsAreNamed() throws {
    func message(_ change: (inout GGUFTokenizerFields) -> Void) -> String {
      var fields = GGUFTokenizerFields(model: "gpt2", tokens: ["a", "b", "ab"])
      fields.merges = ["a b"]
      change(&fields)
      let error = #expect(throws: TokenizerError.self) { try TextTokenizer.gguf(fields) }
      return error?.description ?? ""
    }
    #expect(message { $0.model = "bert" }.contains("a tokenizer of the kind bert is not supported"))
    #expect(
      message { $0.pre = "viking" }.contains("supported are default, gpt-2, llama-bpe, qwen2, smollm"))
    #expect(message { $0.merges = nil }.contains("merges: they are missing"))
    #expect(message { $0.merges = ["a c"] }.contains("merges[0]: expected two tokens"))
    #expect(
      message { $0.merges = ["b a"] }.contains("merges[0]: it makes \"ba\", which is not in the vocabulary"))
    #expect(message { $0.types = [1] }.contains("token_type: there are 1 for 3 tokens"))
    #expect(message { $0.beginningID = 3 }.contains("bos_token_id: the identifier 3 is not one of 3 tokens"))
    #expect(message { $0.tokens = ["a", "a", "b"] }.contains("tokens[1]: the token \"a\" stands twice"))
    #expect(message { $0.tokens = [] }.contains("tokens: there are none"))
    #expect(message { $0.model = "llama" }.contains("scores: they are missing"))
  }
}
