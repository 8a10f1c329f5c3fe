import HeedLayers
import HeedModels
import HeedTensor
import HeedTraining

/// How long each model may learn each task.
package enum RecallBudget: Codable, Hashable, Sendable {
  /// So many seconds of training, those spent on choosing the learning rate included.
  case seconds(Double)
  /// So many tokens, counted on the longer side of each pair; what is learned is then the same each time.
  case tokens(Int)

  /// A share of it.
  func share(_ share: Double) -> RecallBudget {
    switch self {
    case .seconds(let seconds): .seconds(seconds * share)
    case .tokens(let tokens): .tokens(max(1, Int(Double(tokens) * share)))
    }
  }

  /// What it is, in words.
  package var text: String {
    switch self {
    case .seconds(let seconds): FigureText.duration(seconds)
    case .tokens(let tokens): "\(FigureText.compact(Double(tokens))) tokens"
    }
  }
}

extension RecallBudget {
  private enum CodingKeys: CodingKey { case seconds, tokens }

  /// `seconds` or `tokens` with their number.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self =
      if let tokens = try values.decodeIfPresent(Int.self, forKey: .tokens) {
        .tokens(tokens)
      } else {
        .seconds(try values.decode(Double.self, forKey: .seconds))
      }
  }

  /// `seconds` or `tokens` with their number.
  package func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .seconds(let seconds): try values.encode(seconds, forKey: .seconds)
    case .tokens(let tokens): try values.encode(tokens, forKey: .tokens)
    }
  }
}

/// How models learn; the same for all of them, but for the learning rate, which is chosen for each by trying.
package struct RecallTrainingOptions: Codable, Hashable, Sendable {
  /// How long each model may learn each task.
  package var budget = RecallBudget.seconds(90)
  /// The longest sequences that are trained on.
  package var trainedLength = 64
  /// The learning rates that are tried.
  package var rates = [1e-3, 3e-3, 1e-2]
  /// The share of the budget that each of them is tried for.
  package var trialShare = 0.1
  /// The most tokens of a step, on the longer side of its pairs.
  package var batchTokens = 512
  /// The sequences that are generated to learn from.
  package var sequenceCount = 60_000
  /// Steps between looks at how far learning has come.
  package var validationInterval = 100

  /// The usual ones.
  package init() {}

  /// The lengths that are trained on.
  var lengths: ClosedRange<Int> { RecallSequence.shortest...max(RecallSequence.shortest, trainedLength) }
}

/// How a training went.
package struct RecallTrainingFigures: Codable, Hashable, Sendable {
  /// A learning rate, and the loss after its trial in nats for each label; nil where that is no number.
  package struct Trial: Codable, Hashable, Sendable {
    /// The highest learning rate of the schedule.
    package var rate: Double
    /// The loss on sequences that were not trained on.
    package var loss: Double?
  }

  /// How far learning had come.
  package struct Point: Codable, Hashable, Sendable {
    /// The step.
    package var step: Int
    /// The seconds of training until then.
    package var seconds: Double
    /// −log p for each label, in nats, on sequences that were not trained on; nil where that is no number.
    package var loss: Double?
  }

  /// What was tried; empty where there was one rate.
  package var trials: [Trial]
  /// The rate that was taken.
  package var rate: Double
  /// The steps.
  package var stepCount: Int
  /// Labels: target tokens with ends of sequences.
  package var labelCount: Int
  /// Seconds, without those of the trials.
  package var seconds: Double
  /// How far learning had come at some steps, the last included.
  package var curve: [Point]
  /// Why it ended.
  package var end: TrainingEnd
}

/// Thrown out of a part that was asked to stop.
struct RecallInterruption: Error {}

/// Trains one model on one task.
struct RecallTrainer<Learner: RecallLearner> {
  let model: Learner
  let data: RecallData
  let options: RecallTrainingOptions
  let isInterrupted: () -> Bool
  private let work: Learner.Work

