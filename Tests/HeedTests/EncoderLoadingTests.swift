import Foundation
import Heed
import TestSupport
import Testing

/// Directories with which a text encoder cannot do what it is asked for.
@Suite struct EncoderLoadingTests {
  private static func load(_ job: String, _ url: URL) throws {
    switch job {
    case "fill": _ = try MaskFiller(directory: url)
    case "classify": _ = try TextClassifier(directory: url)
    case "label": _ = try TokenClassifier(directory: url)
    case "answer": _ = try QuestionAnswerer(directory: url)
    default: _ = try TextEmbedder(directory: url)
    }
  }

  @Test(arguments: ["fill", "classify", "label", "answer", "embed"])
  func anotherShapeIsRefused(_ job: String) throws {
    for name in ["gpt2", "marian"] {
      let error = #expect(throws: ConfigurationError.self) {
        try Self.load(job, CheckpointFixture.directory(name).url)
      }
      #expect(error?.description.contains("'\(name)' is not a text encoder") == true)
    }
  }

  @Test(arguments: [
    ("fill", "embedder", "predicts masked words"), ("classify", "labeler", "labels texts"),
    ("label", "classifier", "labels tokens"), ("answer", "masked", "finds answers"),
  ])
  func anotherHeadIsRefused(_ job: String, _ name: String, _ needed: String) throws {
    let error = #expect(throws: EncoderError.self) { try Self.load(job, EncoderFixture.directory(name)) }
    guard case .otherHead(_, needed, _) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func aDirectoryWithoutATokenizerIsRefused() throws {
    let error = #expect(throws: TokenizerError.self) {
      try TextEmbedder(directory: CheckpointFixture.directory("bert").url)
    }
    #expect(error?.problem == .unreadable)
  }

  @Test func aTokenizerOfAnotherModelIsRefused() throws {
    try EncoderFixture.withCopy(of: "masked") { url in
      for name in ["tokenizer.json", "tokenizer_config.json"] {
        let file = url.appending(path: name)
        try FileManager.default.removeItem(at: file)
        try FileManager.default.copyItem(
          at: EncoderFixture.directory("labeler").appending(path: name), to: file)
      }
      let error = #expect(throws: EncoderError.self) { try MaskFiller(directory: url) }
      guard case .vocabularyTooLarge = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test func aSegmentThatTheModelLacksIsRefused() throws {
    try EncoderFixture.withCopy(
      of: "classifier", replacing: "\"type_id\": 1", by: "\"type_id\": 2", in: "tokenizer.json"
    ) { url in
      let error = #expect(throws: EncoderError.self) { try TextClassifier(directory: url) }
      #expect(error == .tooManySegments(directory: url.path, segment: 2, segmentCount: 2))
    }
  }

  @Test func errorsAreOneSentence() {
    let errors: [EncoderError] = [
      .vocabularyTooLarge(directory: "d", tokenCount: 2, embeddingCount: 1),
      .tooManySegments(directory: "d", segment: 2, segmentCount: 2),
      .otherHead(directory: "d", needed: "labels texts", found: "labels tokens"),
      .noMaskToken(directory: "d"),
      .noMask(line: 1, mask: "<mask>"), .textTooLong(line: 1, tokenCount: 2, limit: 1), .emptyText(line: 1),
      .emptyContext, .questionTooLong(line: 1, tokenCount: 2, window: 1, stride: 0),
      .option(name: "n", reason: "must be 1"),
    ]
    for error in errors {
      #expect(!error.description.isEmpty && !error.description.contains("\n"))
    }
  }
}
