import Foundation
import Heed
import TestSupport
import Testing

/// A story teller with real weights against transformers; see Fixtures/Stories/README.md.
@Suite struct TextGeneratorTests {
  private static let directory = fixturesDirectory.appending(path: "Stories")

  private struct Expected: Decodable {
    let prompt: String
    let promptIDs, newIDs: [TokenID]
    let text: String

    enum CodingKeys: String, CodingKey {
      case prompt, text
      case promptIDs = "prompt_ids"
      case newIDs = "new_ids"
    }
  }

  private static func expected() throws -> [Expected] {
    let text = try String(contentsOf: directory.appending(path: "expected.jsonl"), encoding: .utf8)
    return try text.split(separator: "\n").map {
      try JSONDecoder().decode(Expected.self, from: Data($0.utf8))
    }
  }

  @Test func greedyContinuationsEqualTransformers() throws {
    let generator = try TextGenerator(directory: Self.directory)
    let all = try Self.expected()
    #expect(all.count >= 3)
    for expected in all {
      #expect(generator.tokenizer.encode(expected.prompt) == expected.promptIDs)
      var options = generator.defaults
      options.sampling = nil
      options.beamSize = 1
      options.maximumNewTokens = expected.newIDs.count
      let found = try generator.generate([expected.prompt], options)[0][0]
      #expect(found.tokens == expected.newIDs, "\(expected.prompt)")
      let whole = generator.tokenizer.decode(expected.promptIDs + found.tokens)
      #expect(expected.text.hasSuffix(found.text.trimmingPrefix(" ")) || whole == expected.text)
    }
  }

  @Test func aStreamIsTheTextInPieces() async throws {
    let generator = try TextGenerator(directory: Self.directory)
    var options = generator.defaults
    options.maximumNewTokens = 40
    var sampling = SamplingOptions()
    sampling.seed = 7
    for drawing in [nil, sampling] {
      options.sampling = drawing
      var pieces: [String] = []
      for try await piece in generator.stream("Once upon a time", options) { pieces.append(piece) }
      #expect(pieces.count > 10)
      #expect(pieces.joined() == (try generator.generate("Once upon a time", options)))
    }
  }

  @Test func leavingTheStreamStopsTheModel() async throws {
    let generator = try TextGenerator(directory: Self.directory)
    var options = generator.defaults
    options.endTokens = []
    options.maximumNewTokens = 400
    let task = Task {
      var count = 0
      for try await _ in generator.stream("Once upon a time", options) { count += 1 }
      return count
    }
    task.cancel()
    #expect(try await task.value < 400)
  }

  @Test func piecesOfCharactersWaitForTheRest() throws {
    let generator = try TextGenerator(directory: Self.directory)
    // Characters outside the vocabulary are spelled in bytes.
    let text = "a 日本 é 😀 b"
    let tokens = generator.tokenizer.encode(text, addingSpecialTokens: false)
    var pieces = PieceDecoder(tokenizer: generator.tokenizer)
    var joined = ""
    for token in tokens {
      guard let piece = pieces.append(token) else { continue }
      #expect(!piece.unicodeScalars.contains("\u{FFFD}"))
      joined += piece
    }
    joined += pieces.finish() ?? ""
    #expect(joined == generator.tokenizer.decode(tokens))
  }

  @Test func aModelWithoutAChatTemplateSaysSo() throws {
    let generator = try TextGenerator(directory: Self.directory)
    #expect(throws: TextGeneratorError.noChatTemplate) {
      try generator.answer([ChatMessage(role: "user", content: "Hello.")])
    }
  }

  @Test func aModelOfAnotherShapeIsRefused() {
    let directory = fixturesDirectory.appending(path: "Checkpoint/bert")
    #expect {
      try TextGenerator(directory: directory)
    } throws: {
      "\($0)".contains("'bert' is not a language model")
    }
  }
}
