import Foundation
import HeedText
import Testing

/// Files that are cut off or changed give one clear error or a tokenizer that works, and never a crash.
@Suite struct FilesFuzzTests {
  private func attempt(_ bytes: [UInt8], as name: String) throws -> Bool {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("heed-\(UUID())-\(name)")
    try Data(bytes).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    switch Result(catching: { try TextTokenizer(sentencePiece: url) }) {
    case .success(let tokenizer):
      let tokens = tokenizer.encode("Das ist  ein Test.\u{0} <s> ▁▁ 日本 e\u{323}\u{302} <sep>")
      _ = tokenizer.decode(tokens + [-1, TokenID.max])
      _ = tokenizer.encoding(of: "ein Test\u{3000}ﬁ")
      return true
    case .failure(let error):
      #expect(String(describing: error).hasPrefix(url.path), "\(error)")
      return false
    }
  }

  @Test(arguments: ["sentencepiece/bpe.model", "sentencepiece/suffix.model", "t5/spiece.model"])
  func changedSentencePieceModelsNeverCrash(_ name: String) throws {
    let whole = Array(try Data(contentsOf: FilesReferenceTests.url(name)))
    var random = SeededGenerator(state: 31)
    var failureCount = 0
    for _ in 0..<40 {
      let length = Int.random(in: 0..<whole.count, using: &random)
      if !(try attempt(Array(whole.prefix(length)), as: "cut.model")) { failureCount += 1 }
    }
    #expect(failureCount > 20)
    for _ in 0..<150 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes.remove(at: index)
        default: bytes.insert(0xFF, at: index)
        }
      }
      _ = try attempt(bytes, as: "changed.model")
    }
  }

  /// What a file claims is not believed: nothing is allocated for it.
  @Test(arguments: [
    ([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "bytes begins, and 0 are left"),
    ([0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F], "more than 64 bits"),
    ([0x0A, 0x02, 0x0A, 0x7F], "a value of 127 bytes begins, and 0 are left"),
    ([0x0B], "3 is not a way to write a value"),
    ([0x00], "0 is not the number of a field"),
    ([0x80], "a number is cut off"),
    ([0x7D, 0x00], "a value of 4 bytes begins, and 1 are left"),
    ([0x08, 0x01], "field 1 is written as varint, expected lengthDelimited"),
    ([], "the file holds no pieces"),
    ([0x0A, 0x00], "pieces[0]: the piece is empty"),
    ([0x0A, 0x03, 0x0A, 0x01, 0xFF], "pieces[0]: the piece is not UTF-8"),
    ([0x0A, 0x03, 0x0A, 0x01, 0x61], "no piece stands for unknown text"),
    ([0x0A, 0x05, 0x0A, 0x01, 0x61, 0x18, 0x09], "pieces[0].type: expected a type from 1 to 6, found 9"),
    ([0x0A, 0x05, 0x0A, 0x01, 0x61, 0x18, 0x06], "expected the spelling of a byte such as <0x0A>, found a"),
    ([0x12, 0x02, 0x18, 0x03], "a SentencePiece model of type word is not supported"),
    ([0x1A, 0x02, 0x28, 0x00, 0x0A, 0x05, 0x0A, 0x01, 0x61, 0x18, 0x02], "leaves spaces as they are"),
  ])
  func malformedMessages(_ bytes: [Int], _ expected: String) throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("heed-\(UUID()).model")
    try Data(bytes.map { UInt8($0) }).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let error = #expect(throws: TokenizerError.self) { try TextTokenizer(sentencePiece: url) }
    #expect(error?.description.contains(expected) == true, "\(error?.description ?? "")")
  }

  @Test func twoPiecesAlikeAreRefused() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("heed-\(UUID()).model")
    let piece: [UInt8] = [0x0A, 0x03, 0x0A, 0x01, 0x61]
    try Data([0x0A, 0x05, 0x0A, 0x01, 0x62, 0x18, 0x02] + piece + piece).write(to: url)
    defer { try? FileManager.default.removeItem(at: url) }
    let error = #expect(throws: TokenizerError.self) { try TextTokenizer(sentencePiece: url) }
    #expect(error?.description.contains("pieces[2]: the token \"a\" stands twice") == true)
  }

  /// What Heed writes of models that no standard component stands for.
  @Test(arguments: ["marian", "m2m100"]) func changedFilesOfOwnComponentsNeverCrash(_ name: String) throws {
    let whole = Array(try TokenizerDirectory(FilesReferenceTests.url(name)).source.json)
    var random = SeededGenerator(state: 37)
    var failureCount = 0
    for round in 0..<120 {
      var bytes = whole
      // The first part holds the components, where a change tells most.
      let limit = round.isMultiple(of: 2) ? 4000 : bytes.count
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let index = Int.random(in: 0..<min(limit, bytes.count), using: &random)
        bytes[index] = Array("{}[]\",:0123456789-eE<>truefalsn ".utf8).randomElement(using: &random) ?? 0
      }
      guard case .success(let tokenizer) = Result(catching: { try TextTokenizer(json: Data(bytes)) }) else {
        failureCount += 1
        continue
      }
      let tokens = tokenizer.encode(">>fr<< Das  ist\u{3000}ein Test. 日本 e\u{323}\u{302} x")
      _ = tokenizer.decode(tokens + [-1, TokenID.max])
      _ = tokenizer.encoding(of: ">>>><< ein")
    }
    #expect(failureCount > 20)
  }

  @Test func changedFilesBesideVocabulariesNeverCrash() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("heed-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let names = ["vocab.json", "merges.txt", "tokenizer_config.json"]
    var random = SeededGenerator(state: 41)
    for round in 0..<150 {
      for (position, name) in names.enumerated() {
        var bytes = Array(try Data(contentsOf: FilesReferenceTests.url("qwen2/\(name)")))
        if round % 3 == position {
          for _ in 0..<Int.random(in: 1...3, using: &random) {
            let index = Int.random(in: 0..<bytes.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes[index] = Array("{}[]\",:0123456789 \n".utf8).randomElement(using: &random) ?? 0
            default: bytes.removeSubrange(index..<min(index + 9, bytes.count))
            }
          }
        }
        try Data(bytes).write(to: folder.appendingPathComponent(name))
      }
      switch Result(catching: { try TokenizerDirectory(folder) }) {
      case .success(let directory): _ = directory.source.encode("a<tool> it's 12 <|im_end|>")
      case .failure(let error): #expect(String(describing: error).hasPrefix(folder.path), "\(error)")
      }
    }
  }

  /// A long word costs little more than many short ones.
  @Test(arguments: ["bpe", "suffix"])
  func longWordsAreNotQuadratic(_ name: String) throws {
    let tokenizer = try TextTokenizer(
      sentencePiece: FilesReferenceTests.url("sentencepiece/\(name).model"))
    let text = String(repeating: "abcdefgh", count: 40_000)
    #expect(tokenizer.decode(tokenizer.encode(text)).utf8.count >= text.utf8.count)
  }
}
