import Foundation
import Heed
import HeedGeneration
import HeedModels
import HeedText
import HeedTraining
import TestSupport
import Testing

/// Recipes whose model is one of those that the Transformer replaced, from text to translations.
@Suite struct ArchitectureTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  private static func pairs(_ numbers: Range<Int>) -> TrainingText.Pairs {
    .inMemory(
      numbers.map {
        let pair = NumbersExample.Pair($0)
        return SentencePair(source: pair.english, target: pair.german, line: $0 + 1)
      })
  }

  private static func recipe(_ changes: [String: String]) throws -> Recipe {
    var recipe = Recipe()
    let values = [
      "vocabulary.size": "120", "vocabulary.byte_fallback": "false", "model.preset": "tiny",
      "model.encoder_layers": "1", "model.hidden_size": "32", "training.batch_tokens": "256",
      "training.max_steps": "12", "training.schedule": "linear", "training.learning_rate": "0.01",
      "training.warmup_steps": "2", "validation.every_steps": "5", "validation.max_sentences": "7",
      "checkpoints.keep_last": "2", "training.average_last": "2",
    ].merging(changes) { $1 }
    for (key, value) in values.sorted(by: { $0.key < $1.key }) { try recipe.override(key: key, value: value) }
    return recipe
  }

  private static func pipeline(_ changes: [String: String]) throws -> TrainingPipeline {
    let text = TrainingText(training: pairs(0..<150), validation: pairs(150..<170))
    return try TrainingPipeline(recipe(changes), text: text)
  }

  static let architectures: [[String: String]] = [
    ["model.architecture": "lstm", "model.attention": "none"],
    ["model.architecture": "gru", "model.attention": "additive"],
    ["model.architecture": "lstm", "vocabulary.joint": "false"],
    ["model.architecture": "convolution", "model.decoder_layers": "1", "model.kernel_size": "4"],
  ]

  /// The directory holds what was measured, and is translated with; a run that was stopped goes on bit for bit.
  @Test(arguments: architectures)
  func trainsAndTranslates(_ changes: [String: String]) throws {
    let (whole, broken) = ("\(scratch.path)/whole", "\(scratch.path)/broken")
    let outcome = try Self.pipeline(changes).run(in: whole, mode: .create)
    #expect(outcome.end == .finished && outcome.stepCount == 12)
    let losses = try MetricsLog.read("\(whole)/metrics.jsonl").records.filter { $0.kind == .validation }
      .compactMap { $0.values["loss"] }
    let (first, last) = (try #require(losses.first), try #require(losses.last))
    #expect(last < first)

    let url = URL(fileURLWithPath: whole)
    let translator = try Translator(directory: url)
    #expect(translator.configuration == nil)
    let sources = ["one hundred fifty-one", "seven", "one hundred sixty-eight"]
    let together = try translator.translate(sources)
    for (source, translation) in zip(sources, together) {
      #expect(try translator.translate(source) == translation.text)
    }
    var options = TranslationOptions()
    options.alignsWords = true
    if changes["model.attention"] == "none" {
      #expect(throws: TranslatorError.noAttention) { try translator.translate(sources, options) }
    } else {
      for found in try translator.translate(sources, options) {
        let links = try #require(found.hypotheses.first?.alignment)
        #expect(links.allSatisfy { $0.source < found.source.split(separator: " ").count })
      }
    }

    let stop = StopFlag()
    _ = try Self.pipeline(changes).run(in: broken, mode: .create, stop: stop) { update in
      if case .step(let report, _) = update, report.step == 7 { stop.raise() }
    }
    _ = try Self.pipeline(changes).run(in: broken, mode: .resume)
    for name in ["model.safetensors", "config.json"] {
      let files = [whole, broken].map { URL(fileURLWithPath: $0).appending(path: name) }
      #expect(try Data(contentsOf: files[0]) == Data(contentsOf: files[1]), "\(name)")
    }
  }

  @Test(arguments: [
    (["model.architecture": "lstm", "model.heads": "2"], "model.heads"),
    (["model.architecture": "lstm", "model.kernel_size": "5"], "model.kernel_size"),
    (["model.architecture": "gru", "model.decoder_layers": "2"], "model.decoder_layers"),
    (["model.architecture": "convolution", "model.attention": "additive"], "model.attention"),
    (["model.attention": "additive"], "model.attention"),
    (["task": "language_model", "model.architecture": "gru"], "model.architecture"),
  ])
  func keysWithoutMeaningAreRefused(_ changes: [String: String], _ key: String) throws {
    var recipe = Recipe()
    for (name, value) in changes { try recipe.override(key: name, value: value) }
    let found = #expect(throws: RecipeError.self) { try recipe.resolved() }
    #expect(found?.key == key)
  }

  /// A flag makes a recipe for a Transformer one for another architecture; what contradicts within the file, or among
  /// flags, is refused.
  @Test func aFlagChangesTheArchitectureOfARecipe() throws {
    let yaml = """
      model:
        preset: tiny
        norm: before
        heads: 8
        attention_dropout: 0.1
        decoder_layers: 2
        dropout: 0.3

      """
    for name in ["lstm", "gru", "convolution"] {
      var recipe = try Recipe(yaml: yaml)
      try recipe.override(key: "model.architecture", value: name)
      let model = try recipe.resolved().model
      #expect(model.architecture.rawValue == name && model.hiddenSize == 128 && model.dropout == 0.3)
      #expect(model.decoderLayerCount == (name == "convolution" ? 2 : 4))
    }
    let contradiction = #expect(throws: RecipeError.self) {
      try Recipe(yaml: yaml + "  architecture: lstm\n").resolved()
    }
    #expect(contradiction?.key?.hasPrefix("model.") == true)
    for flags in [["model.norm", "model.architecture"], ["model.architecture", "model.norm"]] {
      var recipe = try Recipe(yaml: yaml)
      for key in flags { try recipe.override(key: key, value: key == "model.norm" ? "before" : "lstm") }
      #expect(#expect(throws: RecipeError.self) { try recipe.resolved() }?.key == "model.norm")
    }
    var numbers = NumbersTraining.recipe
    try numbers.override(key: "model.architecture", value: "lstm")
    #expect(try numbers.resolved().model.encoderLayerCount == 2)
  }

  @Test func aModelMayBeNamedInAWord() throws {
    let recipe = try Recipe(yaml: "model: gru\n")
    #expect(recipe.model.architecture == .gru)
    #expect(throws: RecipeError.self) { try Recipe(yaml: "model: rnn\n") }
  }
}
