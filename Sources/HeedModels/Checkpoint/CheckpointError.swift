/// What is wrong with a file of weights: all of it, not only the first thing found.
public struct CheckpointError: Error, Sendable, Hashable, CustomStringConvertible {
  /// One thing that is wrong.
  public enum Problem: Sendable, Hashable {
    /// The file could not be opened or read.
    case unreadable(reason: String)
    /// The file is not what its format demands; `tensor` is the one concerned, if only one is.
    case malformed(tensor: String?, reason: String)
    /// A tensor that is needed is not there; `closest` is the most similar name that is.
    case missing(name: String, closest: String?)
    /// A tensor is there that nothing needs; `closest` is the most similar name that is needed.
    case unexpected(name: String, closest: String?)
    /// A tensor has another shape than is needed.
    case shape(name: String, expected: [Int], found: [Int])
    /// A tensor has another element type than can be used here.
    case elementType(name: String, expected: [ElementType], found: ElementType)
  }

  /// The file, as it was named when opened.
  public let file: String
  /// All that is wrong with it, at least one.
  public let problems: [Problem]

  /// An error about `file`.
  /// - Precondition: `problems` is not empty.
  public init(file: String, problems: [Problem]) {
    precondition(!problems.isEmpty, "a checkpoint error needs a problem")
    self.file = file
    self.problems = problems
  }

  /// Problems that `description` spells out before it only counts the rest.
  static let describedProblemLimit = 50

  /// The file and each problem: one sentence for one problem, a line each for several.
  public var description: String {
    if problems.count == 1 { return "\(file): \(problems[0])" }
    var lines = ["\(file): \(problems.count) problems:"]
    lines += problems.prefix(Self.describedProblemLimit).map { "  \($0)" }
    if problems.count > Self.describedProblemLimit {
      lines.append("  and \(problems.count - Self.describedProblemLimit) more")
    }
    return lines.joined(separator: "\n")
  }
}

extension CheckpointError.Problem: CustomStringConvertible {
  /// The problem in one clause, with the name of the tensor.
  public var description: String {
    switch self {
    case .unreadable(let reason): return reason
    case .malformed(nil, let reason): return reason
    case .malformed(let tensor?, let reason): return "tensor \(quoted(tensor)) \(reason)"
    case .missing(let name, let closest):
      let hint = closest.map { " (the closest name in the file is \(quoted($0)))" } ?? ""
      return "tensor \(quoted(name)) is missing\(hint)"
    case .unexpected(let name, let closest):
      let hint = closest.map { " (the closest name that it expects is \(quoted($0)))" } ?? ""
      return "tensor \(quoted(name)) is not part of this model\(hint)"
    case .shape(let name, let expected, let found):
      return "tensor \(quoted(name)) must have shape \(shapeText(expected)), found \(shapeText(found))"
    case .elementType(let name, let expected, let found):
      if expected == ElementType.allCases.filter(\.isFloatingPoint) {
        return "tensor \(quoted(name)) must hold floating-point numbers, found \(found.rawValue)"
      }
      let names = expected.map(\.rawValue).joined(separator: " or ")
      return "tensor \(quoted(name)) must have element type \(names), found \(found.rawValue)"
    }
  }
}

/// A name from a file, fit for a message: in quotes, control characters escaped, cut if very long.
func quoted(_ name: String) -> String {
  let limit = 120
  let shown = name.count > limit ? name.prefix(limit) + "…" : name[...]
  return shown.debugDescription
}

/// A shape fit for a message: cut if it has very many axes.
func shapeText(_ shape: [Int]) -> String {
  let limit = 12
  let axes = shape.prefix(limit).map(String.init).joined(separator: ", ")
  return shape.count > limit ? "[\(axes), … \(shape.count) axes]" : "[\(axes)]"
}
