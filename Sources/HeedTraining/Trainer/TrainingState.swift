import Foundation
import HeedModels
import HeedTensor

/// Where a training is, beside the numbers of parameters and optimiser.
public struct TrainingState: Sendable, Hashable, Codable {
  /// Steps taken, those that were skipped included.
  public var step = 0
  /// Steps of the optimiser.
  public var optimizerStepCount = 0
  /// Steps in a row that were skipped.
  public var skippedInARow = 0
  /// The next batch.
  public var position = BatchPosition()
  /// The best validation so far.
  public var bestMetric: Double?
  /// The step of the best validation.
  public var bestStep: Int?
  /// Validations since then.
  public var validationsWithoutProgress = 0
  /// The step of the last validation.
  public var lastValidationStep = 0
  /// Seconds of training and validation, over all parts of the run.
  public var seconds = 0.0
  /// Seconds that the last validation took.
  public var validationSeconds: Double?
  /// The step at which the time budget will be used up, by the speed so far; the schedule ends there.
  public var plannedStepCount: Int?
  /// Seconds of the run when that was planned.
  public var plannedAfterSeconds: Double?
  /// The time budget that it was planned for.
  public var plannedTimeBudget: Double?
  /// The limit of steps that it was planned for.
  public var plannedMaximumSteps: Int?
  /// What tells the training data from other data.
  public var dataFingerprint: String?
  /// How the run ended, if it did.
  public var end: TrainingEnd?

  /// The state of a run that has not begun.
  public init() {}
}

/// What is wrong with a checkpoint of a training.
public struct TrainingStateError: Error, Sendable, CustomStringConvertible {
  /// The file.
  public let file: String
  /// What was expected and found.
  public let reason: String

  /// One sentence.
  public var description: String { "\(file): \(reason)" }
}

/// Writes a training down and reads it again: one file that holds all that is needed to go on bit for bit.
struct TrainingStateFile {
  let url: URL

  private static let metadataKey = "heed_training_state"

  var exists: Bool { FileManager.default.fileExists(atPath: url.path) }

  /// Writes session and state beside the old file, and then replaces it.
  func write(_ session: TrainingSession<some StoredModel>, _ state: TrainingState) throws {
    let json = String(decoding: try JSONEncoder().encode(state), as: UTF8.self)
    let tensors = blocks(of: session).map { name, block in
      SafetensorsTensor(name: name, elementType: .float32, shape: [block.count]) { (sink) throws(FileError) in
        try block.withUnsafeMutableValues { (buffer) throws(FileError) in
          try sink(UnsafeRawBufferPointer(buffer))
        }
      }
    }
    try SafetensorsWriter.write(
      tensors, metadata: ["format": "heed", Self.metadataKey: json, "layout": layout(of: session)], to: url)
  }

  /// Sets a session of the same model and settings to what was written.
  func restore(_ session: inout TrainingSession<some StoredModel>) throws -> TrainingState {
    let file = try SafetensorsFile(url: url)
    guard let json = file.metadata[Self.metadataKey] else {
      throw TrainingStateError(file: url.path, reason: "is not a checkpoint of a training")
    }
    guard file.metadata["layout"] == layout(of: session) else {
      throw TrainingStateError(
        file: url.path,
        reason: "holds another model than the recipe and model.from describe; restore them or start anew")
    }
    let state: TrainingState
    do {
      state = try JSONDecoder().decode(TrainingState.self, from: Data(json.utf8))
    } catch {
      throw TrainingStateError(file: url.path, reason: "its state cannot be read (\(error))")
    }
    let blocks = blocks(of: session)
    try file.check(against: blocks.map { ExpectedTensor($0.name, shape: [$0.block.count]) })
    for (name, block) in blocks {
      guard let entry = file.entry(name) else { continue }
      try block.withUnsafeMutableValues { (buffer) throws(CheckpointError) in
        try file.floats(of: entry, into: buffer)
      }
    }
    session.step = state.step
    session.skippedInARow = state.skippedInARow
    session.optimizer.stepCount = state.optimizerStepCount
    return state
  }

  private func blocks(of session: TrainingSession<some StoredModel>) -> [(name: String, block: Tensor)] {
    var blocks = [
      ("values", session.arena.values), ("adam.first", session.optimizer.first),
      ("adam.second", session.optimizer.second),
    ]
    if let average = session.average { blocks.append(("average", average)) }
    return blocks
  }

  /// Names and shapes of all parameters, so that another model's checkpoint of the same size is told apart.
  private func layout(of session: TrainingSession<some StoredModel>) -> String {
    let trained = session.arena.entries.map { "\($0.path)\($0.shape)" }.joined(separator: ";")
    // What is not trained is not in the file, and must be what it was all the same.
    return trained + (session.frozenFingerprint.map { ";frozen \($0)" } ?? "")
  }
}
