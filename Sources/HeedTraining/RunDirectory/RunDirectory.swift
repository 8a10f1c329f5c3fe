import Foundation
import HeedModels

/// The directory of a training run, which is the directory of the model that comes out of it.
///
///     recipe.yaml      the resolved recipe                      config.json, model.safetensors, tokenizer.json …
///     metrics.jsonl    a JSON object a line (`MetricsLog`)       the model, for Heed and for transformers
///     tensorboard/     event files (`TensorBoardLog`)           report.html    the curves (`TrainingReport`)
///     checkpoints/     the states that a run can resume from    .lock          while a process writes here
///
/// The lock is held as long as the value lives.
public final class RunDirectory: Sendable {
  /// What to do with what is in the directory.
  public enum Mode: Sendable {
    /// Start a new run; refuse a directory that holds one.
    case create
    /// Start a new run and remove the one that is there.
    case overwrite
    /// Go on with the run that is there.
    case resume
  }

  /// The directory.
  public let path: String
  private let lock: RunLock

  /// The resolved recipe.
  public var recipePath: String { "\(path)/recipe.yaml" }
  /// The log of figures.
  public var metricsPath: String { "\(path)/metrics.jsonl" }
  /// The directory of TensorBoard's event files.
  public var tensorBoardPath: String { "\(path)/tensorboard" }
  /// The directory of states to resume from.
  public var checkpointsPath: String { "\(path)/checkpoints" }
  /// The page with the curves.
  public var reportPath: String { "\(path)/report.html" }

  /// Opens or creates a run directory and locks it.
  ///
  /// Files that are no part of a run are never touched.
  ///
  /// - Parameters:
  ///   - path: The directory; missing ones are made, parents as well, unless resuming.
  ///   - mode: What to do with what is there.
  /// - Throws: `RunDirectoryError`; nothing has been changed if the directory's content is the reason.
  public init(_ path: String, mode: Mode) throws(RunDirectoryError) {
    let path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
    self.path = path
    // Before locking, so that a refusal leaves no trace; and again under the lock.
    try Self.checkContent(path, mode)
    try Self.makeDirectory(path)
    lock = try RunLock(directory: path)
    try Self.checkContent(path, mode)
    // Without a run there is nothing of Heed's to remove.
    let files = RunFiles(path: path)
    if mode == .overwrite, files.areOfRun { try files.remove() }
    try Self.makeDirectory(checkpointsPath)
    try Self.makeDirectory(tensorBoardPath)
  }

  /// Writes the resolved recipe.
  ///
  /// - Throws: `RunDirectoryError` if the file cannot be written.
  public func write(_ recipe: Recipe) throws(RunDirectoryError) {
    try Self.write(RunFiles.recipeHeader + recipe.yaml, to: recipePath)
  }

  /// Reads the recipe that the run was started with.
  ///
  /// - Throws: `RecipeError` if the file cannot be read.
  public func readRecipe() throws(RecipeError) -> Recipe { try Recipe(contentsOf: recipePath) }

  /// Cuts both logs back to what was written up to and including a step, as a resumed run needs it.
  ///
  /// - Throws: `RunDirectoryError` if a file cannot be read or changed.
  public func truncateLogs(afterStep step: Int) throws(RunDirectoryError) {
    try MetricsLog.truncate(metricsPath, afterStep: step)
    try TensorBoardLog.truncate(directory: tensorBoardPath, afterStep: step)
  }

  /// Writes `report.html` from the recipe and the log.
  ///
  /// - Throws: `RunDirectoryError` if the log cannot be read or the page cannot be written.
  public func writeReport(_ recipe: Recipe) throws(RunDirectoryError) {
    let records = try MetricsLog.read(metricsPath).records
    let title = path.split(separator: "/").last.map(String.init) ?? path
    let report = TrainingReport(title: title, recipe: recipe, records: records)
    try Self.write(report.html, to: reportPath)
  }

  private static func write(_ text: String, to path: String) throws(RunDirectoryError) {
    do {
      try AtomicFile.write(Data(text.utf8), to: URL(fileURLWithPath: path))
    } catch {
      throw RunDirectoryError(
        path: path, .system(action: "write the file", reason: POSIX.message(error.code)))
    }
  }

  /// Refuses what opening the directory would refuse, and leaves no trace: so that nobody waits for the text to be read only
  /// to hear that the model cannot be written.
  ///
  /// - Throws: `RunDirectoryError`.
  static func check(_ path: String, _ mode: Mode) throws(RunDirectoryError) {
    try checkContent(path, mode)
    var made: [String] = []
    defer { for directory in made.reversed() { _ = rmdir(directory) } }
    // No question to the system tells as much as doing it: not all file systems go by the permissions that they show.
    try makeDirectory(path) { made.append($0) }
    _ = try RunLock(directory: path)
  }

  /// Refuses what opening the directory would refuse for what it holds, and touches nothing.
  private static func checkContent(_ path: String, _ mode: Mode) throws(RunDirectoryError) {
    // Below an empty path lies the root of the file system, and files of a model would come to where one stands.
    guard !path.isEmpty else { throw RunDirectoryError(path: path, .emptyPath) }
    if let status = POSIX.status(path), !status.isDirectory {
      throw RunDirectoryError(path: path, .notADirectory)
    }
    let files = RunFiles(path: path)
    switch mode {
    case .create:
      guard let sign = files.sign else { return }
      throw RunDirectoryError(path: path, files.areOfRun ? .holdsRun(file: sign) : .holdsNoRun(file: sign))
    case .overwrite:
      if let sign = files.sign, !files.areOfRun {
        throw RunDirectoryError(path: path, .holdsNoRun(file: sign))
      }
    case .resume:
      guard POSIX.status("\(path)/recipe.yaml") != nil else {
        throw RunDirectoryError(path: path, .nothingToResume)
      }
    }
  }

  /// Makes a directory and the parents that it lacks, and tells of each.
  private static func makeDirectory(
    _ path: String, _ tell: (String) -> Void = { _ in }
  ) throws(RunDirectoryError) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: true)
    var current = path.hasPrefix("/") ? "" : "."
    for part in parts {
      current += "/\(part)"
      if let status = POSIX.status(current) {
        guard status.isDirectory else { throw RunDirectoryError(path: current, .notADirectory) }
      } else if POSIX.makeDirectory(current) {
        tell(current)
      } else {
        // Kept before another call takes its reason away: someone else may have made the directory just now.
        let refusal = RunDirectoryError.lastCall("create the directory", path)
        guard POSIX.status(current)?.isDirectory == true else { throw refusal }
      }
    }
  }
}
