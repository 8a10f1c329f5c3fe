import HeedLayers
import HeedModels
import HeedTensor
import TestSupport
import Testing

/// What holds of the gradients of any Transformer.
@Suite(.serialized) struct ModelLawGradientTests {
  private static func gradients(
    _ kind: LawModel, _ batch: LawBatch, context: ForwardContext = .inference, dropout: Float = 0
  ) throws -> (loss: Float, arena: ParameterArena) {
    var model = try kind.make(dropout: dropout)
    let arena = ParameterArena(adopting: &model)
    let loss = batch.loss(model, scale: 1 / 64, context).loss
    loss.backward()
    return (loss.scalar, arena)
  }

  @Test(arguments: LawModel.allCases)
  func everyParameterReceivesAGradient(_ kind: LawModel) throws {
    let (_, arena) = try Self.gradients(kind, LawBatch(pairCount: 8))
    for entry in arena.entries {
      let values = arena.view(entry, in: arena.gradients).scalars
      #expect(values.allSatisfy { $0.isFinite }, "\(entry.path)")
      // A stacked projection is looked at part by part. A bias of keys shifts all scores of a query alike, which
      // softmax does not see: its gradient is zero but for rounding.
      let parts =
        entry.path.contains("attention.projection") ? 3 : entry.path.contains("crossAttention.memory") ? 2 : 1
      let keyPart = parts == 3 ? 1 : parts == 2 ? 0 : -1
      let size = values.count / parts
      let largest = values.lazy.map { abs($0) }.max() ?? 0
      for part in 0..<parts {
        let share = values[part * size..<(part + 1) * size]
        let moved = share.count { abs($0) > 1e-3 * largest }
        if part == keyPart && entry.path.hasSuffix("bias") {
          #expect(moved == 0, "the keys' bias of \(entry.path)")
        } else {
          // Units of a ReLU may be off, and the source's vocabulary is larger than the sentences; of learned positions
          // only those of the longest sentence are seen.
          let seen = entry.path.lowercased().contains("position") ? size / 3 : size
          #expect(moved > seen / 3, "part \(part) of \(entry.path): \(moved) of \(size)")
        }
      }
    }
  }

  /// The gradient of the whole model against a difference of its losses.
  @Test(arguments: LawModel.allCases, [0, 0.1] as [Float])
  func gradientsFollowFromLosses(_ kind: LawModel, _ dropout: Float) throws {
    let batch = LawBatch(pairCount: 6, seed: 2)
    let context: ForwardContext = dropout > 0 ? .training(seed: 3) : .inference
    let (_, arena) = try Self.gradients(kind, batch, context: context, dropout: dropout)
    let slopes = arena.gradients.scalars
    for seed in UInt64(1)...3 {
      let direction = normalValues([slopes.count], seed: seed).scalars
      func lossSum(_ step: Float) throws -> Double {
        var moved = try kind.make(dropout: dropout)
        let block = ParameterArena(adopting: &moved)
        block.values.withUnsafeMutableValues { values in
          for index in values.indices { values[index] += step * direction[index] }
        }
        return batch.loss(moved.detached, scale: 1, context).lossSum / 64
      }
      // A ReLU that switches within the step costs precision, hence the small one.
      let step: Float = 2e-5
      let numeric = (try lossSum(step) - lossSum(-step)) / (2 * Double(step))
      let expected = zip(slopes, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
      let size = slopes.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(
        abs(numeric - expected) < 0.01 * size, "gradient \(expected), differences \(numeric), norm \(size)")
    }
  }

  /// Losses and gradients are the same bits, however many threads compute them. In a process of its own, where no
  /// other test has the pool.
  @Test func threadsChangeNothing() async {
    await #expect(processExitsWith: .success) {
      for kind in LawModel.allCases { try Self.expectThreadsChangeNothing(kind) }
    }
  }

  private static func expectThreadsChangeNothing(_ kind: LawModel) throws {
    let batch = LawBatch(pairCount: 40, seed: 4)
    let context = ForwardContext.training(seed: 8)
    ThreadPool.shared.setThreadCount(1)
    let (loss, arena) = try gradients(kind, batch, context: context, dropout: 0.1)
    for threads in [2, 3, 8] {
      ThreadPool.shared.setThreadCount(threads)
      let (again, others) = try gradients(kind, batch, context: context, dropout: 0.1)
      #expect(again.bitPattern == loss.bitPattern, "\(kind), \(threads) threads")
      #expect(sameBits(others.gradients, arena.gradients), "\(kind), \(threads) threads")
    }
  }

  /// Two batches in one graph or one after the other: the sums agree up to rounding.
  @Test func accumulatedBatchesAreOneBatch() throws {
    let whole = LawBatch(pairCount: 12, seed: 5)
    let (_, arena) = try Self.gradients(.preNorm, whole)
    var model = try LawModel.preNorm.make()
    let parts = ParameterArena(adopting: &model)
    let labels = whole.labels
    var start = 0
    for pairs in [0..<5, 5..<12] {
      let targets = Array(whole.targets[pairs])
      let count = targets.reduce(0) { $0 + $1.count }
      var context = ForwardContext.inference
      model.loss(
        sources: TokenSequences(whole.sources[pairs]), targets: TokenSequences(targets),
        labels: Array(labels[start..<start + count]), smoothing: 0.1, scale: 1 / 64, &context
      ).loss.backward()
      start += count
    }
    let largest = arena.gradients.scalars.lazy.map { abs($0) }.max() ?? 0
    expectClose(parts.gradients, arena.gradients, absolute: 1e-5 * largest)
  }
}
