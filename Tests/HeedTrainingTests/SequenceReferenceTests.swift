import HeedLayers
import HeedModels
import HeedTensor
import HeedTraining
import TestSupport
import Testing

/// The recurrent and convolutional models as PyTorch computes and trains them; written by
/// `Scripts/Fixtures/sequence_models.py`, which names its versions and the seed in each file.
@Suite struct SequenceReferenceTests {
  @Test(arguments: SequenceFixture.all)
  func logitsLossesAndGradientsMatchPyTorch(_ name: String) throws {
    try train(SequenceFixture.model(name), Fixture("Sequence/\(name)/training"))
  }

  private func train<Model: SequenceToSequenceModel>(_ model: Model, _ fixture: Fixture) throws {
    var model = model
    let (sources, targets) = (
      try sequences("source", fixture), try sequences("target", fixture)
    )
    let labels = try fixture.rows("labels").flatMap(\.self)
    let expectedLosses = try fixture.tensor("losses").scalars
    #expect(expectedLosses.count == 10)
    var context = ForwardContext.inference
    let logits = model.logits(model.states(sources: sources, targets: targets, &context))
    expectClose(logits, try fixture.tensor("logits"), absolute: 1e-4, relative: 1e-4, "logits")
    let arena = ParameterArena(adopting: &model)
    var optimizer = AdamOptimizer(.init(beta1: 0.9, beta2: 0.98, epsilon: 1e-9), for: arena)
    for (step, expected) in expectedLosses.enumerated() {
      arena.clearGradients()
      let result = model.loss(
        sources: sources, targets: targets, labels: labels, smoothing: 0.1,
        scale: 1 / Float(labels.count), &context)
      #expect(abs(result.loss.scalar - expected) <= 1e-4, "step \(step)")
      result.loss.backward()
      if step == 0 { try compareGradients(of: model, with: fixture) }
      optimizer.step(arena, learningRate: 1e-3)
    }
  }

  private func compareGradients(of model: some SequenceToSequenceModel, with fixture: Fixture) throws {
    let found = model.storedGradients
    for (name, gradient) in found {
      let expected = try fixture.tensor("gradient.\(name)")
      let largest = expected.scalars.map(abs).max() ?? 0
      expectClose(gradient, expected, absolute: max(1e-4 * largest, 1e-6), name)
    }
    let names = Set(found.map { "gradient.\($0.name)" })
    #expect(names == Set(fixture.names.filter { $0.hasPrefix("gradient.") }))
  }

  private func sequences(_ side: String, _ fixture: Fixture) throws -> TokenSequences {
    let ids = try fixture.rows("\(side)_ids").flatMap(\.self)
    let lengths = try fixture.rows("\(side)_lengths").flatMap(\.self)
    let offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int($1)) }
    return TokenSequences(ids: ids, offsets: offsets)
  }
}
