import HeedTraining

/// What a comparison tells while it works.
package enum ComparisonUpdate: Sendable {
  /// A run begins or goes on: its name, its number from 1, and how many there are.
  case run(name: String, number: Int, count: Int)
  /// A run was finished before and is kept.
  case kept(name: String)
  /// Something about the training of the run at hand.
  case training(TrainingUpdate)
  /// Something worth knowing, in one line.
  case note(String)
}
