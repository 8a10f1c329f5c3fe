import Foundation
import HeedLayers
import HeedModels
import HeedTensor
import TestSupport
import Testing

/// Models that are given more tokens, or other dropout.
@Suite struct ModelChangeTests {
  /// The scores that a model gives to its vocabulary, `[tokens, vocabulary]`.
  private func logits(_ model: AnyModel) -> Tensor {
    let sequences = TokenSequences([[5, 17, 80, 33, 4], [60, 9, 2]])
    var context = ForwardContext.inference
    switch model {
    case .decoder(let model): return model.logits(model(sequences, &context))
    case .encoder(let model): return model.maskedLogits(model(sequences, &context))
    case .encoderDecoder(let model):
      let memory = model.encode(sequences, &context)
      return model.logits(
        model.decode(TokenSequences([[2, 44, 7], [2, 90]]), memory: memory, sequences.ranges, &context))
    }
  }

  private func extended(_ model: AnyModel, _ count: Int, _ known: Int) -> AnyModel {
    switch model {
    case .decoder(let model): .decoder(model.withVocabulary(of: count, known: known))
    case .encoder(let model): .encoder(model.withVocabulary(of: count, known: known))
    case .encoderDecoder(let model): .encoderDecoder(model.withVocabulary(of: count, known: known))
    }
  }

  /// Tied and untied output layers, with and without biases: what the model makes of known tokens stays, and a new one is as
  /// likely as the mean of all. Written and read again, it is the same.
  @Test(arguments: [
    "gpt2", "llama", "qwen2", "bert-masked-lm", "bert-pretraining", "roberta-masked-lm", "marian", "m2m_100",
    "bart",
    "t5", "t5-v1.1",
  ])
  func newTokensLeaveOldOnesAlone(_ name: String) throws {
    let directory = CheckpointFixture.directory(name)
    let old = try directory.loadAny()
    // The last row is one that no token used.
    let new = extended(old, 104, 100)
    #expect(new.configuration.sourceVocabularySize == 104 && new.configuration.targetVocabularySize == 104)
    let (before, after) = (logits(old).scalars, logits(new).scalars)
    let rows = before.count / 101
    let largest = before.map(abs).max() ?? 0
    for row in 0..<rows {
      let (known, found) = (before[row * 101..<row * 101 + 100], Array(after[row * 104..<(row + 1) * 104]))
      expectClose(Array(found[..<100]), Array(known), absolute: 1e-5 * largest, "row \(row)")
      let mean = Float(known.reduce(0.0) { $0 + Double($1) } / 100)
      expectClose(
        Array(found[100...]), Array(repeating: mean, count: 4), absolute: 1e-4 * largest, "row \(row)")
    }

    let copy = ModelDirectory(
      FileManager.default.temporaryDirectory.appending(path: "heed-words-\(UUID().uuidString)"))
    defer { try? FileManager.default.removeItem(at: copy.url) }
    switch new {
    case .encoderDecoder(let model): try copy.save(model, from: directory)
    case .encoder(let model): try copy.save(model, from: directory)
    case .decoder(let model): try copy.save(model, from: directory)
    }
    #expect(logits(try copy.loadAny()).scalars == after)
  }

  @Test func tablesWithRoomKeepTheirSize() throws {
    let old = try CheckpointFixture.directory("gpt2").loadLanguageModel()
    let new = old.withVocabulary(of: 99, known: 90)
    #expect(new.configuration == old.configuration && new.embedding.shape == old.embedding.shape)
    let (before, after) = (old.embedding.scalars, new.embedding.scalars)
    let width = old.configuration.hiddenSize
    #expect(
      before[..<(90 * width)] == after[..<(90 * width)] && before[(99 * width)...] == after[(99 * width)...])
    #expect(after[(90 * width)..<(91 * width)] == after[(98 * width)..<(99 * width)])
  }

  @Test(arguments: [("bert", true), ("distilbert", true), ("gpt2", true), ("t5", false), ("llama", false)])
  func dropoutIsThatOfTheFamily(_ name: String, _ hasAttention: Bool) throws {
    let model = try CheckpointFixture.directory(name).loadAny().configuration
    if name == "llama" {
      #expect(throws: ConfigurationError.self) { try model.withDropout(0.25) }
      #expect(try model.withDropout(nil, attention: 0.5).decoder.attentionDropout == 0.5)
      return
    }
    let changed = try model.withDropout(0.25)
    #expect(changed.encoder.dropout == 0.25 && changed.decoder.dropout == 0.25)
    #expect(name != "t5" || changed.decoder.activationDropout == 0.25)
    #expect(try model.withDropout(nil) == model)
    if hasAttention {
      #expect(try model.withDropout(nil, attention: 0.5).decoder.attentionDropout == 0.5)
      #expect(throws: ConfigurationError.self) { try model.withDropout(nil, activation: 0.5) }
    } else {
      #expect(throws: ConfigurationError.self) { try model.withDropout(nil, attention: 0.5) }
    }
  }
}
