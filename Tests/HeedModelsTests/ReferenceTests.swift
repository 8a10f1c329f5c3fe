import Foundation
import HeedLayers
import HeedModels
import HeedTensor
import TestSupport
import Testing

/// What transformers 5.23 computes for tiny models with random weights; see Fixtures/Checkpoint/README.md.
@Suite struct ReferenceTests {
  static func load(_ family: ModelFamily) throws -> EncoderDecoder {
    try ModelDirectory(fixturesDirectory.appending(path: "Checkpoint/\(family.rawValue)")).loadModel()
  }

  @Test(arguments: ModelFamily.allCases)
  func forwardMatchesTransformers(_ family: ModelFamily) throws {
    let model = try Self.load(family)
    let fixture = try Fixture("Checkpoint/\(family.rawValue)/reference")
    let sources = TokenSequences(try fixture.rows("input_ids", mask: "attention_mask"))
    let targets = TokenSequences(try fixture.rows("decoder_input_ids"))
    var context = ForwardContext.inference
    let memory = model.encode(sources, &context)
    let logits = model.logits(model.decode(targets, memory: memory, sources.ranges, &context))

    let expectedLogits = try fixture.tensor("logits").scalars
    let expectedMemory = try fixture.tensor("encoder_last_hidden_state")
    let mask = try fixture.rows("attention_mask").flatMap { $0 }
    let hidden = expectedMemory.shape.columns
    let rows = expectedMemory.scalars.enumerated().filter { mask[$0.offset / hidden] != 0 }.map(\.element)
    expectClose(memory.scalars, rows, absolute: 1e-4 * max(1, rows.map(abs).max() ?? 0), "memory")
    expectClose(
      logits.scalars, expectedLogits, absolute: 1e-4 * max(1, expectedLogits.map(abs).max() ?? 0), "logits")
  }

  @Test(arguments: ModelFamily.allCases)
  func savingAndLoadingChangesNothing(_ family: ModelFamily) throws {
    let model = try Self.load(family)
    let url = FileManager.default.temporaryDirectory.appending(
      path: "heed-\(family.rawValue)-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    try ModelDirectory(url).save(model)
    let again = try ModelDirectory(url).loadModel()
    #expect(again.configuration == model.configuration)
    for (saved, loaded) in zip(model.parameters, again.parameters) {
      #expect(saved.path == loaded.path)
      #expect(
        saved.value.scalars.map(\.bitPattern) == loaded.value.scalars.map(\.bitPattern), "\(saved.path)")
    }
    #expect(model.outputBias?.scalars == again.outputBias?.scalars)
  }

  @Test func int8RoundTripsWithinHalfAStep() throws {
    let model = try Self.load(.marian)
    let url = FileManager.default.temporaryDirectory.appending(path: "heed-int8-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    try ModelDirectory(url).save(model, precision: .int8)
    let again = try ModelDirectory(url).loadModel()
    for (saved, loaded) in zip(model.parameters, again.parameters) {
      let largest = saved.value.scalars.map(abs).max() ?? 0
      expectClose(
        loaded.value, saved.value, absolute: saved.value.shape.rank == 2 ? largest / 254 * 1.001 : 0,
        saved.path)
    }
  }
}
