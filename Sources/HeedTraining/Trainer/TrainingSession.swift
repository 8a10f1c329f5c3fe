import HeedLayers
import HeedModels
import HeedTensor

/// A model being trained: parameters, optimiser, and the place in the data. One value that can be written down and
/// continued bit for bit.
public struct TrainingSession: Sendable {
  /// The model; its parameters lie in the arena.
  public private(set) var model: EncoderDecoder
  /// All parameters and gradients.
  public let arena: ParameterArena
  /// The optimiser with its moments.
  public internal(set) var optimizer: AdamOptimizer
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
  public init(_ model: EncoderDecoder, _ settings: TrainerSettings) {
    var model = model
    arena = ParameterArena(adopting: &model)
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

  /// One step: gradients of the batches, added up and normalised by their target tokens together, then an update.
  ///
  /// A step whose loss or gradient is not finite leaves parameters and optimiser as they are.
  ///
  /// - Returns: The report without its time, and whether the update was made.
  public mutating func take(_ batches: [RaggedBatch]) -> (report: StepReport, isFinite: Bool) {
    step += 1
    arena.clearGradients()
    let tokenCount = batches.reduce(0) { $0 + $1.targetTokenCount }
    var (lossSum, likelihoodSum) = (0.0, 0.0)
    for (number, batch) in batches.enumerated() {
      var context = ForwardContext.training(seed: dropoutSeed(batch: number))
      let result = model.loss(
        sources: batch.sources, targets: batch.targets, labels: batch.labels,
        smoothing: settings.labelSmoothing, scale: 1 / Float(max(1, tokenCount)), &context)
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
      optimizer.step(arena, learningRate: rate, gradientScale: scale)
      average?.moveAverage(towards: arena.values, decay: Float(settings.averageDecay))
    } else {
      skippedInARow += 1
    }
    let report = StepReport(
      step: step, epoch: 0, loss: lossSum / Double(max(1, tokenCount)),
      negativeLogLikelihood: likelihoodSum / Double(max(1, tokenCount)), learningRate: rate,
      gradientNorm: norm,
      targetTokenCount: tokenCount, seconds: 0)
    return (report, isFinite)
  }

  /// The model as it would be saved now: the moving average where one is kept. Shares no values with the training.
  public var snapshot: EncoderDecoder {
    var copy = model
    let source = average ?? arena.values
    var next = 0
    copy.forEachParameter { _, parameter in
      let entry = arena.entries[next]
      parameter = Tensor(zeros: entry.shape)
      parameter.copy(from: arena.view(entry, in: source))
      next += 1
    }
    return copy
  }

  private func dropoutSeed(batch: Int) -> UInt64 {
    SplitMix64.mix(
      settings.seed ^ SplitMix64.mix(UInt64(step) << 16 &+ UInt64(batch)))
  }
}

extension RaggedBatch {
  var sources: TokenSequences { TokenSequences(ids: sourceIDs, offsets: sourceOffsets) }
  var targets: TokenSequences { TokenSequences(ids: targetInputIDs, offsets: targetOffsets) }
}
