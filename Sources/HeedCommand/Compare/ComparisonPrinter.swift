import HeedComparison
import HeedTraining

/// Shows the progress of a comparison on standard error.
final class ComparisonPrinter {
  private var training = TrainingPrinter()

  /// Shows what happened.
  func show(_ update: ComparisonUpdate) {
    switch update {
    case .run(let name, let number, let count):
      finish()
      // Its averages are those of one run.
      training = TrainingPrinter()
      training.show(.note("\(number) of \(count): \(name)"))
    case .kept(let name): training.show(.note("\(name) is finished and kept"))
    case .training(let update): training.show(update)
    case .note(let text): training.show(.note(text))
    }
  }

  /// Leaves the last state of a moving line standing.
  func finish() { training.finish() }
}
