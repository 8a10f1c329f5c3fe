/// What is wrong with files that were to be scored.
public enum EvaluationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file cannot be read.
  case unreadable(file: String, reason: String)
  /// The file holds no line.
  case empty(file: String)
  /// A line, counted from 1, is not UTF-8.
  case notUTF8(file: String, line: Int)
  /// Two files that should be parallel are not.
  case unequalLineCounts(
    hypothesesFile: String, hypothesisCount: Int, referencesFile: String, referenceCount: Int)
  /// The program that decompresses files is not on PATH.
  case gzipMissing(file: String)
  /// A compressed file cannot be decompressed; `message` is what gzip said.
  case gzipFailed(file: String, message: String)
  /// A JSON file does not have the form that it should.
  case malformed(file: String, place: String, expected: String)
  /// No file of references was named.
  case noReferences

  /// One sentence: what is wrong, where, and what to do.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): cannot be read (\(reason))."
    case .empty(let file): "\(file): the file is empty; expected one segment on each line."
    case .notUTF8(let file, let line): "\(file), line \(line): not UTF-8; convert the file to UTF-8."
    case .unequalLineCounts(let hypothesesFile, let hypothesisCount, let referencesFile, let referenceCount):
      "\(hypothesesFile) has \(hypothesisCount) lines but \(referencesFile) has \(referenceCount); "
        + "expected one hypothesis for each reference, in the same order."
    case .gzipMissing(let file): "\(file): \(GzipProcess.Failure.missing)."
    case .gzipFailed(let file, let message): "\(file): \(GzipProcess.Failure.failed(message: message))."
    case .malformed(let file, let place, let expected): "\(file): in \(place), expected \(expected)."
    case .noReferences: "No file of references was given; expected at least one."
    }
  }
}
