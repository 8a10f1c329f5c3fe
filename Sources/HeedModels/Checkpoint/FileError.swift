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

  /// The system's words for an error number.
  static func reason(_ code: Int32) -> String {
    guard let text = strerror(code) else { return "error \(code)" }
    return String(cString: text)
  }
}
