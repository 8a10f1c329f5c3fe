/// A chat template that cannot be read, or that failed while it was rendered: the line, and what is wrong there.
public struct ChatTemplateError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of thing went wrong.
  public enum Problem: Sendable, Hashable {
    /// The text is not a template.
    case syntax
    /// A construct of Jinja that Heed does not have.
    case unsupported(construct: String)
    /// The template called `raise_exception`: it refuses these messages.
    case refused
    /// Something was asked of a value that is not there.
    case undefined
    /// An operation that its operands do not allow.
    case evaluation
    /// The template needs more time, memory or depth than a chat template may.
    case limit
  }

  /// What kind of thing went wrong.
  public let problem: Problem
  /// The line of the template, from 1.
  public let line: Int
  /// What was found, and what was expected.
  public let message: String

  init(_ problem: Problem, line: Int, _ message: String) {
    self.problem = problem
    self.line = line
    self.message = message
  }

  static func unsupported(_ construct: String, line: Int) -> ChatTemplateError {
    ChatTemplateError(
      .unsupported(construct: construct), line: line, "\(construct) is not supported in chat templates")
  }

  /// The whole in one sentence.
  public var description: String {
    problem == .refused
      ? "the chat template refuses these messages: \(message) (line \(line))"
      : "chat template, line \(line): \(message)"
  }
}
