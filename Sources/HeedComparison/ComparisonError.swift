import HeedTraining

/// Why models cannot be compared.
package enum ComparisonError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The recipe is for something else than translation.
  case otherTask(String)
  /// The recipe goes on from a model that is there already.
  case startsFromModel(String)
  /// The recipe's own model is no Transformer.
  case noTransformer(String)
  /// The directory is that of a run.
  case holdsRun(path: String)
  /// The directory is that of another comparison.
  case holdsOther(path: String, expected: String, found: String)
  /// A file has the name of the directory.
  case isFile(path: String)
  /// Runs of the directory may have taken more steps than are asked for now.
  case fewerSteps(path: String, before: Int, now: Int)
  /// No held-out sentence is short enough for the models.
  case nothingToMeasure(maximumLength: Int)

  /// One sentence.
  package var description: String {
    switch self {
    case .otherTask(let task):
      "task is \(task), but only models that translate are compared; name a recipe with task: translation."
    case .startsFromModel(let directory):
      "model.from is \(directory), but models are compared from their first values on; leave it out."
    case .noTransformer(let architecture):
      "model.architecture is \(architecture), but the recipe's model must be the Transformer that the others are "
        + "measured against; leave it out, and choose with --models."
    case .holdsRun(let path):
      "\(path) holds a training run; a comparison needs a directory of its own, name another with --output."
    case .holdsOther(let path, let expected, let found):
      "\(path) holds a comparison of another kind (\(found) instead of \(expected)); name another directory with "
        + "--output."
    case .isFile(let path): "\(path) is a file; a comparison needs a directory, name another with --output."
    case .fewerSteps(let path, let before, let now):
      "training.max_steps is \(now), but \(path) was begun with \(before), and runs that took as many cannot be made "
        + "shorter; name another directory with --output."
    case .nothingToMeasure(let length):
      "no held-out sentence has at most \(length) tokens (data.max_length), so nothing can be measured."
    }
  }
}

/// Someone asked to stop; what is finished is kept, and the run at hand goes on where it stopped.
package struct ComparisonInterrupted: Error, Sendable, CustomStringConvertible {
  /// The directory of the comparison.
  package let directory: String
  /// The run that was stopped.
  package let run: String

  /// One sentence.
  package var description: String {
    "interrupted at \(run); what was done is saved in \(directory), and the same command goes on from there."
  }
}
