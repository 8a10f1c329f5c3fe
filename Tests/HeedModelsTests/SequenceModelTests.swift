import Foundation
import HeedLayers
import HeedModels
import HeedTensor
import TestSupport
import Testing

/// The models that the Transformer replaced: files, laws of their losses.
@Suite struct SequenceModelTests {
  static let sources: [[Int32]] = [[3, 4, 5, 2], [6, 2], [9, 8, 7, 6, 5, 4, 3, 9, 8, 7, 2], [11, 12, 2]]
  static let targets: [[Int32]] = [[1, 4, 5], [1], [1, 7, 8, 9, 10, 11, 12, 13, 14, 15], [1, 3]]
  static let labels: [[Int32]] = [[4, 5, 2], [2], [7, 8, 9, 10, 11, 12, 13, 14, 15, 2], [3, 2]]

  @Test(arguments: SequenceFixture.all)
  func savingWritesTheDirectoryThatWasLoaded(_ name: String) throws {
    func check<Model: SequenceToSequenceModel>(_ model: Model) throws {
      let copy = ModelDirectory(
        FileManager.default.temporaryDirectory.appending(path: "heed-\(name)-\(UUID().uuidString)"))
      defer { try? FileManager.default.removeItem(at: copy.url) }
      try model.write(to: copy)
      let again = try Model(from: copy)
      #expect(again.configuration == model.configuration)
      let old = try SafetensorsFile(url: SequenceFixture.directory(name).weightsURL)
      let new = try SafetensorsFile(url: copy.weightsURL)
      #expect(Set(old.names) == Set(new.names))
      for entry in old.entries {
        let other = try #require(new.entry(entry.name))
        #expect(entry.shape == other.shape, "\(entry.name)")
        #expect(try old.floats(of: entry) == new.floats(of: other), "\(entry.name)")
      }
      try model.write(to: copy, precision: .int8)
      for (saved, loaded) in zip(model.parameters, try Model(from: copy).parameters) {
        let largest = saved.value.scalars.map(abs).max() ?? 0
        expectClose(
          loaded.value, saved.value, absolute: saved.value.shape.rank == 2 ? largest / 254 * 1.001 : 0,
          saved.path)
      }
    }
    try check(SequenceFixture.model(name))
  }

  @Test func filesThatDoNotFitAreRefusedByName() throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "heed-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    try FileManager.default.copyItem(at: SequenceFixture.directory("lstm").url, to: directory)
    let files = ModelDirectory(directory)
    let text = try String(contentsOf: files.configurationURL, encoding: .utf8)
    for (old, new, message) in [
      ("\"cell\": \"lstm\"", "\"cell\": \"rnn\"", "cell: must be one of lstm, gru, found 'rnn'"),
      ("\"hidden_size\": 14", "\"hidden_size\": 15", "hidden_size: must be even"),
      ("\"hidden_size\": 14", "\"hidden_size\": 16", ".weight_hh_l0"),
      ("\"num_layers\": 2", "\"num_layers\": 1", "coder.1."),
      ("\"vocab_size\": 23", "\"vocab_size\": 24", "decoder_vocab_size"),
      ("\"eos_token_id\": 2", "\"eos_token_id\": 23", "eos_token_id"),
      ("heed_recurrent", "marian", "model_type: 'marian' is not heed_recurrent"),
    ] {
      #expect(text.contains(old))
      try Data(text.replacing(old, with: new).utf8).write(to: files.configurationURL)
      #expect {
        _ = try RecurrentEncoderDecoder(from: files)
      } throws: { error in
        "\(error)".contains(message)
      }
    }
  }

  @Test func whatNeedsATransformerSaysSo() {
    #expect {
      try SequenceFixture.directory("convolutional").configuration()
    } throws: { error in
      "\(error)".contains("model_type: 'heed_convolutional' is no Transformer")
    }
  }

  /// Dropout, every layer and both tables take part: no parameter is left without a gradient.
  @Test func everyParameterReceivesAGradient() throws {
    func check(_ name: String, _ model: some SequenceToSequenceModel) {
      var model = model
      let arena = ParameterArena(adopting: &model)
      var context = ForwardContext.training(seed: 3)
      let result = model.loss(
        sources: TokenSequences(Self.sources), targets: TokenSequences(Self.targets),
        labels: Self.labels.flatMap(\.self), smoothing: 0.1, scale: 1, &context)
      result.loss.backward()
      for entry in arena.entries {
        let gradient = arena.view(entry, in: arena.gradients).scalars
        #expect(gradient.contains { $0 != 0 } && gradient.allSatisfy(\.isFinite), "\(name): \(entry.path)")
      }
    }
    for (name, model) in SequenceFixture.random(seed: 1) { check(name, model) }
  }

  /// A pair's states are the same to the last bit alone and in a batch.
  @Test func pairsAreTheSameAlone() {
    func check(_ name: String, _ model: some SequenceToSequenceModel) {
      func states(_ sources: [[Int32]], _ targets: [[Int32]]) -> Tensor {
        var context = ForwardContext.inference
        return model.logits(
          model.states(sources: TokenSequences(sources), targets: TokenSequences(targets), &context))
      }
      let together = states(Self.sources, Self.targets)
      let ranges = TokenSequences(Self.targets).ranges
      for (index, range) in ranges.enumerated() {
        let alone = states([Self.sources[index]], [Self.targets[index]])
        #expect(sameBits(alone, together.rowsWithoutGradient(range)), "\(name), pair \(index)")
      }
    }
    for (name, model) in SequenceFixture.random(seed: 2) { check(name, model) }
  }
}
