import Foundation
import HeedModels

/// Keeps the files of a run directory up to date with a training: logs, checkpoints, the best model, the report.
final class RunRecorder {
  private let directory: RunDirectory
  private let recipe: Recipe
  private let metrics: MetricsLog
  private let tensorBoard: TensorBoardLog
  private let model: ModelDirectory
  /// Where the model came from, if it had been trained before.
  private let origin: ModelDirectory?
  private var window = Window()

  /// Steps that a record of training covers.
  private static let stepsPerRecord = 10

  /// Opens the logs behind what is to be kept of them.
  ///
  /// - Parameters:
  ///   - directory: The run directory.
  ///   - recipe: The resolved recipe.
  ///   - origin: Where the model came from, if it had been trained before: what its config.json says is kept.
  ///   - state: Where the run goes on; nil for a run from the start.
  /// - Throws: `RunDirectoryError` if a log cannot be cut back or opened.
  init(
    _ directory: RunDirectory, _ recipe: Recipe, origin: ModelDirectory? = nil, after state: TrainingState?
  ) throws {
    self.directory = directory
    self.recipe = recipe
    self.origin = origin
    model = ModelDirectory(URL(fileURLWithPath: directory.path))
    try directory.truncateLogs(afterStep: state?.step ?? -1)
    metrics = try MetricsLog(directory.metricsPath)
    tensorBoard = try TensorBoardLog(
      directory: directory.tensorBoardPath, wallTime: Self.now, resumingAfterStep: state?.step)
    // A checkpoint later than the state belongs to steps that will be taken again.
    try removeCheckpoints { $0 > state?.step ?? -1 }
  }

  /// Writes down what is known of a run when it starts or goes on.
  func start(step: Int, facts: [String: String]) throws {
    try append(MetricsRecord(.run, step: step, time: Self.now, facts: facts))
  }

  /// Writes down something that happened.
  func note(_ message: String, step: Int) throws {
    try append(MetricsRecord(.event, step: step, time: Self.now, facts: ["message": message]))
  }

  /// Writes down what the first steps tell of the others.
  func note(_ forecast: TrainingForecast, step: Int) throws {
    try append(MetricsRecord(.event, step: step, time: Self.now, facts: forecast.facts))
  }

  /// Counts a step; several make a record.
  func step(_ report: StepReport, elapsed: Double) throws {
    window.add(report)
    if report.step.isMultiple(of: Self.stepsPerRecord) { try flush(elapsed: elapsed) }
  }

  /// Writes down a validation, and the model if it is the best so far.
  func validated(_ report: ValidationReport, _ run: TrainingRun<some TrainingTask>) throws {
    try flush(elapsed: run.state.seconds)
    var values = ["loss": report.loss, "seconds": report.seconds, "elapsed": run.state.seconds]
    for (metric, score) in report.scores { values[metric.rawValue] = score }
    try append(
      MetricsRecord(
        .validation, step: report.step, epoch: report.epoch, time: Self.now, values: values,
        samples: report.samples))
    if report.isBest { try save(run.session.snapshot) }
    try directory.writeReport(recipe)
  }

  /// Makes `best` the model of the directory.
  func save(_ best: some StoredModel) throws {
    try best.write(to: model, precision: .float32, from: origin)
  }

  /// Writes all that the run needs to go on, and the weights as they are now.
  ///
  /// The state comes after what it counts on: once it is there, everything else is.
  func checkpoint(_ run: TrainingRun<some TrainingTask>) throws {
    try flush(elapsed: run.state.seconds)
    // An interruption leaves no trace: a run that goes on must average what an uninterrupted one would.
    if run.state.end != .interrupted {
      try run.session.snapshot.writeWeights(to: weightsURL(run.state.step), precision: .float32)
    }
    try metrics.synchronize()
    try tensorBoard.synchronize()
    try run.save(to: Self.stateURL(directory))
    let steps = checkpointSteps
    let kept = Set(steps.suffix(recipe.checkpoints.keepLastCount))
    try removeCheckpoints { !kept.contains($0) }
  }

  /// The last files of weights, oldest first.
  func lastWeights(_ count: Int) -> [URL] { checkpointSteps.suffix(count).map(weightsURL) }

  /// Brings the report up to date.
  func writeReport() throws { try directory.writeReport(recipe) }

  /// Where the state of a run lies.
  static func stateURL(_ directory: RunDirectory) -> URL {
    URL(fileURLWithPath: directory.checkpointsPath).appending(path: RunFiles.stateName)
  }

  private func append(_ record: MetricsRecord) throws {
    try metrics.append(record)
    try tensorBoard.append(record)
  }

  private func flush(elapsed: Double) throws {
    guard let record = window.record(time: Self.now, elapsed: elapsed) else { return }
    window = Window()
    try append(record)
  }

  private static var now: Double { Date().timeIntervalSince1970 }

  // MARK: Files of weights

  private func weightsURL(_ step: Int) -> URL {
    URL(fileURLWithPath: directory.checkpointsPath).appending(path: RunFiles.weightsName(step))
  }

  /// The steps of the files that are there, in ascending order.
  private var checkpointSteps: [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.checkpointsPath)) ?? []
    return names.compactMap(RunFiles.weightsStep).sorted()
  }

  private func removeCheckpoints(where isUnwanted: (Int) -> Bool) throws {
    for step in checkpointSteps where isUnwanted(step) {
      try FileManager.default.removeItem(at: weightsURL(step))
    }
  }
}

/// The steps since the last record.
private struct Window {
  var last: StepReport?
  var tokenCount = 0
  var labelCount = 0
  var lossSum = 0.0
  var seconds = 0.0

  mutating func add(_ report: StepReport) {
    last = report
    tokenCount += report.tokenCount
    labelCount += report.labelCount
    lossSum += report.loss * Double(report.labelCount)
    seconds += report.seconds
  }

  func record(time: Double, elapsed: Double) -> MetricsRecord? {
    guard let last else { return nil }
    let values = [
      "loss": lossSum / Double(max(1, labelCount)), "learning_rate": last.learningRate,
      "gradient_norm": last.gradientNorm, "tokens_per_second": Double(tokenCount) / max(seconds, 1e-9),
      "tokens": Double(tokenCount), "seconds": seconds, "elapsed": elapsed,
    ]
    return MetricsRecord(.train, step: last.step, epoch: last.epoch, time: time, values: values)
  }
}
