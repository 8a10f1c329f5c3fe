import Foundation
import HeedLayers
import HeedModels
import HeedTensor
import HeedTraining
import TestSupport
import Testing

/// What must hold of any training, whatever it learns.
@Suite struct TrainingLawTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  private static let vocabularySize = 40

  /// Pairs to copy, of 2 to 11 tokens.
  private static func pairs(_ count: Int, seed: UInt64 = 3) -> PairStore {
    var random = SplitMix64(seed: seed)
    return PairStore(
      (0..<count).map { _ in
        let tokens = (0..<2 + random.next(below: 10)).map { _ in
          Int32(4 + random.next(below: vocabularySize - 4))
        }
        return EncodedPair(source: tokens + [2], target: tokens)
      })
  }

  private static func model(dropout: Float, hiddenSize: Int = 16) throws -> EncoderDecoder {
    let block = BlockConfiguration(
      hiddenSize: hiddenSize, headCount: 2, feedForwardSize: 2 * hiddenSize, dropout: dropout)
    let configuration = try TransformerConfiguration(
      block, encoderLayerCount: 1, decoderLayerCount: 1, vocabularySize: vocabularySize)
    var initializer = ParameterInitializer(seed: 5)
    return EncoderDecoder(configuration, &initializer)
  }

  private static func settings(steps: Int) -> TrainerSettings {
    var settings = TrainerSettings()
    settings.schedule = .linear(peak: 3e-3, warmupSteps: 5, initial: 0, totalSteps: steps, floor: 0)
    settings.clipNorm = 1
    settings.maximumSteps = steps
    settings.validationInterval = 10
    settings.patience = nil
    return settings
  }

  private static func run(
    _ settings: TrainerSettings, dropout: Float = 0.1, hiddenSize: Int = 16, tokenBudget: Int = 64
  ) throws -> TrainingRun<SequenceToSequenceTask> {
    let model = try model(dropout: dropout, hiddenSize: hiddenSize)
    return try TrainingRun(model, task(for: model), tokenBudget: tokenBudget, settings)
  }

  private static func task(for model: EncoderDecoder, seed: UInt64 = 3) -> SequenceToSequenceTask {
    SequenceToSequenceTask(
      training: pairs(60, seed: seed), validation: pairs(10, seed: 4), .init(model.configuration))
  }

  /// Trains to the end and returns the losses, of which each bit counts.
  private static func losses(
    _ run: inout TrainingRun<SequenceToSequenceTask>, stop: StopFlag = StopFlag(), stopAfter: Int? = nil,
    savingTo url: URL? = nil
  ) throws -> [UInt64] {
    var losses: [UInt64] = []
    _ = try run.train(stop: stop) { event, run in
      if case .step(let report) = event {
        losses.append(report.loss.bitPattern)
        if report.step == stopAfter { stop.raise() }
      }
      if case .validated(let report) = event { losses.append(report.loss.bitPattern) }
      if case .checkpoint = event, let url { try run.save(to: url) }
    }
    return losses
  }

  private static func bits(_ run: TrainingRun<SequenceToSequenceTask>) -> [UInt32] {
    run.session.arena.values.scalars.map(\.bitPattern)
  }

  @Test(arguments: [(accumulated: 1, average: 0.0, stopAfter: 13), (3, 0.9, 4), (1, 0.9, 10), (2, 0, 1)])
  func aStoppedRunGoesOnAsIfItHadNot(_ accumulated: Int, _ average: Double, _ stopAfter: Int) throws {
    var settings = Self.settings(steps: 27)
    settings.accumulatedBatchCount = accumulated
    settings.averageDecay = average
    var whole = try Self.run(settings)
    let expected = try Self.losses(&whole)
    // Steps reach beyond the first epoch, or nothing would be shown about the order of the data.
    #expect(whole.state.position.epoch >= 1)

    let url = scratch.url.appending(path: "state.safetensors")
    var first = try Self.run(settings)
    var found = try Self.losses(&first, stopAfter: stopAfter, savingTo: url)
    #expect(first.state.end == .interrupted)
    #expect(first.state.step == stopAfter)
    var second = try Self.run(settings)
    try second.resume(from: url)
    found += try Self.losses(&second)
    #expect(found == expected)
    #expect(Self.bits(second) == Self.bits(whole))
    #expect(
      second.session.snapshot.parameters.map { $0.value.scalars }
        == whole.session.snapshot.parameters.map { $0.value.scalars })
    #expect(second.state.bestMetric == whole.state.bestMetric)
  }

  @Test func aStateOfOtherDataIsRefused() throws {
    let url = scratch.url.appending(path: "state.safetensors")
    let settings = Self.settings(steps: 2)
    var run = try Self.run(settings)
    _ = try Self.losses(&run, savingTo: url)
    let model = try Self.model(dropout: 0)
    var other = try TrainingRun(model, Self.task(for: model, seed: 9), tokenBudget: 64, settings)
    #expect(throws: TrainingStateError.self) { try other.resume(from: url) }
    #expect(other.state.step == 0)
  }

  /// The extents are large enough for the work to be shared out.
  @Test func threadsChangeNothing() throws {
    let pool = ThreadPool.shared
    let before = pool.threadCount
    defer { pool.setThreadCount(before) }
    let results = try [1, 2, 3].map { count in
      pool.setThreadCount(count)
      var run = try Self.run(Self.settings(steps: 6), hiddenSize: 64, tokenBudget: 600)
      return (try Self.losses(&run), Self.bits(run))
    }
    for result in results.dropFirst() {
      #expect(result.0 == results[0].0)
      #expect(result.1 == results[0].1)
    }
  }

  /// Sums are taken in another order, so a rounding error remains.
  @Test func accumulatedBatchesAreOneBatch() throws {
    let pairs = Self.pairs(24)
    func batch(_ indices: Range<Int>) -> RaggedBatch {
      RaggedBatch(pairs, Array(indices), startToken: 1, endToken: 2)
    }
    var settings = Self.settings(steps: 10)
    settings.clipNorm = 0
    var whole = TrainingSession(try Self.model(dropout: 0), settings)
    var parts = TrainingSession(try Self.model(dropout: 0), settings)
    let one = whole.take([batch(0..<24)])
    // Of unequal size: the mean of their means would be something else.
    let several = parts.take([batch(0..<3), batch(3..<20), batch(20..<24)])
    #expect(one.report.labelCount == several.report.labelCount)
    #expect(abs(one.report.loss - several.report.loss) < 1e-5)
    expectClose(parts.arena.gradients, whole.arena.gradients, absolute: 1e-6, relative: 1e-4)
  }

  @Test func aRunThatDivergesStopsAndKeepsItsNumbers() throws {
    var settings = Self.settings(steps: 100)
    // So large that the next loss is not finite, but not so large that the update itself overflows.
    settings.schedule = .constant(rate: 1e30, warmupSteps: 0, initial: 0)
    settings.skippedStepLimit = 4
    var run = try Self.run(settings)
    var skippedCount = 0
    var savedCount = 0
    let end = try run.train { event, _ in
      if case .skipped = event { skippedCount += 1 }
      if case .checkpoint = event { savedCount += 1 }
    }
    #expect(end == .diverged)
    #expect(skippedCount >= 4)
    #expect(savedCount == 0)
    #expect(run.session.arena.values.scalars.allSatisfy { $0.isFinite })
  }

  @Test func withoutProgressTheRunStopsEarlyAndStaysStopped() throws {
    var settings = Self.settings(steps: 100)
    settings.schedule = .constant(rate: 1e-30, warmupSteps: 0, initial: 0)
    settings.validationInterval = 3
    settings.patience = 2
    var run = try Self.run(settings)
    #expect(try run.train { _, _ in } == .stoppedEarly)
    #expect(run.state.step == 9)
    #expect(try run.train { _, _ in } == .stoppedEarly)
    #expect(run.state.step == 9)
  }

  @Test func epochsBetweenValidationsAreCounted() throws {
    var settings = Self.settings(steps: 100)
    settings.maximumSteps = nil
    settings.maximumEpochs = 5
    settings.validationInterval = nil
    settings.validationEpochInterval = 2
    var run = try Self.run(settings)
    var epochs: [Int] = []
    let end = try run.train { event, _ in
      if case .validated(let report) = event { epochs.append(report.epoch) }
    }
    #expect(end == .finished)
    // After the second and the fourth, and at the end.
    #expect(epochs == [2, 4, 5])
    #expect(run.expectedStepCount.map { abs($0 - run.state.step) <= 5 } == true)
  }

  @Test func aScheduleCanBeMadeToEndElsewhere() {
    let schedule = LearningRateSchedule.linear(
      peak: 1, warmupSteps: 10, initial: 0, totalSteps: 1000, floor: 0)
    let shorter = schedule.ending(at: 110)
    #expect(shorter.rate(atStep: 5) == 0.5)
    #expect(abs(shorter.rate(atStep: 60) - 0.5) < 1e-12)
    #expect(shorter.rate(atStep: 110) == 0)
    #expect(schedule.ending(at: 12).rate(atStep: 6) == 1)
    let endless = LearningRateSchedule.constant(rate: 1, warmupSteps: 0, initial: 0)
    #expect(endless.ending(at: 5) == endless)
  }

  @Test func averagesAreMeans() throws {
    var models = try [Self.model(dropout: 0), Self.model(dropout: 0), Self.model(dropout: 0)]
    var files: [URL] = []
    for index in models.indices {
      models[index].forEachParameter { _, parameter in
        parameter = Tensor(repeating: Float(index * index), parameter.shape)
      }
      let url = scratch.url.appending(path: "\(index).safetensors")
      try ModelDirectory(scratch.url).saveWeights(models[index], to: url)
      files.append(url)
    }
    let mean = try EncoderDecoder.average(of: files, models[0].configuration)
    for (name, value) in mean.parameters {
      expectClose(value.scalars, [Float](repeating: 5.0 / 3, count: value.count), absolute: 1e-6, name)
    }
  }
}
