import Foundation
import Heed
import HeedModels
import HeedTensor
import HeedTraining
import TestSupport
import Testing

/// Transformers with smaller keys and with learned positions, as in table 3 of the paper.
@Suite struct PaperVariantTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  private func train(_ changes: [String: String]) throws -> URL {
    var recipe = Recipe()
    let values = [
      "vocabulary.size": "120", "vocabulary.byte_fallback": "false", "model.preset": "tiny",
      "model.encoder_layers": "2", "model.decoder_layers": "2", "model.hidden_size": "32", "model.heads": "2",
      "model.feed_forward_size": "32", "training.batch_tokens": "256", "training.max_steps": "8",
      "training.learning_rate": "0.01", "training.schedule": "constant", "training.warmup_steps": "2",
      "validation.every_steps": "8", "validation.max_sentences": "2", "data.max_length": "60",
      "model.max_positions": "64",
    ].merging(changes) { $1 }
    for (key, value) in values.sorted(by: { $0.key < $1.key }) { try recipe.override(key: key, value: value) }
    func pairs(_ numbers: Range<Int>) -> TrainingText.Pairs {
      .inMemory(
        numbers.map {
          let pair = NumbersExample.Pair($0)
          return SentencePair(source: pair.english, target: pair.german, line: $0 + 1)
        })
    }
    let text = TrainingText(training: pairs(0..<150), validation: pairs(150..<160))
    let path = "\(scratch.path)/\(changes.values.sorted().joined())"
    let outcome = try TrainingPipeline(recipe, text: text).run(in: path, mode: .create)
    #expect(outcome.end == .finished)
    return URL(fileURLWithPath: path)
  }

  /// Columns of queries and keys beyond the key size are zero after training, all others have moved, and values are
  /// whole.
  @Test(arguments: ["before", "after"])
  func smallKeysStaySmall(_ norm: String) throws {
    let url = try train(["model.key_size": "6", "model.norm": norm])
    let model = try ModelDirectory(url).loadModel()
    func zeros(_ weight: Tensor, _ rows: Range<Int>) -> [Bool] {
      let (values, columns) = (weight.scalars, weight.shape.columns)
      return rows.map { row in values[row * columns..<(row + 1) * columns].allSatisfy { $0 == 0 } }
    }
    let head = Array(repeating: false, count: 6) + Array(repeating: true, count: 10)
    for block in model.encoder.blocks + model.decoder.blocks {
      let weight = block.attention.projection.weight
      #expect(zeros(weight, 0..<64) == head + head + head + head)
      #expect(zeros(weight, 64..<96).allSatisfy { !$0 })
      let bias = try #require(block.attention.projection.bias).scalars
      #expect((0..<64).allSatisfy { $0 % 16 < 6 || bias[$0] == 0 })
      if let cross = block.crossAttention {
        #expect(zeros(cross.query.weight, 0..<32) == head + head)
        #expect(zeros(cross.memory.weight, 0..<64) == head + head + Array(repeating: false, count: 32))
      }
    }
    // A known family, so that others compute the same.
    #expect(model.configuration.family == (norm == "before" ? .m2m100 : .marian))
  }

  /// Positions are learned, written under a type of Heed's own, and read again.
  @Test(arguments: ["before", "after"])
  func learnedPositionsAreKept(_ norm: String) throws {
    let url = try train(["model.positions": "learned", "model.norm": norm])
    let model = try ModelDirectory(url).loadModel()
    #expect(model.configuration.family == .paper)
    #expect(model.configuration.encoder.normPlacement == (norm == "before" ? .before : .after))
    #expect(model.sourceInput.positions?.shape == [64, 32])
    #expect(model.targetInput.positions?.shape == [64, 32])
    let fields = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: url.appending(path: "config.json")))
        as? [String: Any])
    #expect(fields["model_type"] as? String == "heed_transformer")
    #expect(fields["position_embedding_type"] as? String == "learned")
    let translator = try Translator(directory: url)
    let sources = ["one hundred fifty-one", "seven", "one hundred sixty-eight"]
    let together = try translator.translate(sources)
    for (source, translation) in zip(sources, together) {
      #expect(try translator.translate(source) == translation.text)
    }
    // Written once more, it is the same.
    let copy = ModelDirectory(URL(fileURLWithPath: "\(scratch.path)/copy-\(norm)"))
    try copy.save(model)
    #expect(
      try Data(contentsOf: copy.weightsURL) == Data(contentsOf: url.appending(path: "model.safetensors")))
  }

  @Test(arguments: [
    (["model.key_size": "9"], "model.key_size"), (["model.key_size": "0"], "model.key_size"),
    (["model.architecture": "gru", "model.key_size": "4"], "model.key_size"),
    (["model.architecture": "convolution", "model.positions": "learned"], "model.positions"),
    (["task": "language_model", "model.positions": "learned"], "model.positions"),
  ])
  func valuesThatCannotBeAreRefused(_ changes: [String: String], _ key: String) throws {
    var recipe = Recipe()
    let values = ["model.hidden_size": "32", "model.heads": "4"].filter { _ in
      changes["model.architecture"] == nil
    }
    for (name, value) in values.merging(changes, uniquingKeysWith: { $1 }) {
      try recipe.override(key: name, value: value)
    }
    let found = #expect(throws: RecipeError.self) { try recipe.resolved() }
    #expect(found?.key == key)
  }
}
