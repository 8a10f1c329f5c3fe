import Foundation
import HeedLayers
import HeedModels
import HeedText
import HeedTraining
import TestSupport
import Testing

/// What is changed of a model that a run goes on from: its words, its dropout, its languages.
@Suite struct StartingModelTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  private static let encoder = fixturesDirectory.appending(path: "Encoders/masked").path
  private static let sentences = (0..<40).map { "The number \($0) is \($0 % 2 == 0 ? "even" : "odd")." }

  private func recipe(_ changes: [String: String]) throws -> Recipe {
    var recipe = Recipe()
    let usual = [
      "data.directory": scratch.path, "data.max_length": "32", "training.batch_tokens": "64",
      "training.max_steps": "2", "validation.every_steps": "2", "training.schedule": "constant",
      "training.learning_rate": "0.001", "training.warmup_steps": "0",
    ]
    for (key, value) in usual.merging(changes, uniquingKeysWith: { $1 }).sorted(by: { $0.key < $1.key }) {
      try recipe.override(key: key, value: value)
    }
    return recipe
  }

  private func write(_ text: String, _ name: String) throws {
    try text.write(toFile: "\(scratch.path)/\(name)", atomically: true, encoding: .utf8)
  }

  private func masked(_ changes: [String: String]) throws -> Recipe {
    try write(Self.sentences.map { "\($0) Heedlings, a Heedling!" }.joined(separator: "\n"), "text.txt")
    return try recipe(
      [
        "task": "masked_language_model", "model.from": Self.encoder, "data.source": "text.txt",
        "data.valid_share": "0.2",
      ].merging(changes) { $1 })
  }

  @Test func newWordsComeWithTheModel() throws {
    let run = "\(scratch.path)/run"
    let recipe = try masked(["model.extend_vocabulary": "[Heedling, \"x, y\"]"])
    #expect(try Recipe(yaml: recipe.resolved().yaml).resolved() == recipe.resolved())
    _ = try TrainingPipeline(recipe).run(in: run, mode: .create)
    let url = URL(fileURLWithPath: run)
    let (old, new) = (try TokenizerDirectory(URL(fileURLWithPath: Self.encoder)), try TokenizerDirectory(url))
    let known = old.source.vocabularySize
    #expect(new.source.encode("a Heedling!", addingSpecialTokens: false).contains(TokenID(known)))
    #expect(new.source.id(for: "x, y") == TokenID(known + 1))
    #expect(new.source.encode(Self.sentences[3]) == old.source.encode(Self.sentences[3]))
    #expect(try ModelDirectory(url).loadEncoder().embedding.shape.rows == known + 2)
    // It is a model to go on from as any other.
    let second = try masked(["model.from": run])
    _ = try TrainingPipeline(second).run(in: "\(scratch.path)/second", mode: .create)
  }

  @Test(arguments: [
    (["model.extend_vocabulary": "the"], "\"the\" is a token of the vocabulary already"),
    (["model.extend_vocabulary": "[]"], "\"[]\""),
    (["model.activation_dropout": "0.5"], "model.activation_dropout"),
  ])
  func whatCannotBeChangedIsSaid(_ changes: [String: String], _ message: String) throws {
    let recipe = try masked(changes)
    if changes.values.contains("[]") {
      // One word that happens to be written so.
      #expect(try TrainingPipeline(recipe).check().contains { $0.hasPrefix("model: ") })
      return
    }
    let error = #expect(throws: (any Error).self) { try TrainingPipeline(recipe).check() }
    #expect("\(try #require(error))".contains(message), "\(String(describing: error))")
  }

  @Test(arguments: [
    ["model.extend_vocabulary": "a", "model.lora_rank": "2"],
    ["model.extend_vocabulary": "a", "training.freeze": "embedding"],
    ["data.source_language": "en"], ["data.source": "[a, b]", "task": "classification"],
  ])
  func combinationsWithoutMeaningAreRefused(_ changes: [String: String]) throws {
    let recipe = try masked(changes)
    #expect(throws: RecipeError.self) { try recipe.resolved() }
  }

  @Test func dropoutOfAModelThatIsThere() throws {
    let kept = try masked([:])
    #expect(try kept.resolved().model.dropout == nil)
    #expect(try Recipe(yaml: kept.resolved().yaml).resolved() == kept.resolved())
    let run = "\(scratch.path)/run"
    let recipe = try masked(["model.dropout": "0.35", "model.attention_dropout": "0"])
    _ = try TrainingPipeline(recipe).run(in: run, mode: .create)
    let written = try ModelDirectory(URL(fileURLWithPath: run)).configuration()
    #expect(written.encoder.dropout == 0.35 && written.encoder.attentionDropout == 0)
  }

  /// A model of many languages with random weights, and the tokenizer of one.
  private func multilingual() throws -> String {
    let directory = scratch.url.appending(path: "m2m")
    let files = fixturesDirectory.appending(path: "Text/files/m2m100")
    let size = try TokenizerDirectory(files, modelType: "m2m_100").source.vocabularySize
    let configuration = try ModelReader.configuration(
      Data(
        """
        {"model_type": "m2m_100", "vocab_size": \(size), "d_model": 8, "encoder_layers": 1, "decoder_layers": 1,
        "encoder_attention_heads": 1, "decoder_attention_heads": 1, "encoder_ffn_dim": 8, "decoder_ffn_dim": 8,
        "max_position_embeddings": 64}
        """.utf8), file: "a test")
    var initializer = ParameterInitializer(seed: 3)
    try ModelDirectory(directory).save(EncoderDecoder(configuration, &initializer))
    for file in try FileManager.default.contentsOfDirectory(at: files, includingPropertiesForKeys: nil)
    where file.pathExtension != "jsonl" {
      try FileManager.default.copyItem(at: file, to: directory.appending(path: file.lastPathComponent))
    }
    return directory.path
  }

  @Test func modelsOfManyLanguagesAreTrained() throws {
    try write((0..<20).map { "Sentence \($0).\tSatz \($0)." }.joined(separator: "\n"), "pairs.tsv")
    let changes = [
      "model.from": try multilingual(), "data.source": "pairs.tsv", "data.valid_source": "pairs.tsv",
      "validation.metric": "bleu", "data.max_ratio": "0",
    ]
    let error = #expect(throws: RecipeError.self) { try TrainingPipeline(recipe(changes)).check() }
    #expect(try #require(error).description.contains("data.target_language is missing"))
    let unknown = try recipe(changes.merging(["data.target_language": "xx"]) { $1 })
    #expect(throws: TokenizerError.self) { try TrainingPipeline(unknown).check() }
    let named = try recipe(
      changes.merging(["data.source_language": "en", "data.target_language": "de"]) { $1 })
    let outcome = try TrainingPipeline(named).run(in: "\(scratch.path)/run", mode: .create)
    #expect(outcome.end == .finished)
  }

  /// Files one behind the other are what one file of all of them is, but for the mark between them.
  @Test(arguments: ["masked_language_model", "language_model"])
  func severalFilesAreOneText(_ task: String) throws {
    let halves = [Self.sentences.prefix(20), Self.sentences.suffix(20)].map {
      $0.joined(separator: "\n") + "\n"
    }
    try write(halves[0], "a, b.txt")
    try write(halves[1], "second.txt")
    try write(halves.joined(), "whole.txt")
    let small = [
      "task": task, "model.hidden_size": "16", "model.feed_forward_size": "16", "model.heads": "2",
      "vocabulary.size": "300", "data.passages": "lines",
      task == "language_model" ? "model.decoder_layers" : "model.encoder_layers": "1",
      "data.valid_share": "0.3",
    ]
    let one = try recipe(small.merging(["data.source": "whole.txt"]) { $1 })
    let two = try recipe(small.merging(["data.source": "[\"a, b.txt\", second.txt]"]) { $1 })
    #expect(try Recipe(yaml: two.resolved().yaml).resolved() == two.resolved())
    #expect(
      try Recipe(yaml: "data:\n  source: [\"a, b.txt\", second.txt]").data
        == {
          var data = DataRecipe()
          data.source = two.data.source
          return data
        }())
    let found = try [one, two].map { recipe in
      try TrainingPipeline(recipe).check().filter { !$0.hasPrefix("forecast") }
    }
    #expect(found[0] == found[1])
  }
}
