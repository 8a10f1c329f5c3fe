extension Value {
  /// What Python calls the type.
  var typeName: String {
    switch self {
    case .undefined: "undefined value"
    case .none: "none"
    case .boolean: "boolean"
    case .integer: "integer"
    case .number: "float"
    case .text: "string"
    case .sequence(let items):
      switch items.kind {
      case .list: "list"
      case .tuple: "tuple"
      case .range: "range"
      case .keys, .values, .pairs: "view of a mapping"
      case .generator: "generator"
      }
    case .mapping: "mapping"
    case .namespace: "namespace"
    case .function: "function"
    case .loop: "loop"
    }
  }

  /// Whether a condition takes it for true.
  var isTrue: Bool {
    switch self {
    case .undefined, .none: false
    case .boolean(let truth): truth
    case .integer(let integer): integer != 0
    case .number(let number): number != 0
    case .text(let text): !text.isEmpty
    case .sequence(let items): items.isGenerator || !items.values.isEmpty
    case .mapping(let mapping): !mapping.keys.isEmpty
    case .loop(let loop): !loop.items.isEmpty
    case .namespace, .function: true
    }
  }

  var isUndefined: Bool { if case .undefined = self { true } else { false } }
  var isNone: Bool { if case .none = self { true } else { false } }
  var text: Text? { if case .text(let text) = self { text } else { nil } }

  /// A whole number, as which true and false count as well.
  var integer: Int? {
    switch self {
    case .integer(let integer): integer
    case .boolean(let truth): truth ? 1 : 0
    default: nil
    }
  }

  /// A number of any kind.
  var double: Double? {
    if case .number(let number) = self { return number }
    return integer.map { Double($0) }
  }

  /// How deep values lie inside it.
  var depth: Int {
    switch self {
    case .sequence(let items): items.depth
    case .mapping(let mapping): mapping.depth
    case .loop(let loop): loop.depth
    case .function(.method(let receiver, _)): receiver.depth + 1
    default: 0
    }
  }

  static func string(_ string: String) -> Value { .text(Text(string)) }
}
