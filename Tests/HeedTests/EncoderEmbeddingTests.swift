import Foundation
import Heed
import TestSupport
import Testing

@Suite struct EncoderEmbeddingTests {
  private static let directory = EncoderFixture.directory("embedder")

  /// Both compute in single precision and add in different orders; states are a few units large.
  private static let tolerance: Float = 1e-5

  @Test func theModulesAreFollowed() throws {
    let expected = try EncoderFixture.load().embedder
    let embedder = try TextEmbedder(directory: Self.directory)
    #expect(embedder.settings.isDeclared && embedder.settings.normalizes)
    #expect(embedder.maximumTokens == 24 && embedder.dimension == 32)
    let found = try embedder.embed(expected.texts)
    expectClose(found.flatMap { $0 }, expected.normalized.flatMap { $0 }, absolute: Self.tolerance)
  }

  @Test(arguments: EmbeddingPooling.allCases)
  func everyPoolingAgrees(_ pooling: EmbeddingPooling) throws {
    let expected = try EncoderFixture.load().embedder
    var settings = try EmbeddingSettings(directory: Self.directory)
    settings.poolings = [pooling]
    settings.normalizes = false
    let found = try TextEmbedder(settings).embed(expected.texts).flatMap { $0 }
    let rows =
      switch pooling {
      case .cls: expected.cls
      case .max: expected.max
      case .mean: expected.mean
      case .meanSqrt: expected.meanSqrt
      }
    expectClose(found, rows.flatMap { $0 }, absolute: Self.tolerance, relative: Self.tolerance)
  }

  @Test func severalPoolingsLieEndToEnd() throws {
    let text = "Two dogs run."
    let url = Self.directory
    var settings = try EmbeddingSettings(directory: url)
    settings.normalizes = false
    settings.poolings = [.cls]
    let first = try TextEmbedder(settings).embed(text)
    settings.poolings = [.max]
    let second = try TextEmbedder(settings).embed(text)
    settings.poolings = [.cls, .max]
    let both = try TextEmbedder(settings)
    #expect(both.dimension == 64)
    #expect(try both.embed(text) == first + second)
  }

  @Test(arguments: [1, 17, 100, 4096])
  func aTextIsTheSameAloneAndInAnyBatch(_ batchTokens: Int) throws {
    let texts = try EncoderFixture.load().embedder.texts
    var embedder = try TextEmbedder(directory: Self.directory)
    let alone = try texts.map { try embedder.embed($0) }
    embedder.batchTokens = batchTokens
    #expect(try embedder.embed(texts) == alone)
    #expect(try embedder.embed(texts.reversed()) == alone.reversed())
  }

  @Test func longTextsAreCut() throws {
    var settings = try EmbeddingSettings(directory: Self.directory)
    settings.maximumTokens = 6
    let short = try TextEmbedder(settings)
    #expect(try short.embed("the the the the") == short.embed("the the the the the house"))
    #expect(try short.embed("the the the the") != short.embed("the the the house"))
  }

  @Test func aPromptStandsBeforeTheText() throws {
    var settings = try EmbeddingSettings(directory: Self.directory)
    let plain = try TextEmbedder(settings)
    settings.prompt = "the old "
    #expect(try TextEmbedder(settings).embed("house") == plain.embed("the old house"))
  }

  @Test func aDefaultPromptIsRead() throws {
    try EncoderFixture.withCopy(of: "embedder") { url in
      let file = url.appending(path: "config_sentence_transformers.json")
      try Data(#"{"prompts": {"query": "the "}, "default_prompt_name": "query"}"#.utf8).write(to: file)
      #expect(try EmbeddingSettings(directory: url).prompt == "the ")
    }
  }

  @Test func theCosineIsOneOfATextWithItself() throws {
    let embedder = try TextEmbedder(directory: Self.directory)
    #expect(abs(try embedder.similarity("It rains.", "It rains.") - 1) < 1e-6)
    let cosine = try embedder.similarity("It rains.", "She reads a book.")
    #expect(cosine < 0.9999 && cosine > -1)
    #expect(TextEmbedder.cosine([3, 4], [0, 2]) == 0.8)
    #expect(TextEmbedder.cosine([0, 0], [0, 2]) == 0)
  }

  @Test func withoutModulesTheMeanIsTaken() throws {
    let expected = try EncoderFixture.load().embedder
    try EncoderFixture.withCopy(of: "embedder") { url in
      try FileManager.default.removeItem(at: url.appending(path: "modules.json"))
      let embedder = try TextEmbedder(directory: url)
      #expect(!embedder.settings.isDeclared && !embedder.settings.normalizes)
      let found = try embedder.embed(expected.texts[0])
      expectClose(found, expected.mean[0], absolute: Self.tolerance, relative: Self.tolerance)
    }
  }

  @Test func anyTextEncoderEmbeds() throws {
    for name in ["masked", "classifier", "labeler", "answerer"] {
      let embedder = try TextEmbedder(directory: EncoderFixture.directory(name))
      #expect(embedder.maximumTokens == 64)
      #expect(try embedder.embed("It rains.").count == 32)
    }
  }

  @Test(arguments: [
    ("modules.json", "models.Normalize", "models.Dense", "Dense"),
    ("modules.json", "1_Pooling", "../1_Pooling", "leads out"),
    ("modules.json", "models.Pooling", "models.Normalize", "expected Transformer, Pooling"),
    ("modules.json", "\"type\"", "\"kind\"", "is missing"),
    ("1_Pooling/config.json", "\"pooling_mode_mean_tokens\": true", "\"x\": true", "no pooling_mode"),
    ("1_Pooling/config.json", "pooling_mode_mean_tokens", "pooling_mode_lasttoken", "not supported"),
    (
      "1_Pooling/config.json", "\"pooling_mode_mean_tokens\": true", "\"pooling_mode\": \"median\"",
      "'median' is not supported"
    ),
    ("sentence_bert_config.json", "24", "0", "at least 1"),
    ("sentence_bert_config.json", "24", "\"long\"", "max_seq_length"),
  ])
  func damagedModulesAreRefused(_ file: String, _ old: String, _ new: String, _ words: String) throws {
    try EncoderFixture.withCopy(of: "embedder", replacing: old, by: new, in: file) { url in
      let error = #expect(throws: ConfigurationError.self) { try TextEmbedder(directory: url) }
      #expect(error?.description.contains(words) == true, "\(error?.description ?? "no error")")
      #expect(error?.file.hasSuffix(file) == true)
    }
  }

  @Test func cancelledTasksStop() async throws {
    let embedder = try TextEmbedder(directory: Self.directory)
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try embedder.embed("It rains.")
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }
}
