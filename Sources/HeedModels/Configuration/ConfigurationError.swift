/// A field of a configuration file that cannot be used.
public struct ConfigurationError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file.
  public var file: String
  /// The field, if it is about one.
  public let field: String?
  /// What was expected and what was found.
  public let reason: String

  /// An error about a field.
  public init(file: String = "config.json", _ field: String?, _ reason: String) {
    self.file = file
    self.field = field
    self.reason = reason
  }

  /// One sentence.
  public var description: String {
    field.map { "\(file): \($0): \(reason)" } ?? "\(file): \(reason)"
  }
}
