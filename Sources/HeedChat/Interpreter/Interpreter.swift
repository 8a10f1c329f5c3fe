/// Runs the statements of a template once.
final class Interpreter {
  /// What a rendering may cost: a unit is about one step, or the copying of some characters.
  static let budget = 1 << 26
  /// Expressions, blocks and macros inside one another while they run.
  static let depthLimit = 240
  /// Values inside values.
  static let valueDepthLimit = 100
  /// The scalars of one text.
  static let textLimit = 1 << 25

  /// How a block ended.
  enum Flow { case normal, breakLoop, continueLoop }

  private var remaining = Interpreter.budget
  private var depth = 0
  private var output: [Unicode.Scalar] = []
  /// What may refer to itself; taken apart at the end.
  private var namespaces: [Namespace] = []
  private var macros: [Macro] = []
  private let globals = Scope(nil)
  var scope: Scope
  var line = 1
  var loopNesting = 0

  init() {
    for name in Self.globalFunctions { globals.variables[name] = .function(.global(name)) }
    scope = Scope(globals)
  }

  /// Breaks the cycles between namespaces, macros and their variables.
  func release() {
    for namespace in namespaces { namespace.attributes = [:] }
    for macro in macros {
      macro.scope?.variables = [:]
      macro.scope = nil
      macro.caller = nil
    }
  }

  func render(_ body: [Statement], variables: [String: TemplateValue]) throws(ChatTemplateError) -> String {
    for (name, value) in variables { globals.variables[name] = try runtime(value) }
    _ = try execute(body)
    return Text(output).string
  }

  /// A value that the caller gave.
  private func runtime(_ value: TemplateValue, depth: Int = 0) throws(ChatTemplateError) -> Value {
    guard depth < Self.valueDepthLimit else { throw tooDeep() }
    switch value {
    case .null: return .none
    case .boolean(let truth): return .boolean(truth)
    case .integer(let integer): return .integer(integer)
    case .number(let number): return .number(number)
    case .string(let string): return .string(string)
    case .list(let list):
      var values: [Value] = []
      for element in list { values.append(try runtime(element, depth: depth + 1)) }
      return try sequence(.list, values)
    case .object(let fields):
      var pairs: [(Value, Value)] = []
      for field in fields { pairs.append((.string(field.name), try runtime(field.value, depth: depth + 1))) }
      return try mapping(pairs)
    }
  }

  // MARK: Limits

  func spend(_ cost: Int) throws(ChatTemplateError) {
    let (rest, overflow) = remaining.subtractingReportingOverflow(cost)
    guard !overflow, rest >= 0 else {
      throw failure(
        .limit, "the template takes too long, or too much memory; does a loop grow without an end?")
    }
    remaining = rest
  }

  /// Pays for values before they are made, so that a count alone allocates nothing.
  func spend(forValues count: Int) throws(ChatTemplateError) {
    let (cost, overflow) = count.multipliedReportingOverflow(by: 8)
    try spend(overflow ? .max : cost)
  }

  /// Runs `body` one level deeper.
  func nested<Result>(_ body: () throws(ChatTemplateError) -> Result) throws(ChatTemplateError) -> Result {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else {
      throw failure(.limit, "blocks and macros run too deep inside one another; does a macro call itself?")
    }
    try spend(1)
    return try body()
  }

  private func tooDeep() -> ChatTemplateError {
    failure(.limit, "more than \(Self.valueDepthLimit) lists or mappings lie inside one another")
  }

  func failure(_ problem: ChatTemplateError.Problem, _ message: String) -> ChatTemplateError {
    ChatTemplateError(problem, line: line, message)
  }

  /// An operation that its operands do not allow.
  func failure(_ message: String) -> ChatTemplateError { failure(.evaluation, message) }

  // MARK: Making values

  func sequence(_ kind: Items.Kind, _ values: [Value]) throws(ChatTemplateError) -> Value {
    let depth = values.lazy.map(\.depth).max() ?? 0
    guard depth < Self.valueDepthLimit else { throw tooDeep() }
    try spend(values.count * 2 + 1)
    return .sequence(Items(kind, values, depth: depth + 1))
  }

  /// A mapping; of two pairs with one key the later value counts, at the place of the first.
  func mapping(_ pairs: [(Value, Value)]) throws(ChatTemplateError) -> Value {
    var (keys, values): ([Value], [Value]) = ([], [])
    var positions: [Mapping.Key: Int] = [:]
    for (key, value) in pairs {
      let hashed = try self.key(key)
      if let position = positions[hashed] {
        values[position] = value
      } else {
        positions[hashed] = keys.count
        keys.append(key)
        values.append(value)
      }
    }
    let depth = values.lazy.map(\.depth).max() ?? 0
    guard depth < Self.valueDepthLimit else { throw tooDeep() }
    try spend(pairs.count * 8 + 1)
    return .mapping(Mapping(keys: keys, values: values, positions: positions, depth: depth + 1))
  }

  func key(_ value: Value) throws(ChatTemplateError) -> Mapping.Key {
    guard let key = Mapping.Key(value) else {
      throw failure("a \(value.typeName) cannot be the key of a mapping")
    }
    return key
  }

  /// A text of bounded length.
  func text(_ text: Text) throws(ChatTemplateError) -> Value {
    try check(textLength: text.count)
    return .text(text)
  }

  func check(textLength: Int) throws(ChatTemplateError) {
    guard textLength <= Self.textLimit else {
      throw failure(.limit, "a text grows beyond \(Self.textLimit) characters")
    }
    try spend(textLength / 4 + 1)
  }

  func namespace(_ attributes: [Text: Value]) throws(ChatTemplateError) -> Value {
    try spend(attributes.count * 4 + 8)
    let namespace = Namespace(attributes)
    namespaces.append(namespace)
    return .namespace(namespace)
  }

  func macro(_ definition: MacroDefinition) -> Macro {
    let macro = Macro(definition, scope)
    macros.append(macro)
    return macro
  }

  // MARK: Output

  func write(_ text: [Unicode.Scalar]) throws(ChatTemplateError) {
    try check(textLength: text.count)
    output += text
    guard output.count <= Self.textLimit else {
      throw failure(.limit, "the text grows beyond \(Self.textLimit) characters")
    }
  }

  /// What `body` writes, instead of writing it.
  func captured(_ body: () throws(ChatTemplateError) -> Void) throws(ChatTemplateError) -> Text {
    let outer = output
    output = []
    defer { output = outer }
    try body()
    return Text(output)
  }

  /// Runs `body` with variables of its own, around which `parent` lies.
  func scoped<Result>(
    in parent: Scope, _ body: () throws(ChatTemplateError) -> Result
  ) throws(ChatTemplateError) -> Result {
    let outer = scope
    scope = Scope(parent)
    defer { scope = outer }
    return try body()
  }
}
