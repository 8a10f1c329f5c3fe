/// What a run will take, as far as its first steps tell.
public struct TrainingForecast: Sendable, Hashable {
  /// The number of trainable numbers of the model.
  public var parameterCount: Int
  /// The most memory that the process has had, in bytes.
  public var peakMemory: Int
  /// Seconds of a step; those of validations are not among them.
  public var secondsPerStep: Double
  /// The steps that this was measured on.
  public var measuredStepCount: Int
  /// Seconds of a validation, with all that is written in it; nil where none has been measured yet.
  public var secondsPerValidation: Double?
  /// The validations until the end; nil where none has been measured yet, or no end is known.
  public var validationCount: Int?
  /// Seconds until the end, with those of validations where they are known; nil where no end is.
  public var secondsLeft: Double?

  /// A forecast of these numbers.
  package init(
    parameterCount: Int, peakMemory: Int, secondsPerStep: Double, measuredStepCount: Int,
    secondsPerValidation: Double? = nil, validationCount: Int? = nil, secondsLeft: Double?
  ) {
    self.parameterCount = parameterCount
    self.peakMemory = peakMemory
    self.secondsPerStep = secondsPerStep
    self.measuredStepCount = measuredStepCount
    self.secondsPerValidation = secondsPerValidation
    self.validationCount = validationCount
    self.secondsLeft = secondsLeft
  }

  /// All of it in one line.
  public var line: String {
    let step = "\(Self.rounded(secondsPerStep)) s a step"
    let validation = secondsPerValidation.map { ", \(Self.rounded($0)) s a validation" } ?? ""
    let share =
      if let validationCount {
        "with \(validationCount) validation\(validationCount == 1 ? "" : "s")"
      } else {
        secondsPerValidation == nil ? "validation aside" : "validations included"
      }
    let left = secondsLeft.map { ", \(Self.duration($0)) to the end, \(share)" } ?? ", and no end is set"
    return "forecast from \(measuredStepCount) steps: \(parameterCount) parameters, "
      + "\((peakMemory + 500_000) / 1_000_000) MB of memory at most, \(step)\(validation)\(left)"
  }

  /// The same by name.
  var facts: [String: String] {
    var facts = [
      "message": line, "parameters": String(parameterCount), "peak_memory_bytes": String(peakMemory),
      "seconds_per_step": String(secondsPerStep), "measured_steps": String(measuredStepCount),
    ]
    if let secondsPerValidation { facts["seconds_per_validation"] = String(secondsPerValidation) }
    if let validationCount { facts["validations_left"] = String(validationCount) }
    if let secondsLeft { facts["seconds_left"] = String(secondsLeft) }
    return facts
  }

  private static func rounded(_ seconds: Double) -> String {
    // Three digits are more than a few steps know.
    let unit = seconds >= 10 ? 10.0 : seconds >= 0.1 ? 100 : 10_000
    return String((seconds * unit).rounded() / unit)
  }

  private static func duration(_ seconds: Double) -> String {
    let whole = Int(min(max(seconds, 0), 1e9).rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole / 60 % 60) min"
  }
}

/// Measures the first steps of a run, or of what is left of one, until they tell enough.
package struct ForecastMeter {
  private var seconds: [Double] = []
  private var isDone = false

  /// No steps yet.
  package init() {}

  /// Steps that are not counted: memory is new, and threads awake, only then.
  private static let ignoredCount = 1
  /// So many steps are enough if they took so long, in seconds; and so many however short they are.
  private static let (fewSteps, longEnough, manySteps) = (4, 3.0, 40)

  /// Counts a step; once, when enough is known, returns its length in seconds and how many steps that comes from.
  package mutating func add(_ step: Double) -> (secondsPerStep: Double, count: Int)? {
    guard !isDone else { return nil }
    seconds.append(step)
    let counted = seconds.dropFirst(Self.ignoredCount)
    let sum = counted.reduce(0, +)
    guard counted.count >= Self.manySteps || counted.count >= Self.fewSteps && sum >= Self.longEnough else {
      return nil
    }
    isDone = true
    return measured
  }

  /// What is known so far; the first step counts only where there is no other.
  package var measured: (secondsPerStep: Double, count: Int)? {
    let counted = seconds.count > Self.ignoredCount ? seconds.dropFirst(Self.ignoredCount) : seconds[...]
    guard !counted.isEmpty else { return nil }
    return (counted.reduce(0, +) / Double(counted.count), counted.count)
  }
}

