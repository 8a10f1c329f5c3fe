import HeedComparison
import HeedLayers
import HeedModels
import HeedTensor
import TestSupport
import Testing

@Suite struct RecallModelTests {
  @Test func modelsAreOfAboutEqualSize() throws {
    let shape = RecallShape()
    let goal = try shape.transformer(seed: 1).parameterCount
    for model in RecallModel.allCases {
      try shape.withModel(model, seed: 1) { learner, width in
        #expect(
          abs(Double(learner.parameterCount) / Double(goal) - 1) < 0.05,
          "\(model): \(learner.parameterCount) parameters of \(goal) with a width of \(width)")
        #expect(learner.parameters.allSatisfy { $0.value.scalars.allSatisfy(\.isFinite) })
      }
    }
  }

  @Test func widthsAreTheNearest() {
    // 16, 64, 144, 256, 400 parameters for 4, 8, 12, 16, 20.
    #expect(WidthSearch.width(nearest: 1, step: 4) { $0 * $0 } == 4)
    #expect(WidthSearch.width(nearest: 103, step: 4) { $0 * $0 } == 8)
    #expect(WidthSearch.width(nearest: 104, step: 4) { $0 * $0 } == 8)
    #expect(WidthSearch.width(nearest: 105, step: 4) { $0 * $0 } == 12)
    #expect(WidthSearch.width(nearest: 144, step: 4) { $0 * $0 } == 12)
    #expect(WidthSearch.width(nearest: 329, step: 4) { $0 * $0 } == 20)
  }

  /// The gradient of each place against differences of the loss, for each model and task.
  @Test(arguments: RecallModel.allCases, RecallTask.allCases)
  func gradientsOfInputsFollowFromTheLoss(_ model: RecallModel, _ task: RecallTask) throws {
    var shape = RecallShape()
    shape.hiddenSize = 8
    shape.headCount = 2
    shape.layerCount = 1
    shape.trainedLength = 12
    let sequences = RecallData(task, seed: 2).gradient(count: 2, length: 10)
    try shape.withModel(model, seed: 3) { learner, _ in try check(learner, sequences) }
  }

  private func check(_ learner: some RecallLearner, _ sequences: [RecallSequence]) throws {
    let gradient = learner.inputGradient(sequences)
    let rows = learner.inputRows(sequences)
    #expect(gradient.shape == rows.shape)
    let columns = rows.shape.columns
    // Places of both sequences: the first, one in the middle and the last input, and a column of each.
    let offset = sequences[0].source.count
    let last = sequences[0].lastInput
    let largest = gradient.scalars.map(abs).max() ?? 0
    #expect(largest > 0)
    for (place, column) in [(0, 0), (last / 2, 1), (last, 2), (offset, 3), (offset + last, 1)] {
      let index = place * columns + column
      func loss(_ change: Float) -> Double {
        var values = rows.scalars
        values[index] += change
        return learner.lossOfLastOutputs(sequences, inputRows: Tensor(values, rows.shape)).lossSum
      }
      let step: Float = 5e-3
      // The loss sees embeddings times the factor; the gradient is that of what the first layer gets.
      let found = Float((loss(step) - loss(-step)) / Double(2 * step)) / learner.embeddingFactor
      expectClose(
        [gradient.scalars[index]], [found], absolute: 2e-3 * largest + 1e-4, relative: 0.02,
        "place \(place), column \(column)")
    }
  }

  @Test func gradientsAreMeansOfNorms() throws {
    let sequences = RecallData(.recall, seed: 2).gradient(count: 3, length: 9)
    let model = try RecallShape().transformer(seed: 1)
    let together = model.inputGradients(sequences)
    let alone = sequences.map { model.inputGradients([$0]) }
    for (found, parts) in [
      (together.first, alone.map(\.first)), (together.middle, alone.map(\.middle)),
      (together.last, alone.map(\.last)),
    ] {
      expectClose([Float(found)], [Float(parts.reduce(0, +) / 3)], relative: 1e-4)
    }
    let row = model.inputGradient([sequences[0]]).rowsWithoutGradient(0..<1).scalars
    expectClose(
      [Float(alone[0].first)], [row.reduce(0) { $0 + $1 * $1 }.squareRoot()], relative: 1e-4)
    #expect(together.ratio == together.first / together.last)
    #expect(InputGradients(first: 1, middle: 1, last: 0).ratio == nil)
  }

  @Test func layersAreOfTheSizeThatIsCounted() {
    #expect(LayerKind.selfAttention.multiplyAdds(length: 10, width: 64) == 4 * 10 * 64 * 64 + 2 * 100 * 64)
    #expect(LayerKind.lstm.multiplyAdds(length: 10, width: 64) == 10 * 4 * (64 * 64 + 64 * 64))
    #expect(LayerKind.gru.multiplyAdds(length: 10, width: 64) == 10 * 3 * (64 * 64 + 64 * 64))
    #expect(LayerKind.convolution.multiplyAdds(length: 10, width: 64) == 10 * (3 * 64) * (2 * 64))
    #expect(LayerKind.attention.multiplyAdds(length: 10, width: 64) == 2 * 10 * 10 * 64)
  }
}
