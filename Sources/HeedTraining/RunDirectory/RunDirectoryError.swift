/// A run directory, or a file in it, that cannot be used.
public struct RunDirectoryError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong.
  public enum Problem: Sendable, Equatable {
    /// The path is empty, as that of a variable that is not set.
    case emptyPath
    /// Something that is no directory has this name.
    case notADirectory
    /// The directory holds a run already; `file` is what gave it away.
    case holdsRun(file: String)
    /// The directory holds what a run would replace, without the recipe of a run: it is none that may be overwritten.
    case holdsNoRun(file: String)
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
    case .emptyPath:
      return "the path of the run directory is empty; name a directory."
    case .notADirectory:
      return "\(path): a file has this name; name a directory for the run."
    case .holdsRun(let file):
      return "\(path): the directory holds another run (\(file)); choose another one, continue it with "
        + "--resume, or replace it with --overwrite."
    case .holdsNoRun(let file):
      return
        "\(path): the directory holds \(file), but no recipe.yaml that a run of Heed has written, so that it is no "
        + "run to be replaced; choose another directory."
    case .nothingToResume:
      return "\(path): there is no run to resume; expected a directory with recipe.yaml in it."
    case .locked(let process):
      return "\(path): another process (\(process)) is writing to this run; wait for it or stop it."
    case .system(let action, let reason):
      return "\(path): cannot \(action): \(reason)."
    }
  }
}