  /// The sequences that tell how far learning has come.
  private static var validationCount: Int { 64 }
  /// The steps over which the learning rate rises.
  private static var warmupSteps: Int { 100 }

  init(
    _ model: Learner, _ data: RecallData, _ options: RecallTrainingOptions,
    isInterrupted: @escaping () -> Bool
  ) {
    self.model = model
    self.data = data
    self.options = options
    self.isInterrupted = isInterrupted
    work = Learner.work(
      training: PairStore(data.training(count: options.sequenceCount, lengths: options.lengths)),
      validation: PairStore(data.validation(count: Self.validationCount, lengths: options.lengths)))
  }

  /// Tries the learning rates and then trains with the best of them, from the same first values.
  ///
  /// - Parameter progress: Is told what was found.
  /// - Returns: The trained model, and how it went.
  /// - Throws: `RecallInterruption`.
  func train(_ progress: (String) -> Void) throws -> (model: Learner, figures: RecallTrainingFigures) {
    var trials: [RecallTrainingFigures.Trial] = []
    if options.rates.count > 1 {
      for rate in options.rates {
        let (_, found) = try train(rate: rate, options.budget.share(options.trialShare))
        let loss = found.end == .diverged ? nil : found.curve.last?.loss
        trials.append(.init(rate: rate, loss: loss))
      }
    }
    let best = trials.min { ($0.loss ?? .infinity) < ($1.loss ?? .infinity) }
    let rate = best?.rate ?? options.rates.first ?? 1e-3
    if !trials.isEmpty {
      let losses = trials.map { trial in
        "\(FigureText.figure(trial.rate)): \(trial.loss.map(FigureText.figure) ?? "–")"
      }
      progress("learning rate \(FigureText.figure(rate)) of \(losses.joined(separator: ", "))")
    }
    let share = 1 - options.trialShare * Double(trials.count)
    var (model, figures) = try train(rate: rate, options.budget.share(share), progress)
    figures.trials = trials
    return (model, figures)
  }

  private func train(
    rate: Double, _ budget: RecallBudget, _ progress: (String) -> Void = { _ in }
  ) throws -> (Learner, RecallTrainingFigures) {
    var run = try TrainingRun(model, work, tokenBudget: options.batchTokens, settings(rate: rate, budget))
    let stop = StopFlag()
    var labelCount = 0
    var curve: [RecallTrainingFigures.Point] = []
    let end = try run.train(stop: stop) { event, run in
      if isInterrupted() { stop.raise() }
      switch event {
      case .step(let report): labelCount += report.labelCount
      case .validated(let report):
        let loss = report.loss.isFinite ? report.loss : nil
        curve.append(.init(step: report.step, seconds: run.state.seconds, loss: loss))
        progress(
          "step \(report.step), \(FigureText.duration(run.state.seconds)): loss "
            + "\(loss.map(FigureText.figure) ?? "–")")
      case .skipped, .checkpoint: break
      }
    }
    guard end != .interrupted else { throw RecallInterruption() }
    return (
      run.session.snapshot,
      RecallTrainingFigures(
        trials: [], rate: rate, stepCount: run.state.step, labelCount: labelCount,
        seconds: run.state.seconds, curve: curve, end: end)
    )
  }

  private func settings(rate: Double, _ budget: RecallBudget) -> TrainerSettings {
    var settings = TrainerSettings()
    settings.labelSmoothing = 0
    settings.clipNorm = 1
    settings.seed = data.seed
    settings.validationInterval = options.validationInterval
    // The trainer moves the end to where the time is used up.
    let schedule = LearningRateSchedule.linear(
      peak: rate, warmupSteps: Self.warmupSteps, initial: 0, totalSteps: 1_000_000, floor: 0)
    switch budget {
    case .seconds(let seconds):
      settings.schedule = schedule
      settings.timeBudget = seconds
    case .tokens(let tokens):
      let steps = max(1, tokens / options.batchTokens)
      settings.schedule = schedule.ending(at: steps)
      settings.maximumSteps = steps
    }
    return settings
  }
}
