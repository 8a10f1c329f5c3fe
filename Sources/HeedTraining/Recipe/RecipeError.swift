/// Something wrong with a recipe or with a flag that overrides it.
public struct RecipeError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong.
  public enum Problem: Sendable, Equatable {
    /// The file cannot be read; `reason` is the system's own message.
    case unreadable(reason: String)
    /// The file is not YAML; `reason` is the parser's message.
    case notYAML(reason: String)
    /// The file is YAML of another shape; `expected` says what should stand there.
    case wrongShape(expected: String)
    /// No such key exists; `nearest` is the known one that is spelled most like it, as a dotted path.
    case unknownKey(nearest: String)
    /// The key stands twice in its section.
    case duplicateKey
    /// The value is of another kind; `expected` says of which it should be.
    case wrongValue(found: String, expected: String)
    /// The value is of the right kind and cannot be used; `reason` goes on from the key's name.
    case unusable(reason: String)
  }

  /// Where a value came from.
  public enum Origin: Sendable, Equatable {
    /// A line of a file, counted from 1.
    case file(String, line: Int?)
    /// A flag or a call.
    case override
  }

  /// Where the value came from; nil for a default.
  public let origin: Origin?
  /// The dotted key, such as `model.heads`; nil where the problem is the whole file's.
  public let key: String?
  /// What is wrong.
  public let problem: Problem

  /// Creates an error.
  public init(origin: Origin?, key: String? = nil, _ problem: Problem) {
    self.origin = origin
    self.key = key
    self.problem = problem
  }

  /// One sentence for standard error.
  public var description: String {
    let place =
      switch origin {
      case .file(let file, let line): line.map { "\(file):\($0): " } ?? "\(file): "
      case .override, nil: ""
      }
    let name = key ?? "the recipe"
    switch problem {
    case .unreadable(let reason): return "\(place)the recipe cannot be read: \(reason)."
    case .notYAML(let reason): return "\(place)the recipe is not valid YAML: \(reason)."
    case .wrongShape(let expected): return "\(place)\(name) must be \(expected)."
    case .unknownKey(let nearest): return "\(place)unknown key \(name); did you mean \(nearest)?"
    case .duplicateKey: return "\(place)\(name) is given twice."
    case .wrongValue(let found, let expected):
      return "\(place)\(name) must be \(expected), got \"\(found.prefix(60))\"."
    case .unusable(let reason): return "\(place)\(name) \(reason)."
    }
  }
}
