import HeedLayers
import HeedModels
import HeedTensor

/// A model being trained: parameters, optimiser, and the place in the data. One value that can be written down and
/// continued bit for bit.
public struct TrainingSession<Model: StoredModel>: Sendable {
  /// The model; its parameters lie in the arena.
  public private(set) var model: Model
  /// All parameters and gradients.
  public let arena: ParameterArena
  /// The optimiser with its moments.
  public internal(set) var optimizer: AdamOptimizer
  /// What tells the parameters that are not trained from others; nil where all are.
  let frozenFingerprint: String?
  /// What the learning rate of each parameter is multiplied by; nil where all have the same.
  private let rateFactors: [Double]?
  /// The moving average of the parameters, if one is kept.
  let average: Tensor?
  /// How the model is trained.
  public let settings: TrainerSettings
  /// The learning rates: those of the settings, unless a time budget made them end elsewhere.
  public internal(set) var schedule: LearningRateSchedule

  /// Steps taken, those that were skipped included.
  public internal(set) var step = 0
  /// Steps in a row that were skipped.
  public internal(set) var skippedInARow = 0

  /// Starts to train `model`.
  public init(_ model: Model, _ settings: TrainerSettings) {
    var model = model
    let scope = settings.scope
    if let adapters = scope.adapters {
      var initializer = ParameterInitializer(seed: SplitMix64.mix(settings.seed))
      model.addAdapters(adapters.targets, rank: adapters.rank, alpha: adapters.alpha, &initializer)
    }
    arena = ParameterArena(adopting: &model) { scope.trains($0) }
    rateFactors = scope.rateFactors(arena.entries)
    frozenFingerprint = Self.fingerprint(of: model, outside: arena)
    self.model = model
    self.settings = settings
    schedule = settings.schedule
    optimizer = AdamOptimizer(settings.adam, for: arena)
    if settings.averageDecay > 0 {
      let average = Tensor(zeros: arena.values.shape)
      average.copy(from: arena.values)
      self.average = average
    } else {
      average = nil
    }
  }

  /// One step: gradients of the batches, added up and normalised by their labels together, then an update.
  ///
  /// A step whose loss or gradient is not finite leaves parameters and optimiser as they are.
  ///
  /// - Returns: The report without its time, and whether the update was made.
  public mutating func take<Batch: TrainingBatch>(_ batches: [Batch]) -> (report: StepReport, isFinite: Bool)
  where Batch.Model == Model {
    step += 1
    arena.clearGradients()
    let labelCount = batches.reduce(0) { $0 + $1.labelCount }
    var (lossSum, likelihoodSum) = (0.0, 0.0)
    for (number, batch) in batches.enumerated() {
      var context = ForwardContext.training(seed: dropoutSeed(batch: number))
      let result = batch.loss(
        of: model, smoothing: settings.labelSmoothing, scale: 1 / Float(max(1, labelCount)), &context)
      lossSum += result.lossSum
      likelihoodSum += result.negativeLogLikelihoodSum
      if result.lossSum.isFinite { result.loss.backward() }
    }
    let norm = arena.gradients.euclideanNorm
    let rate = schedule.rate(atStep: step)
    let isFinite = lossSum.isFinite && norm.isFinite
    if isFinite {
      skippedInARow = 0
      let scale = settings.clipNorm > 0 && norm > settings.clipNorm ? settings.clipNorm / norm : 1
      optimizer.step(arena, learningRate: rate, gradientScale: scale, rateFactors: rateFactors)
      average?.moveAverage(towards: arena.values, decay: Float(settings.averageDecay))
    } else {
      skippedInARow += 1
    }
    let report = StepReport(
      step: step, epoch: 0, loss: lossSum / Double(max(1, labelCount)),
      negativeLogLikelihood: likelihoodSum / Double(max(1, labelCount)), learningRate: rate,
      gradientNorm: norm,
      labelCount: labelCount, tokenCount: batches.reduce(0) { $0 + $1.tokenCount }, seconds: 0)
    return (report, isFinite)
  }

  /// The model as it would be saved now: the moving average where one is kept, adapters merged. Shares no trained values
  /// with the training.
  public var snapshot: Model {
    var copy = model
    let source = average ?? arena.values
    var next = 0
    copy.forEachParameter { path, parameter in
      guard next < arena.entries.count, arena.entries[next].path == path else { return }
      let entry = arena.entries[next]
      parameter = Tensor(zeros: entry.shape)
      parameter.copy(from: arena.view(entry, in: source))
      next += 1
    }
    return settings.scope.adapters == nil ? copy : copy.withAdaptersMerged
  }

  private static func fingerprint(of model: Model, outside arena: ParameterArena) -> String? {
    let trained = Set(arena.entries.map(\.path))
    let frozen = model.parameters.filter { !trained.contains($0.path) }
    guard !frozen.isEmpty else { return nil }
    var fingerprint = Fingerprint()
    for (_, value) in frozen {
      value.withUnsafeValues { for number in $0 { fingerprint.mix(UInt64(number.bitPattern)) } }
    }
    return fingerprint.text
  }

  private func dropoutSeed(batch: Int) -> UInt64 {
    SplitMix64.mix(
      settings.seed ^ SplitMix64.mix(UInt64(step) << 16 &+ UInt64(batch)))
  }
}