extension TrainerSettings {
  /// The validations behind a step, up to that at the end, which there is whether one is due or not.
  ///
  /// - Parameters:
  ///   - step: The steps that have been taken.
  ///   - end: The step at which the run ends.
  ///   - batchesPerEpoch: About how many batches an epoch has.
  /// - Returns: Their number, 0 where the run has ended.
  package func validationCount(after step: Int, to end: Int, batchesPerEpoch: Int) -> Int {
    guard end > step else { return 0 }
    let interval =
      validationInterval.map { Double($0) }
      ?? Double(batchesPerEpoch) * Double(validationEpochInterval) / Double(accumulatedBatchCount)
    func dueCount(until step: Int) -> Double { (Double(step) / interval).rounded(.down) }
    let due = dueCount(until: end) - dueCount(until: step)
    let isDueAtEnd = dueCount(until: end) > dueCount(until: end - 1)
    return Int(min(due, 1e9)) + (isDueAtEnd ? 0 : 1)
  }
}

extension TrainingRun {
  /// The validations that are still to come, and the seconds that they take if they are as long as the last one; nil where
  /// none has been made, or no end is known.
  ///
  /// - Parameters:
  ///   - step: The steps that have been taken.
  ///   - settings: What says where the run ends.
  ///   - behindEnd: Validations that come behind the end of the run.
  /// - Returns: Their number and their seconds.
  private func validationsLeft(
    after step: Int, _ settings: TrainerSettings, behindEnd: Int
  ) -> (count: Int, seconds: Double)? {
    guard let seconds = state.validationSeconds, let end = expectedStepCount(settings) else { return nil }
    let count =
      settings.validationCount(after: step, to: end, batchesPerEpoch: batchCountOfFirstEpoch) + behindEnd
    return (count, Double(count) * seconds)
  }

  /// Seconds of the validations that are still to come, as far as they are known, with so many behind the end of the run.
  func secondsOfValidationsLeft(behindEnd: Int) -> Double {
    validationsLeft(after: state.step, session.settings, behindEnd: behindEnd)?.seconds ?? 0
  }

  /// What is left of the run, at a speed.
  ///
  /// - Parameters:
  ///   - measured: The speed, and the steps that it comes from.
  ///   - parameterCount: The number of trainable numbers of the model.
  ///   - after: How many steps have been taken, in how many seconds; nil for those of the run.
  ///   - validationsBehindEnd: Validations that come behind the end of the run.
  ///   - settings: What says where the run ends; nil for its own.
  /// - Returns: The forecast.
  func forecast(
    _ measured: (secondsPerStep: Double, count: Int), parameterCount: Int,
    after: (steps: Int, seconds: Double)? = nil, validationsBehindEnd: Int, _ settings: TrainerSettings? = nil
  ) -> TrainingForecast {
    let (settings, after) = (settings ?? session.settings, after ?? (state.step, state.seconds))
    let validations = validationsLeft(after: after.steps, settings, behindEnd: validationsBehindEnd)
    let bySteps = expectedStepCount(settings).map {
      Double(max(0, $0 - after.steps)) * measured.secondsPerStep + (validations?.seconds ?? 0)
    }
    // A budget is for steps and validations alike, but the last ones come when it is used up.
    let byBudget = settings.timeBudget.map {
      max(0, $0 - after.seconds) + Double(1 + validationsBehindEnd) * (state.validationSeconds ?? 0)
    }
    let isBySteps = byBudget.map { budget in bySteps.map { $0 < budget } ?? false } ?? true
    return TrainingForecast(
      parameterCount: parameterCount, peakMemory: POSIX.peakMemory,
      secondsPerStep: measured.secondsPerStep, measuredStepCount: measured.count,
      secondsPerValidation: state.validationSeconds,
      validationCount: isBySteps ? validations?.count : nil,
      secondsLeft: [bySteps, byBudget].compactMap { $0 }.min())
  }
}
