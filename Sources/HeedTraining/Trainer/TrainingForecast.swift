/// What a run will take, as far as its first steps tell.
public struct TrainingForecast: Sendable, Hashable {
  /// The number of trainable numbers of the model.
  public var parameterCount: Int
  /// The most memory that the process has had, in bytes.
  public var peakMemory: Int
  /// Seconds of a step, without validation.
  public var secondsPerStep: Double
  /// The steps that this was measured on.
  public var measuredStepCount: Int
  /// Seconds until the end, without validation; nil where no end is known.
  public var secondsLeft: Double?

  /// A forecast of these numbers.
  package init(
    parameterCount: Int, peakMemory: Int, secondsPerStep: Double, measuredStepCount: Int, secondsLeft: Double?
  ) {
    self.parameterCount = parameterCount
    self.peakMemory = peakMemory
    self.secondsPerStep = secondsPerStep
    self.measuredStepCount = measuredStepCount
    self.secondsLeft = secondsLeft
  }

  /// All of it in one line.
  public var line: String {
    let step = "\(Self.rounded(secondsPerStep)) s a step"
    let left =
      secondsLeft.map { ", \(Self.duration($0)) to the end, validation aside" } ?? ", and no end is set"
    return "forecast from \(measuredStepCount) steps: \(parameterCount) parameters, "
      + "\((peakMemory + 500_000) / 1_000_000) MB of memory at most, \(step)\(left)"
  }

  /// The same by name.
  var facts: [String: String] {
    var facts = [
      "message": line, "parameters": String(parameterCount), "peak_memory_bytes": String(peakMemory),
      "seconds_per_step": String(secondsPerStep), "measured_steps": String(measuredStepCount),
    ]
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

extension TrainingRun {
  /// What is left of the run, at a speed.
  ///
  /// - Parameters:
  ///   - measured: The speed, and the steps that it comes from.
  ///   - parameterCount: The number of trainable numbers of the model.
  ///   - after: How many steps have been taken, in how many seconds; nil for those of the run.
  ///   - settings: What says where the run ends; nil for its own.
  /// - Returns: The forecast.
  func forecast(
    _ measured: (secondsPerStep: Double, count: Int), parameterCount: Int,
    after: (steps: Int, seconds: Double)? = nil, _ settings: TrainerSettings? = nil
  ) -> TrainingForecast {
    let (settings, after) = (settings ?? session.settings, after ?? (state.step, state.seconds))
    let bySteps = expectedStepCount(settings).map {
      Double(max(0, $0 - after.steps)) * measured.secondsPerStep
    }
    let byBudget = settings.timeBudget.map { max(0, $0 - after.seconds) }
    return TrainingForecast(
      parameterCount: parameterCount, peakMemory: POSIX.peakMemory,
      secondsPerStep: measured.secondsPerStep, measuredStepCount: measured.count,
      secondsLeft: [bySteps, byBudget].compactMap { $0 }.min())
  }
}
