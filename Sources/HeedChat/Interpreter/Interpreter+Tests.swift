/// The tests behind `is`.
extension Interpreter {
  private static let comparisons: [String: Comparison] = [
    "==": .equal, "eq": .equal, "equalto": .equal, "!=": .notEqual, "ne": .notEqual, "<": .less, "lt": .less,
    "lessthan": .less, "<=": .lessOrEqual, "le": .lessOrEqual, ">": .greater, "gt": .greater,
    "greaterthan": .greater, ">=": .greaterOrEqual, "ge": .greaterOrEqual, "in": .isIn,
  ]
  private static let plainTests: Set<String> = [
    "defined", "undefined", "none", "boolean", "true", "false", "integer", "float", "number", "string",
    "mapping",
    "sequence", "iterable", "callable", "odd", "even", "lower", "upper", "escaped", "filter", "test",
  ]

  /// Whether `value` passes the test `name`.
  func test(_ name: String, _ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Bool {
    if let comparison = Self.comparisons[name] {
      return try holds(value, comparison, try operand(arguments, name))
    }
    switch name {
    case "divisibleby":
      let remainder = try calculate(value, .modulo, try operand(arguments, name))
      return try isEqual(remainder, .integer(0))
    case "sameas": return try isSame(value, try operand(arguments, name))
    default:
      guard Self.plainTests.contains(name) else { throw .unsupported("the test `is \(name)`", line: line) }
      _ = try arguments.matched([], of: "is \(name)", self)
      return try plainTest(name, value)
    }
  }

  private func operand(_ arguments: Arguments, _ name: String) throws(ChatTemplateError) -> Value {
    guard arguments.positional.count == 1, arguments.named.isEmpty else {
      throw failure("`is \(name)` needs one argument")
    }
    return arguments.positional[0]
  }

  private func plainTest(_ name: String, _ value: Value) throws(ChatTemplateError) -> Bool {
    switch (name, value) {
    case ("defined", _): return !value.isUndefined
    case ("undefined", _): return value.isUndefined
    case ("none", _): return value.isNone
    case ("boolean", .boolean), ("integer", .integer), ("float", .number), ("string", .text),
      ("mapping", .mapping), ("callable", .function), ("callable", .loop):
      return true
    // Python's undefined value and namespaces answer to calls as well.
    case ("callable", .undefined): return true
    case ("true", .boolean(let truth)): return truth
    case ("false", .boolean(let truth)): return !truth
    case ("number", _): return value.double != nil
    case ("sequence", .undefined), ("sequence", .text), ("sequence", .mapping): return true
    case ("sequence", .sequence(let items)): return items.hasSubscript
    case ("iterable", .undefined), ("iterable", .text), ("iterable", .mapping), ("iterable", .sequence),
      ("iterable", .loop):
      return true
    case ("odd", _): return try isEqual(try calculate(value, .modulo, .integer(2)), .integer(1))
    case ("even", _): return try isEqual(try calculate(value, .modulo, .integer(2)), .integer(0))
    case ("lower", _): return try text(of: value).isLowercase
    case ("upper", _): return try text(of: value).isUppercase
    case ("escaped", .text(let text)): return text.isMarkup
    case ("filter", .text(let text)): return Self.filters[text.string] != nil
    case ("test", .text(let text)):
      return Self.plainTests.contains(text.string) || Self.comparisons[text.string] != nil
        || ["divisibleby", "sameas"].contains(text.string)
    default: return false
    }
  }

  /// Whether both are one object; small values that are equal are, as nearly always in Python.
  private func isSame(_ left: Value, _ right: Value) throws(ChatTemplateError) -> Bool {
    switch (left, right) {
    case (.sequence(let left), .sequence(let right)): return left === right
    case (.mapping(let left), .mapping(let right)): return left === right
    case (.boolean, .boolean), (.integer, .integer), (.number, .number), (.text, .text), (.none, .none),
      (.namespace, .namespace), (.loop, .loop), (.function, .function):
      return try isEqual(left, right)
    default: return false
    }
  }
}
