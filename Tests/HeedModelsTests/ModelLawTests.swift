import HeedLayers
import HeedModels
import HeedTensor
import TestSupport
import Testing

/// What holds of the values of any Transformer, bit for bit.
@Suite(.serialized) struct ModelLawTests {
  private struct Output {
    let memory: Tensor
    let hidden: Tensor
    let logits: Tensor
    let sources: TokenSequences
    let targets: TokenSequences

    init(_ model: EncoderDecoder, _ sources: [[Int32]], _ targets: [[Int32]]) {
      var context = ForwardContext.inference
      self.sources = TokenSequences(sources)
      self.targets = TokenSequences(targets)
      memory = model.encode(self.sources, &context)
      hidden = model.decode(self.targets, memory: memory, self.sources.ranges, &context)
      logits = model.logits(hidden)
    }
  }

  @Test(arguments: LawModel.allCases, [false, true])
  func aSentenceIsAloneInABatch(_ kind: LawModel, _ isPrepared: Bool) throws {
    let model = isPrepared ? try kind.make().preparedForInference : try kind.make()
    let batch = LawBatch(pairCount: 30)
    let together = Output(model, batch.sources, batch.targets)
    for pair in batch.sources.indices {
      let alone = Output(model, [batch.sources[pair]], [batch.targets[pair]])
      let (source, target) = (together.sources.ranges[pair], together.targets.ranges[pair])
      #expect(sameBits(alone.memory, together.memory.rowsWithoutGradient(source)), "memory of \(pair)")
      #expect(sameBits(alone.logits, together.logits.rowsWithoutGradient(target)), "logits of \(pair)")
    }
  }

  @Test(arguments: LawModel.allCases)
  func theOrderOfABatchChangesNothing(_ kind: LawModel) throws {
    let model = try kind.make()
    let batch = LawBatch(pairCount: 12, seed: 3)
    let forward = Output(model, batch.sources, batch.targets)
    let backward = Output(model, batch.sources.reversed(), batch.targets.reversed())
    for pair in batch.sources.indices {
      let other = batch.sources.count - 1 - pair
      #expect(
        sameBits(
          forward.logits.rowsWithoutGradient(forward.targets.ranges[pair]),
          backward.logits.rowsWithoutGradient(backward.targets.ranges[other])), "pair \(pair)")
    }
  }

  @Test(arguments: LawModel.allCases)
  func theFutureDoesNotChangeThePast(_ kind: LawModel) throws {
    let model = try kind.make()
    let source: [Int32] = [10, 11, 12, 13, 14]
    let target = (0..<80).map { Int32(4 + $0 * 7 % 50) }
    let whole = Output(model, [source], [target])
    for length in [1, 2, 13, 63, 64, 65, 79] {
      let changed: [Int32] = target.enumerated().map { $0 < length ? $1 : $1 == 20 ? 21 : 20 }
      let other = Output(model, [source], [changed])
      let past = 0..<length
      #expect(
        sameBits(whole.logits.rowsWithoutGradient(past), other.logits.rowsWithoutGradient(past)), "\(length)")
      let next = length..<length + 1
      #expect(
        !sameBits(whole.logits.rowsWithoutGradient(next), other.logits.rowsWithoutGradient(next)),
        "the changed token at \(length) is seen from \(length) on")
      let short = Output(model, [source], [Array(target.prefix(length))])
      #expect(sameBits(whole.logits.rowsWithoutGradient(past), short.logits), "the first \(length) alone")
    }
  }

  @Test func theSourceIsSeenWhole() throws {
    let model = try LawModel.postNorm.make()
    let one = Output(model, [[10, 11, 12, 13]], [[1, 20]])
    for place in 0..<4 {
      var source: [Int32] = [10, 11, 12, 13]
      source[place] = 30
      let other = Output(model, [source], [[1, 20]])
      for row in 0..<4 {
        let rows = row..<row + 1
        #expect(!sameBits(one.memory.rowsWithoutGradient(rows), other.memory.rowsWithoutGradient(rows)))
      }
    }
  }

  @Test(arguments: LawModel.allCases)
  func theGraphChangesNoValue(_ kind: LawModel) throws {
    var model = try kind.make()
    let batch = LawBatch(pairCount: 5, seed: 6)
    let plain = Output(model, batch.sources, batch.targets)
    _ = ParameterArena(adopting: &model)
    let recorded = Output(model, batch.sources, batch.targets)
    #expect(recorded.logits.requiresGradient && !plain.logits.requiresGradient)
    #expect(sameBits(plain.logits, recorded.logits))
  }

  @Test(arguments: LawModel.allCases)
  func theLossIsThatOfTheLogits(_ kind: LawModel) throws {
    let model = try kind.make()
    let batch = LawBatch(pairCount: 9, seed: 7)
    let output = Output(model, batch.sources, batch.targets)
    let found = batch.loss(model, smoothing: 0, scale: 1, .inference)
    let probabilities = output.logits.softmax()
    var expected = 0.0
    for (row, label) in batch.labels.enumerated() where label >= 0 {
      let columns = probabilities.shape.columns
      expected -= Double.logarithm(Double(probabilities.scalars[row * columns + Int(label)]))
    }
    #expect(abs(found.lossSum - expected) < 1e-5 * expected)
    #expect(found.labelCount == batch.labels.count { $0 >= 0 })
  }

  /// Positions beyond the table that is kept ready.
  @Test func sequencesMayOutgrowTheTable() throws {
    let model = try LawModel.preNorm.make()
    let long = (0..<600).map { Int32(4 + $0 % 50) }
    var context = ForwardContext.inference
    let memory = model.encode(TokenSequences([long, [5, 6]]), &context)
    let short = model.encode(TokenSequences([[5, 6]]), &context)
    #expect(memory.scalars.allSatisfy { $0.isFinite })
    #expect(sameBits(memory.rowsWithoutGradient(600..<602), short))
  }
}
