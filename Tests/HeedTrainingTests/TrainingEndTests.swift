import Foundation
import HeedGeneration
import HeedLayers
import HeedModels
import HeedTensor
import HeedTraining
import Synchronization
import Testing

/// Where a run ends: by epochs, by its time, or because its numbers are none any more.
@Suite struct TrainingEndTests {
  let scratch: ScratchDirectory
  init() throws { scratch = try ScratchDirectory() }

  private static let peak = 1e-3

  /// Pairs to copy, whose validation finds what it is told to.
  private struct ToldTask: TrainingTask {
    let pairs: SequenceToSequenceTask
    let found: @Sendable () throws -> ValidationFigures

    var exampleSizes: [ExampleSize] { pairs.exampleSizes }
    var fingerprint: String { pairs.fingerprint }
    func batch(_ examples: [Int], epoch: Int) -> RaggedBatch { pairs.batch(examples, epoch: epoch) }
    func validate(_ model: EncoderDecoder) throws -> ValidationFigures { try found() }
  }

  /// A clock that goes on by so many seconds whenever one looks at it.
  private final class Clock: Sendable {
    private let looks = Atomic<Int>(0)
    let seconds: Double
    init(_ seconds: Double) { self.seconds = seconds }
    var now: Double { Double(looks.add(1, ordering: .relaxed).newValue) * seconds }
  }

  private static func model() throws -> EncoderDecoder {
    let block = BlockConfiguration(hiddenSize: 8, headCount: 2, feedForwardSize: 8, dropout: 0)
    var initializer = ParameterInitializer(seed: 5)
    return EncoderDecoder(
      try TransformerConfiguration(block, encoderLayerCount: 1, decoderLayerCount: 1, vocabularySize: 20),
      &initializer)
  }

  private static func pairs(
    _ model: EncoderDecoder, writing: SequenceToSequenceTask.Writing? = nil
  ) -> SequenceToSequenceTask {
    let pairs = PairStore(
      (0..<40).map { number in
        let tokens = (0..<4).map { Int32(4 + (number * 7 + $0 * 3) % 16) }
        return EncodedPair(source: tokens + [2], target: tokens)
      })
    return SequenceToSequenceTask(
      training: pairs, validation: pairs, .init(model.configuration), writing: writing)
  }

  private static func run(
    _ settings: TrainerSettings,
    found: @escaping @Sendable () throws -> ValidationFigures = { ValidationFigures(loss: 1) }
  ) throws -> TrainingRun<ToldTask> {
    let model = try model()
    return try TrainingRun(model, ToldTask(pairs: pairs(model), found: found), tokenBudget: 32, settings)
  }

  /// A straight line down, to an end that is far away, without validations in between.
  private static var settings: TrainerSettings {
    var settings = TrainerSettings()
    settings.schedule = .linear(peak: peak, warmupSteps: 0, initial: 0, totalSteps: 100_000, floor: 0)
    settings.validationInterval = .max
    settings.clipNorm = 1
    return settings
  }

  // MARK: Divergence

  @Test(arguments: [[2.0, .nan], [.nan], [1, 3, .infinity]])
  func aValidationWithoutANumberEndsTheRun(_ losses: [Double]) throws {
    var settings = Self.settings
    settings.validationInterval = 2
    settings.maximumSteps = 20
    let count = Atomic<Int>(0)
    var run = try Self.run(settings) {
      ValidationFigures(loss: losses[count.add(1, ordering: .relaxed).oldValue])
    }
    var (saved, best): ([Int], [Int]) = ([], [])
    let end = try run.train { event, _ in
      if case .checkpoint(let step) = event { saved.append(step) }
      if case .validated(let report) = event, report.isBest { best.append(report.step) }
    }
    #expect(end == .diverged)
    #expect(run.state.step == 2 * losses.count)
    #expect(saved == (1..<losses.count).map { 2 * $0 })
    #expect(best == (losses.count > 1 ? [2] : []))
    #expect(run.state.bestMetric == (losses.count > 1 ? losses[0] : nil))
  }

  @Test func aModelThatWritesNoNumbersHasNoLoss() throws {
    let model = try Self.model()
    let task = Self.pairs(model) { _ in throw SearchError.unusableLogits(source: 0, position: 0) }
    #expect(try task.validate(model).loss.isNaN)
    // What else is wrong with a search is no divergence.
    let broken = Self.pairs(model) { _ in throw SearchError.differentVocabularies([1, 2]) }
    #expect(throws: SearchError.self) { try broken.validate(model) }
  }

