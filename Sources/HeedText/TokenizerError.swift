/// A tokenizer that cannot be read, written or trained: where, what was found, and what was expected.
public struct TokenizerError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What kind of thing went wrong.
  public enum Problem: Sendable, Hashable {
    /// The file cannot be read.
    case unreadable
    /// The file is not JSON, or not UTF-8.
    case malformed
    /// A field is missing, has the wrong type, or has a value that cannot be.
    case invalid
    /// A component that Heed does not have; `supported` lists those that it has.
    case unsupported(component: String, supported: [String])
    /// The file cannot be written.
    case unwritable
    /// The options of a trainer, or the text given to it, do not make a vocabulary.
    case training
    /// A vocabulary that is to be learned has no room for what must be in it.
    case vocabularyTooSmall
  }

  /// What kind of thing went wrong.
  public let problem: Problem
  /// The path of the file, where there is one.
  public internal(set) var file: String?
  /// The field, such as `model.merges[17]`, where there is one.
  public private(set) var field: String?
  /// What was found and what was expected.
  public let message: String

  init(_ problem: Problem, file: String? = nil, field: String? = nil, _ message: String) {
    self.problem = problem
    self.file = file
    self.field = field
    self.message = message
  }

  /// A vocabulary that has no room for what must be in it. Whoever trains has names of their own for the choices.
  static func vocabularyTooSmall(_ size: Int, for needed: String) -> TokenizerError {
    TokenizerError(
      .vocabularyTooSmall,
      "a vocabulary of \(size) is too small for \(needed); make it larger, or let fewer kinds of characters be tokens of "
        + "their own")
  }

  /// The same error; where it is about the size of a vocabulary, with the name that whoever trains has for that size.
  package func namingSize(_ field: String) -> TokenizerError {
    guard problem == .vocabularyTooSmall else { return self }
    var error = self
    error.field = field
    return error
  }

  static func invalid(_ field: String, _ message: String) -> TokenizerError {
    TokenizerError(.invalid, field: field, message)
  }

  static func unsupported(
    _ field: String, _ component: String, supported: [String], note: String = ""
  ) -> TokenizerError {
    TokenizerError(
      .unsupported(component: component, supported: supported), field: field,
      "\(component) is not supported\(note); supported are \(supported.joined(separator: ", "))")
  }

  /// The whole in one sentence.
  public var description: String {
    let isTraining = problem == .training || problem == .vocabularyTooSmall
    return [file ?? (isTraining ? "training a tokenizer" : "tokenizer.json"), field, message]
      .compactMap { $0 }.joined(separator: ": ") + "."
  }
}
