import Foundation

/// An operation on a file that the system refused.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What was attempted.
  public enum Action: String, Sendable {
    /// Opening or reading.
    case read
    /// Creating, writing, flushing or renaming.
    case write
  }

  /// What was attempted.
  public let action: Action
  /// The file that it was attempted on.
  public let path: String
  /// The system's error number (`errno`).
  public let code: Int32

  /// An error of the system with number `code`.
  public init(_ action: Action, _ path: String, code: Int32) {
    self.action = action
    self.path = path
    self.code = code
  }

  /// One sentence: the file and the system's reason.
  public var description: String {
    "cannot \(action.rawValue) \(path): \(FileError.reason(code))"
  }

  /// Why a file cannot be read, as what follows its name; `form` is what it should be.
  package func clause(expecting form: String) -> String {
    switch code {
    case ENOENT: "the file does not exist"
    case EISDIR: "this is a directory, expected \(form)"
    case EINVAL: "this is not a regular file, expected \(form)"
    default: "the file cannot be read: \(FileError.reason(code))"
    }
  }

  /// Why a directory cannot be listed, in the system's words, which Foundation's errors do not hold.
  static func reason(ofListing path: String) -> String {
    guard let directory = opendir(path) else { return reason(errno) }
    closedir(directory)
    return "it changed meanwhile"
  }

  /// The system's words for an error number.
  static func reason(_ code: Int32) -> String {
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text)
  }
}