  @Test func noCheckpointIsWrittenWhileStepsAreSkipped() throws {
    var settings = Self.settings
    settings.schedule = .constant(rate: 1e30, warmupSteps: 0, initial: 0)
    settings.checkpointInterval = 1
    settings.skippedStepLimit = 4
    var run = try Self.run(settings)
    let stop = StopFlag()
    var (skipped, savedWhileSkipping) = (0, 0)
    let end = try run.train(stop: stop) { event, run in
      if case .skipped = event {
        skipped += 1
        stop.raise()
      }
      if case .checkpoint = event, run.state.skippedInARow > 0 { savedWhileSkipping += 1 }
    }
    // Whoever asks to stop meanwhile is told of the divergence, and the last checkpoint stays what it is.
    #expect(end == .diverged)
    #expect(skipped == 4)
    #expect(savedWhileSkipping == 0)
  }

  // MARK: Schedules

  private static func train(_ run: inout TrainingRun<ToldTask>, savingTo url: URL? = nil) throws -> (
    end: TrainingEnd, rates: [Double]
  ) {
    var rates: [Double] = []
    let end = try run.train { event, run in
      if case .step(let report) = event { rates.append(report.learningRate) }
      if case .checkpoint = event, let url { try run.save(to: url) }
    }
    return (end, rates)
  }

  @Test func aScheduleEndsWithTheLastEpoch() throws {
    var settings = Self.settings
    settings.maximumSteps = 100_000
    settings.maximumEpochs = 3
    var run = try Self.run(settings)
    let (end, rates) = try Self.train(&run)
    #expect(end == .finished)
    // Epochs may differ by a batch.
    #expect(abs((rates.last ?? 1) / Self.peak) < 0.2)
    #expect(abs((rates.first ?? 0) / Self.peak - 1) < 0.2)

    settings.maximumEpochs = 1000
    settings.maximumSteps = 5
    settings.schedule = .linear(peak: Self.peak, warmupSteps: 4, initial: 0, totalSteps: 5, floor: 0)
    var short = try Self.run(settings)
    // Steps that come first are the recipe's own, with the warm-up that it asks for.
    #expect(try Self.train(&short).rates.map { ($0 / Self.peak * 4).rounded() } == [1, 2, 3, 4, 0])
  }

  @Test(arguments: [1.0, 10, 30]) func aScheduleEndsWithTheTime(_ secondsPerStep: Double) throws {
    var settings = Self.settings
    settings.timeBudget = 120
    var run = try Self.run(settings)
    let clock = Clock(secondsPerStep)
    run.clock = { clock.now }
    let (end, rates) = try Self.train(&run)
    #expect(end == .finished)
    #expect(rates.count == Int(120 / secondsPerStep))
    #expect(rates.last == 0)
    #expect(rates.allSatisfy { $0 <= Self.peak })
  }

  @Test func aRaisedBudgetIsUsed() throws {
    let url = scratch.url.appending(path: "state.safetensors")
    var settings = Self.settings
    settings.timeBudget = 60
    var first = try Self.run(settings)
    let clock = Clock(1)
    first.clock = { clock.now }
    #expect(try Self.train(&first, savingTo: url).end == .finished)
    #expect(first.state.step == 60)

    func resumed(_ settings: TrainerSettings) throws -> (run: TrainingRun<ToldTask>, rates: [Double]) {
      var run = try Self.run(settings)
      run.clock = { clock.now }
      try run.resume(from: url)
      let (_, rates) = try Self.train(&run)
      return (run, rates)
    }
    #expect(try resumed(settings).run.state.step == 60)
    settings.timeBudget = 120
    let (longer, rates) = try resumed(settings)
    // The validation at the end took some of the time.
    #expect((105...120).contains(longer.state.step), "\(longer.state.step)")
    #expect(rates.last == 0 && (rates.first ?? 0) > 0)
    // Without a budget it is the recipe's steps that count.
    settings.timeBudget = nil
    settings.maximumSteps = 70
    #expect(try resumed(settings).run.state.step == 70)
  }

  /// A limit of steps that ended the plan, and is then raised.
  @Test func raisedStepsAreUsedWithinABudget() throws {
    let url = scratch.url.appending(path: "state.safetensors")
    var settings = Self.settings
    (settings.timeBudget, settings.maximumSteps) = (1000, 8)
    var first = try Self.run(settings)
    let clock = Clock(30)
    first.clock = { clock.now }
    _ = try Self.train(&first, savingTo: url)
    #expect(first.state.step == 8)
    settings.maximumSteps = 12
    var second = try Self.run(settings)
    second.clock = { clock.now }
    try second.resume(from: url)
    #expect(second.expectedStepCount == 12)
    _ = try Self.train(&second)
    #expect(second.state.step == 12)
  }
}
