/// A run directory, or a file in it, that cannot be used.
public struct RunDirectoryError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong.
  public enum Problem: Sendable, Equatable {
    /// Something that is no directory has this name.
    case notADirectory
    /// The directory holds a run already; `file` is what gave it away.
    case holdsRun(file: String)
    /// The directory holds a model without a recipe, so it is not a run that may be overwritten.
    case holdsForeignModel(file: String)
    /// There is no run to resume.
    case nothingToResume
    /// Another process is writing to the run.
    case locked(process: String)
    /// The system refused; `action` is what was tried, `reason` its message.
    case system(action: String, reason: String)
  }

  /// The directory or the file.
  public let path: String
  /// What is wrong.
  public let problem: Problem

  /// Creates an error.
  public init(path: String, _ problem: Problem) {
    self.path = path
    self.problem = problem
  }

  /// The error for the system call that just failed.
  static func lastCall(_ action: String, _ path: String) -> RunDirectoryError {
    RunDirectoryError(path: path, .system(action: action, reason: POSIX.lastErrorMessage))
  }

  /// One sentence for standard error.
  public var description: String {
    switch problem {
    case .notADirectory:
      return "\(path): a file has this name; name a directory for the run."
    case .holdsRun(let file):
      return "\(path): the directory holds another run (\(file)); choose another one, continue it with "
        + "--resume, or replace it with --overwrite."
    case .holdsForeignModel(let file):
      return "\(path): the directory holds a model (\(file)) that was not trained there, because recipe.yaml "
        + "is missing; it is not overwritten. Choose another directory."
    case .nothingToResume:
      return "\(path): there is no run to resume; expected a directory with recipe.yaml in it."
    case .locked(let process):
      return "\(path): another process (\(process)) is writing to this run; wait for it or stop it."
    case .system(let action, let reason):
      return "\(path): cannot \(action): \(reason)."
    }
  }
}
