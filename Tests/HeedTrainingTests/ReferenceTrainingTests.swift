import HeedLayers
import HeedModels
import HeedTensor
import HeedTraining
import TestSupport
import Testing

/// Training as PyTorch 2.13 does it: ten losses and the first gradients of tiny models with random weights.
@Suite struct ReferenceTrainingTests {
  @Test(arguments: ModelFamily.allCases)
  func lossesAndGradientsMatchPyTorch(_ family: ModelFamily) throws {
    let directory = ModelDirectory(fixturesDirectory.appending(path: "Checkpoint/\(family.rawValue)"))
    let fixture = try Fixture("Checkpoint/\(family.rawValue)/training")
    let sources = TokenSequences(try fixture.rows("input_ids", mask: "attention_mask"))
    let targets = TokenSequences(try fixture.rows("decoder_input_ids"))
    let labels = try fixture.rows("labels").flatMap { $0 }
    let expectedLosses = try fixture.tensor("losses").scalars
    let labelCount = labels.count { $0 >= 0 }

    var model = try directory.loadModel()
    let arena = ParameterArena(adopting: &model)
    var optimizer = AdamOptimizer(.init(beta1: 0.9, beta2: 0.98, epsilon: 1e-9), for: arena)
    for step in 0..<expectedLosses.count {
      arena.clearGradients()
      var context = ForwardContext.inference
      let result = model.loss(
        sources: sources, targets: targets, labels: labels, smoothing: 0.1, scale: 1 / Float(labelCount),
        &context)
      #expect(abs(result.loss.scalar - expectedLosses[step]) <= 1e-4, "step \(step)")
      result.loss.backward()
      if step == 0 { try compareGradients(of: model, with: fixture) }
      optimizer.step(arena, learningRate: 1e-3)
    }
  }

  private func compareGradients(of model: EncoderDecoder, with fixture: Fixture) throws {
    var compared: Set<String> = []
    for (name, gradient) in model.storedGradients {
      let expected = try fixture.tensor("gradient.\(name)")
      let largest = expected.scalars.map(abs).max() ?? 0
      expectClose(gradient, expected, absolute: max(1e-4 * largest, 1e-6), name)
      compared.insert("gradient.\(name)")
    }
    let missing = fixture.names.filter { $0.hasPrefix("gradient.") && !compared.contains($0) }
    #expect(missing == [])
  }
}
