/// A value while a template runs.
enum Value {
  case undefined(Undefined)
  case none
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case text(Text)
  case sequence(Items)
  case mapping(Mapping)
  case namespace(Namespace)
  case function(Function)
  case loop(Loop)
}

/// A value that is not there; it can be printed, tested and walked through as if empty, and nothing else.
struct Undefined {
  /// Why it is not there: a clause such as "`x` is undefined".
  let reason: String
}

/// A list or another row of values. It cannot be changed, as in the sandbox of the original.
final class Items {
  enum Kind {
    case list, tuple
    case range(start: Int, stop: Int, step: Int)
    /// The views of a mapping.
    case keys, values, pairs
    /// What filters give that work item by item: it has no length, and can be walked through once.
    case generator
  }

  let kind: Kind
  /// How many values lie inside one another; bounded, so that walks need no great stack.
  let depth: Int
  private(set) var values: [Value]

  /// - Precondition: the depth was checked by `Interpreter.sequence(_:_:)`.
  init(_ kind: Kind, _ values: [Value], depth: Int) {
    self.kind = kind
    self.values = values
    self.depth = depth
  }

  /// The values; a generator has none from then on.
  func walk() -> [Value] {
    guard case .generator = kind else { return values }
    defer { values = [] }
    return values
  }

  var isGenerator: Bool { if case .generator = kind { true } else { false } }
  var isTuple: Bool { if case .tuple = kind { true } else { false } }
  /// Whether elements can be asked for by number.
  var hasSubscript: Bool {
    switch kind {
    case .list, .tuple, .range: true
    case .keys, .values, .pairs, .generator: false
    }
  }
}

/// A mapping in the order in which its keys came. It cannot be changed.
final class Mapping {
  /// What a key is compared by: 1, 1.0 and true are one key.
  enum Key: Hashable {
    case none
    case integer(Int)
    case number(Double)
    case text(Text)
  }

  let depth: Int
  let keys: [Value]
  let values: [Value]
  private let positions: [Key: Int]

  init(keys: [Value], values: [Value], positions: [Key: Int], depth: Int) {
    self.keys = keys
    self.values = values
    self.positions = positions
    self.depth = depth
  }

  subscript(key: Key) -> Value? { positions[key].map { values[$0] } }
}

extension Mapping.Key {
  /// The key of a value; nil where the value cannot be one.
  init?(_ value: Value) {
    switch value {
    case .none: self = .none
    case .boolean(let truth): self = .integer(truth ? 1 : 0)
    case .integer(let integer): self = .integer(integer)
    case .number(let number): self = Int(exactly: number).map { .integer($0) } ?? .number(number)
    case .text(let text): self = .text(text)
    default: return nil
    }
  }
}

/// What `namespace()` makes: the only value whose parts can be assigned.
final class Namespace {
  var attributes: [Text: Value]

  init(_ attributes: [Text: Value]) { self.attributes = attributes }
}

/// The `loop` of a `for` statement.
final class Loop {
  let items: [Value]
  let depth: Int
  let nesting: Int
  var index = 0
  var lastChanged: [Value]?

  init(_ items: [Value], depth: Int, nesting: Int) {
    self.items = items
    self.depth = depth
    self.nesting = nesting
  }
}

/// What can be called.
indirect enum Function {
  /// A function of the environment.
  case global(String)
  /// A method of a value.
  case method(Value, String)
  case macro(Macro)
}

/// A macro with the variables that it sees.
final class Macro {
  let definition: MacroDefinition
  var scope: Scope?
  /// What `caller()` runs in it.
  var caller: Macro?

  init(_ definition: MacroDefinition, _ scope: Scope) {
    self.definition = definition
    self.scope = scope
  }
}

/// Variables, and the scope around them.
final class Scope {
  var variables: [String: Value] = [:]
  let parent: Scope?

  init(_ parent: Scope?) { self.parent = parent }

  func find(_ name: String) -> Value? {
    var scope: Scope? = self
    while let current = scope {
      if let value = current.variables[name] { return value }
      scope = current.parent
    }
    return nil
  }
}
