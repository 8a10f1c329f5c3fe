import Foundation
import HeedText
import Testing

/// What `TokenizerDirectory` finds in a directory, and what it says where it finds nothing.
@Suite struct FilesDirectoryTests {
  /// Calls `body` with a directory of some of the fixtures' files and some texts.
  private func withDirectory<Value>(
    copying files: [String: String] = [:], writing texts: [String: String] = [:],
    _ body: (URL) throws -> Value
  ) throws -> Value {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("heed-\(UUID())")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    for (name, source) in files {
      try FileManager.default.copyItem(
        at: FilesReferenceTests.url(source), to: url.appendingPathComponent(name))
    }
    for (name, text) in texts {
      let file = url.appendingPathComponent(name)
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    return try body(url)
  }

  private func error(
    copying files: [String: String] = [:], writing texts: [String: String] = [:], modelType: String? = nil
  ) throws -> String {
    try withDirectory(copying: files, writing: texts) { url in
      let error = #expect(throws: TokenizerError.self) { try TokenizerDirectory(url, modelType: modelType) }
      return error?.description ?? ""
    }
  }

  @Test func emptyDirectoriesSayWhatWasLookedFor() throws {
    let message = try error()
    #expect(
      message.contains(
        "no tokenizer is here; looked for tokenizer.json, vocab.txt, vocab.json with merges.txt"))
    #expect(message.contains("spiece.model, tokenizer.model"))
  }

