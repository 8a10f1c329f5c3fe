import Foundation
import HeedLayers
import HeedModels
import HeedTensor
import TestSupport
import Testing

/// Tiny models with random weights of every family; see Fixtures/Checkpoint/README.md. That they compute what
/// transformers computes is shown by the doctor's tests.
@Suite struct ReferenceTests {
  /// Names, shapes and values of a checkpoint: the table of its family is whole in both directions.
  @Test(arguments: CheckpointFixture.all)
  func savingWritesTheCheckpointThatWasLoaded(_ name: String) throws {
    let directory = CheckpointFixture.directory(name)
    let copy = ModelDirectory(
      FileManager.default.temporaryDirectory.appending(path: "heed-\(name)-\(UUID().uuidString)"))
    defer { try? FileManager.default.removeItem(at: copy.url) }
    switch try directory.loadAny() {
    case .encoderDecoder(let model): try copy.save(model)
    case .encoder(let model): try copy.save(model)
    case .decoder(let model): try copy.save(model)
    }
    #expect(try copy.configuration() == directory.configuration())
    let (old, new) = (
      try SafetensorsFile(url: directory.weightsURL), try SafetensorsFile(url: copy.weightsURL)
    )
    #expect(Set(old.names) == Set(new.names))
    for entry in old.entries {
      let other = try #require(new.entry(entry.name))
      #expect(entry.shape == other.shape, "\(entry.name)")
      let (one, two) = (try old.floats(of: entry), try new.floats(of: other))
      #expect(one.map(\.bitPattern) == two.map(\.bitPattern), "\(entry.name)")
    }
  }

  @Test(arguments: ["marian", "gpt2", "llama", "bert"])
  func int8RoundTripsWithinHalfAStep(_ name: String) throws {
    let copy = ModelDirectory(
      FileManager.default.temporaryDirectory.appending(path: "heed-int8-\(UUID().uuidString)"))
    defer { try? FileManager.default.removeItem(at: copy.url) }
    func check<Model: TransformerModel>(_ model: Model, _ load: () throws -> Model) throws {
      try copy.save(model, precision: .int8)
      for (saved, loaded) in zip(model.parameters, try load().parameters) {
        let largest = saved.value.scalars.map(abs).max() ?? 0
        expectClose(
          loaded.value, saved.value, absolute: saved.value.shape.rank == 2 ? largest / 254 * 1.001 : 0,
          saved.path)
      }
    }
    switch try CheckpointFixture.directory(name).loadAny() {
    case .encoderDecoder(let model): try check(model) { try copy.loadModel() }
    case .encoder(let model): try check(model) { try copy.loadEncoder() }
    case .decoder(let model): try check(model) { try copy.loadLanguageModel() }
    }
  }

  @Test func aModelOfAnotherShapeIsRefusedByName() throws {
    #expect {
      try CheckpointFixture.directory("gpt2").loadModel()
    } throws: { error in
      "\(error)".contains("model_type: 'gpt2' is not an encoder-decoder")
    }
  }
}
