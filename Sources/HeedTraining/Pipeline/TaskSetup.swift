import HeedModels

/// How a recipe becomes a task and a model: one for each kind of task.
protocol TaskSetup: Sendable {
  /// The task.
  associatedtype Task: TrainingTask

  /// Learns or reads the vocabulary, encodes the text, and makes the model.
  ///
  /// Nothing is written: a mistake in the text must neither leave half a run behind nor cost the one that was to be
  /// overwritten.
  ///
  /// - Parameters:
  ///   - run: The directory of the run that is to go on, whose vocabulary is used if it is there; nil for a new run.
  ///   - progress: Told what is found, and asked whether to go on.
  /// - Returns: What the run begins with.
  /// - Throws: What files and recipe give cause for.
  func prepare(resuming run: ModelDirectory?, _ progress: SetupProgress) throws -> PreparedTask<Task>
}

/// A task and a model that are ready for training.
struct PreparedTask<Task: TrainingTask>: Sendable {
  /// The task.
  let task: Task
  /// The model with its first values.
  let model: Task.Model
  /// Writes what stands beside the weights in the model directory, before there are any.
  let writeFiles: @Sendable (ModelDirectory) throws -> Void
  /// The directory that the model comes from, if it has been trained before.
  var origin: ModelDirectory?
  /// What is worth remembering of the text, by name.
  var facts: [String: String]

  /// What the model is, in one line.
  var modelNote: String { "model: \(model.parameterCount) parameters, saved as \(model.modelType)" }
}

/// Tells what a setup finds, and lets it be stopped.
struct SetupProgress {
  private let stop: StopFlag
  private let observe: (TrainingUpdate) -> Void

  init(_ stop: StopFlag, _ observe: @escaping (TrainingUpdate) -> Void) {
    self.stop = stop
    self.observe = observe
  }

  /// Tells something worth knowing, in one line.
  func note(_ text: String) { observe(.note(text)) }

  /// To be called now and then where work takes long.
  ///
  /// - Throws: `TrainingInterrupted` if someone asked to stop.
  func checkpoint() throws { if stop.isRaised { throw TrainingInterrupted() } }

  /// The same, every few thousand times.
  func checkpoint(_ count: Int) throws { if count.isMultiple(of: 4096) { try checkpoint() } }
}