  @Test func classesThatAreNotKnownAreNamed() throws {
    let message = try error(
      copying: ["sentencepiece.bpe.model": "sentencepiece/plain.model"],
      writing: ["tokenizer_config.json": "{\"tokenizer_class\": \"XLMRobertaTokenizerFast\"}"])
    #expect(
      message.contains("tokenizer_config.json: tokenizer_class: XLMRobertaTokenizer without a tokenizer.json")
    )
    #expect(message.contains("M2M100Tokenizer"))
  }

  @Test func tokenizerJSONComesFirst() throws {
    let json = try TokenizerDirectory(FilesReferenceTests.url("bert")).source.json
    try withDirectory(
      copying: ["vocab.json": "gpt2/vocab.json", "merges.txt": "gpt2/merges.txt"],
      writing: ["tokenizer.json": String(decoding: json, as: UTF8.self)]
    ) { url in
      let directory = try TokenizerDirectory(url, modelType: "bert")
      #expect(directory.source.encode("a") != [])
      #expect(directory.specialTokens[.mask] == "[MASK]")
      #expect(directory.id(.mask) == 4)
      #expect(directory.files.map { $0.lastPathComponent } == ["tokenizer.json"])
      #expect(!directory.hasOwnTarget)
    }
  }

  @Test func filesAloneTellWhichFamilyTheyAreOf() throws {
    let byteLevel = ["vocab.json": "gpt2/vocab.json", "merges.txt": "gpt2/merges.txt"]
    try withDirectory(copying: byteLevel) { url in
      let directory = try TokenizerDirectory(url)
      #expect(directory.specialTokens[.end] == "<|endoftext|>")
    }
    let masked = ["vocab.json": "roberta/vocab.json", "merges.txt": "roberta/merges.txt"]
    try withDirectory(copying: masked) { url in
      let directory = try TokenizerDirectory(url)
      #expect(directory.source.encode("").map { Int($0) } == [0, 2])
    }
    try withDirectory(copying: ["spiece.model": "t5/spiece.model"]) { url in
      let directory = try TokenizerDirectory(url)
      #expect(directory.source.encode("") == [1])
    }
    try withDirectory(copying: ["sentencepiece.bpe.model": "sentencepiece/plain.model"]) { url in
      let directory = try TokenizerDirectory(url)
      #expect(directory.specialTokens[.end] == "</s>")
      #expect(directory.source.encode("a dog").count > 1)
    }
  }

  @Test func sentencePieceFilesLoadByThemselves() throws {
    let url = FilesReferenceTests.url("sentencepiece/plain.model")
    #expect(try TextTokenizer.load(url).decode(TextTokenizer.load(url).encode("a dog")) == "a dog")
    let directory = FilesReferenceTests.url("bert")
    #expect(try TextTokenizer.load(directory).encode("") == [2, 3])
  }

  @Test func specialTokensHaveTheirFlags() throws {
    let files = ["vocab.json": "roberta/vocab.json", "merges.txt": "roberta/merges.txt"]
    let configuration = """
      {"tokenizer_class": "RobertaTokenizer", "pad_token": null,
       "mask_token": {"__type": "AddedToken", "content": "<mask>", "lstrip": true},
       "extra_special_tokens": {"image": "<image>"}}
      """
    try withDirectory(
      copying: files,
      writing: [
        "tokenizer_config.json": configuration, "added_tokens.json": "{\"<image>\": 602, \"<tool>\": 601}",
      ]
    ) { url in
      let directory = try TokenizerDirectory(url)
      #expect(directory.specialTokens[.padding] == nil)
      #expect(directory.specialTokens.additional == ["<image>"])
      // The mask takes the space on its left with it.
      let plain = directory.source.encode("a <mask>", addingSpecialTokens: false)
      #expect(plain.count == 2 && plain.last == directory.id(.mask))
      #expect(directory.source.encode("<tool><image>", addingSpecialTokens: false) == [601, 602])
      #expect(directory.source.decode([601, 602]) == "<tool>")
    }
  }

  @Test func chatTemplatesAreHandedOut() throws {
    let files = ["vocab.txt": "bert/vocab.txt"]
    try withDirectory(
      copying: files, writing: ["tokenizer_config.json": "{\"chat_template\": \"{{ a }}\"}"]
    ) { url in
      let directory = try TokenizerDirectory(url)
      #expect(directory.chatTemplates == ["default": "{{ a }}"])
    }
    let named = """
      {"chat_template": [{"name": "default", "template": "x"}, {"name": "tool_use", "template": "y"}]}
      """
    try withDirectory(
      copying: files,
      writing: [
        "tokenizer_config.json": named, "chat_template.jinja": "z",
        "additional_chat_templates/rag.jinja": "w",
      ]
    ) { url in
      let directory = try TokenizerDirectory(url)
      #expect(directory.chatTemplates == ["default": "z", "tool_use": "y", "rag": "w"])
      #expect(directory.files.contains { $0.lastPathComponent == "chat_template.jinja" })
    }
  }

  @Test func extraTokensOfT5AreAsManyAsTheFilesSay() throws {
    try withDirectory(
      copying: ["spiece.model": "t5/spiece.model"],
      writing: ["tokenizer_config.json": "{\"tokenizer_class\": \"T5Tokenizer\", \"extra_ids\": 3}"]
    ) { url in
      let tokenizer = try TokenizerDirectory(url).source
      #expect(tokenizer.vocabularySize == 703)
      #expect(tokenizer.id(for: "<extra_id_0>") == 702)
      #expect(tokenizer.id(for: "<extra_id_2>") == 700)
    }
  }

  // MARK: Languages

  @Test func languagesOfM2M100() throws {
    let directory = try TokenizerDirectory(FilesReferenceTests.url("m2m100"))
    let expected = try #require(
      try TextFixture.objects("files/m2m100/languages.json").first as? [String: Int])
    #expect(expected.count == 4)
    for (code, id) in expected { #expect(try directory.languages?.id(code) == TokenID(id)) }
    let pair = try directory.translation(from: "de", to: "zu")
    #expect(try pair.source.encode("").first == directory.languages?.id("de"))
    #expect(try pair.target.encode("").first == directory.languages?.id("zu"))
    #expect(try pair.forcedBeginningID == directory.languages?.id("zu"))
    #expect(pair.source.encode("").last == directory.id(.end))
    let error = #expect(throws: TokenizerError.self) { try directory.translation(to: "xx") }
    #expect(error?.description.contains("the model does not know \"xx\"; it knows af, am, ar") == true)
  }

  @Test func languagesOfMarian() throws {
    let directory = try TokenizerDirectory(FilesReferenceTests.url("marian"))
    #expect(directory.languages?.codes == ["de", "fr"])
    let pair = try directory.translation(to: "fr")
    #expect(pair.forcedBeginningID == nil)
    #expect(pair.source.encode("A dog.") == directory.source.encode(">>fr<< A dog."))
    #expect(throws: TokenizerError.self) { try directory.translation(to: "xx") }
    let other = try TokenizerDirectory(FilesReferenceTests.url("bert"))
    let error = #expect(throws: TokenizerError.self) { try other.translation(to: "fr") }
    #expect(error?.description.contains("no tokens for languages") == true)
  }

  // MARK: Bad files

  @Test func badFilesAreNamed() throws {
    let merges = try error(
      copying: ["vocab.json": "gpt2/vocab.json"], writing: ["merges.txt": "#version: 0.2\na b c\n"])
    #expect(merges.contains("merges.txt: line 2: expected two tokens, found 3"))
    let unknown = try error(
      copying: ["vocab.json": "gpt2/vocab.json"], writing: ["merges.txt": "a 日\n"])
    #expect(unknown.contains("merges.txt: line 1: the token \"日\" is not in the vocabulary"))
    let twice = try error(writing: ["vocab.txt": "[UNK]\na\na\n"])
    #expect(twice.contains("vocab.txt: line 3: the token \"a\" stands twice"))
    let missing = try error(writing: ["vocab.txt": "a\nb\n"])
    #expect(missing.contains("unk_token: the token \"[UNK]\" is not in the vocabulary"))
    let frame = try error(writing: ["vocab.txt": "[UNK]\na\n"])
    #expect(frame.contains("cls_token"))
    let flag = try error(
      copying: ["vocab.txt": "bert/vocab.txt"], writing: ["tokenizer_config.json": "{\"do_lower_case\": 1}"])
    #expect(flag.contains("tokenizer_config.json: do_lower_case: expected true or false"))
    let far = try error(
      copying: ["vocab.txt": "bert/vocab.txt"], writing: ["added_tokens.json": "{\"<x>\": 2000000000}"])
    #expect(far.contains("far beyond the vocabulary"))
    let taken = try error(
      copying: ["vocab.txt": "bert/vocab.txt"], writing: ["added_tokens.json": "{\"<x>\": 1}"])
    #expect(taken.contains("the identifier 1 is that of \"[UNK]\""))
    let json = try error(
      copying: ["vocab.txt": "bert/vocab.txt"], writing: ["special_tokens_map.json": "{\"cls_token\": 3}"])
    #expect(json.contains("special_tokens_map.json: cls_token: expected a string, found a number"))
  }
}
