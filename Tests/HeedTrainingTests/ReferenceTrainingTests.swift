import HeedLayers
import HeedModels
import HeedTensor
import HeedTraining
import TestSupport
import Testing

/// Training as PyTorch 2.13 does it: ten losses and the first gradients of tiny models with random weights.
@Suite struct ReferenceTrainingTests {
  @Test(arguments: CheckpointFixture.trained)
  func lossesAndGradientsMatchPyTorch(_ name: String) throws {
    let fixture = try Fixture("Checkpoint/\(name)/training")
    let inputs = TokenSequences(try fixture.rows("input_ids", mask: "attention_mask"))
    let labels = try fixture.rows("labels").flatMap { $0 }
    let scale = 1 / Float(labels.count { $0 >= 0 })
    switch try CheckpointFixture.directory(name).loadAny() {
    case .encoderDecoder(let model):
      let targets = TokenSequences(try fixture.rows("decoder_input_ids"))
      try train(model, fixture) { model, context in
        model.loss(
          sources: inputs, targets: targets, labels: labels, smoothing: 0.1, scale: scale, &context)
      }
    case .decoder(let model):
      let labels = try unpadded(labels, fixture)
      try train(model, fixture) { model, context in
        model.loss(inputs, labels: labels, smoothing: 0.1, scale: scale, &context)
      }
    case .encoder(let model):
      let segments =
        fixture.names.contains("token_type_ids")
        ? try fixture.rows("token_type_ids", mask: "attention_mask").flatMap { $0 } : nil
      switch model.configuration.head {
      case .sequenceClassification:
        try train(model, fixture) { model, context in
          model.classificationLoss(
            inputs, segmentIDs: segments, labels: labels, smoothing: 0, scale: scale, &context)
        }
      case .questionAnswering:
        try train(model, fixture) { model, context in
          model.answerLoss(inputs, segmentIDs: segments, ends: labels, scale: scale, &context)
        }
      case .preTraining:
        let (labels, next) = (try unpadded(labels, fixture), try fixture.rows("next_labels").flatMap { $0 })
        let nextScale = 1 / Float(next.count)
        try train(model, fixture) { model, context in
          model.preTrainingLoss(
            inputs, segmentIDs: segments, labels: labels, nextLabels: next, smoothing: 0, scale: scale,
            nextScale: nextScale, &context)
        }
      default:
        let labels = try unpadded(labels, fixture)
        try train(model, fixture) { model, context in
          model.maskedLoss(
            inputs, segmentIDs: segments, labels: labels, smoothing: 0.1, scale: scale, &context)
        }
      }
    }
  }

  /// Each of the first three texts is to find its partner among the last three, and the other way round.
  @Test func contrastiveLossesAndGradientsMatchPyTorch() throws {
    let fixture = try Fixture("Checkpoint/bert/contrastive")
    let texts = try fixture.rows("input_ids", mask: "attention_mask")
    let (first, second) = (TokenSequences(texts.prefix(3)), TokenSequences(texts.suffix(3)))
    let model = try CheckpointFixture.directory("bert").loadEncoder()
    try train(model, fixture, untrained: ["pooler."]) { model, context in
      model.contrastiveLoss(first, second, temperature: 0.05, scale: 1 / 6, &context)
    }
  }

  private func unpadded(_ labels: [Int32], _ fixture: Fixture) throws -> [Int32] {
    let mask = try fixture.rows("attention_mask").flatMap { $0 }
    return zip(labels, mask).filter { $0.1 != 0 }.map(\.0)
  }

  private func train<Model: TransformerModel>(
    _ model: Model, _ fixture: Fixture, untrained: [String] = [],
    loss: (Model, inout ForwardContext) -> LossResult
  ) throws {
    var model = model
    let expectedLosses = try fixture.tensor("losses").scalars
    let arena = ParameterArena(adopting: &model)
    var optimizer = AdamOptimizer(.init(beta1: 0.9, beta2: 0.98, epsilon: 1e-9), for: arena)
    for step in expectedLosses.indices {
      arena.clearGradients()
      var context = ForwardContext.inference
      let result = loss(model, &context)
      #expect(abs(result.loss.scalar - expectedLosses[step]) <= 1e-4, "step \(step)")
      result.loss.backward()
      if step == 0 { try compareGradients(of: model, with: fixture, untrained: untrained) }
      optimizer.step(arena, learningRate: 1e-3)
    }
  }

  private func compareGradients(
    of model: some TransformerModel, with fixture: Fixture, untrained: [String]
  ) throws {
    var compared: Set<String> = []
    for (name, gradient) in model.storedGradients {
      if untrained.contains(where: { name.hasPrefix($0) }) {
        #expect(gradient.scalars.allSatisfy { $0 == 0 }, "\(name)")
        continue
      }
      let expected = try fixture.tensor("gradient.\(name)")
      let largest = expected.scalars.map(abs).max() ?? 0
      expectClose(gradient, expected, absolute: max(1e-4 * largest, 1e-6), name)
      compared.insert("gradient.\(name)")
    }
    let missing = fixture.names.filter { $0.hasPrefix("gradient.") && !compared.contains($0) }
    #expect(missing == [])
  }
}
