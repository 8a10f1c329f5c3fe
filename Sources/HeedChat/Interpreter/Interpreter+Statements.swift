extension Interpreter {
  /// Runs statements up to the end, or to a `break` or `continue`.
  func execute(_ body: [Statement]) throws(ChatTemplateError) -> Flow {
    try nested { () throws(ChatTemplateError) in
      for statement in body {
        line = statement.line
        let flow = try execute(statement)
        if flow != .normal { return flow }
      }
      return .normal
    }
  }

  private func execute(_ statement: Statement) throws(ChatTemplateError) -> Flow {
    try spend(1)
    switch statement.kind {
    case .text(let text): try write(text)
    case .output(let expression): try write(try self.text(of: try evaluate(expression)).scalars)
    case .branches(let branches):
      for branch in branches {
        if let condition = branch.condition, !(try evaluate(condition).isTrue) { continue }
        return try execute(branch.body)
      }
    case .loop(let definition): try run(definition)
    case .assign(let target, let expression): try assign(try evaluate(expression), to: target)
    case .assignBlock(let target, let filters, let body):
      try assign(try filtered(try capture(body), filters), to: target)
    case .with(let assignments, let body): return try with(assignments, body)
    case .filtered(let filters, let body):
      try write(try text(of: try filtered(try capture(body), filters)).scalars)
    case .macro(let definition):
      scope.variables[definition.name] = .function(.macro(macro(definition)))
    case .call(let definition, let call): try runCall(definition, call)
    case .scope(let body):
      _ = try scoped(in: scope) { () throws(ChatTemplateError) in try execute(body) }
    case .breakLoop: return .breakLoop
    case .continueLoop: return .continueLoop
    }
    return .normal
  }

  /// What a block writes, with variables of its own.
  private func capture(_ body: [Statement]) throws(ChatTemplateError) -> Value {
    let text = try captured { () throws(ChatTemplateError) in
      _ = try scoped(in: scope) { () throws(ChatTemplateError) in try execute(body) }
    }
    return .text(text)
  }

  private func filtered(_ value: Value, _ filters: [Suffix]) throws(ChatTemplateError) -> Value {
    var value = value
    for filter in filters { value = try apply(filter, to: value) }
    return value
  }

  private func with(
    _ assignments: [(target: Target, value: Expression)], _ body: [Statement]
  ) throws(ChatTemplateError) -> Flow {
    // The values are those outside the block.
    var values: [Value] = []
    for assignment in assignments { values.append(try evaluate(assignment.value)) }
    return try scoped(in: scope) { () throws(ChatTemplateError) in
      for (assignment, value) in zip(assignments, values) { try assign(value, to: assignment.target) }
      return try execute(body)
    }
  }

  private func run(_ definition: LoopDefinition) throws(ChatTemplateError) {
    var items = try iterate(try evaluate(definition.items))
    if let condition = definition.condition {
      var kept: [Value] = []
      for item in items {
        let isKept = try scoped(in: scope) { () throws(ChatTemplateError) in
          try assign(item, to: definition.target)
          return try evaluate(condition).isTrue
        }
        if isKept { kept.append(item) }
      }
      items = kept
    }
    guard !items.isEmpty else {
      _ = try scoped(in: scope) { () throws(ChatTemplateError) in try execute(definition.otherwise) }
      return
    }
    let depth = items.lazy.map(\.depth).max() ?? 0
    let loop = Loop(items, depth: depth + 1, nesting: loopNesting)
    loopNesting += 1
    defer { loopNesting -= 1 }
    for index in items.indices {
      try spend(16)
      loop.index = index
      let flow = try scoped(in: scope) { () throws(ChatTemplateError) in
        scope.variables["loop"] = .loop(loop)
        try assign(items[index], to: definition.target)
        return try execute(definition.body)
      }
      if flow == .breakLoop { break }
    }
  }

  func assign(_ value: Value, to target: Target) throws(ChatTemplateError) {
    switch target {
    case .name(let name): scope.variables[name] = value
    case .attribute(let owner, let name):
      guard case .namespace(let namespace) = scope.find(owner) else {
        throw failure("`\(owner).\(name)` cannot be assigned, since `\(owner)` is not a namespace")
      }
      guard !name.hasPrefix("_") else {
        throw failure("`\(owner).\(name)` cannot be assigned, since its name begins with `_`")
      }
      namespace.attributes[Text(name)] = value
    case .tuple(let targets):
      let values = try iterate(value)
      guard values.count == targets.count else {
        throw failure("\(values.count) values cannot be assigned to \(targets.count) names")
      }
      for (part, value) in zip(targets, values) { try assign(value, to: part) }
    }
  }

  // MARK: Macros

  private func runCall(_ definition: MacroDefinition, _ call: Expression) throws(ChatTemplateError) {
    guard case .chain(let base, let suffixes) = call, let last = suffixes.last,
      case .call(let written) = last.kind
    else { return }
    var callee = try evaluate(base)
    for suffix in suffixes.dropLast() { callee = try apply(suffix, to: callee) }
    guard case .function(.macro(let callee)) = callee else {
      throw failure("`{% call %}` needs the call of a macro")
    }
    let arguments = try evaluate(written)
    let result = try self.call(callee, arguments, caller: macro(definition))
    try write(try text(of: result).scalars)
  }

  /// Runs a macro: what it writes is its value.
  func call(
    _ macro: Macro, _ arguments: Arguments, caller: Macro? = nil
  ) throws(ChatTemplateError) -> Value {
    let definition = macro.definition
    guard let parent = macro.scope else { return .undefined(Undefined(reason: "the macro has ended")) }
    var (positional, named) = (arguments.positional[...], arguments.named)
    let text = try scoped(in: parent) { () throws(ChatTemplateError) in
      for parameter in definition.parameters {
        if let value = positional.popFirst() {
          scope.variables[parameter.name] = value
        } else if let index = named.firstIndex(where: { $0.name == parameter.name }) {
          scope.variables[parameter.name] = named.remove(at: index).value
        } else if let initial = parameter.initial {
          scope.variables[parameter.name] = try evaluate(initial)
        } else {
          let reason = "the parameter `\(parameter.name)` of `\(definition.name)` was not given"
          scope.variables[parameter.name] = .undefined(Undefined(reason: reason))
        }
      }
      if definition.takesPositionalRest {
        scope.variables["varargs"] = try sequence(.tuple, Array(positional))
      } else if !positional.isEmpty {
        throw failure("`\(definition.name)` takes at most \(definition.parameters.count) arguments")
      }
      if definition.takesNamedRest {
        scope.variables["kwargs"] = try mapping(named.map { (.string($0.name), $0.value) })
      } else if let extra = named.first {
        throw failure("`\(definition.name)` has no parameter `\(extra.name)`")
      }
      if definition.takesCaller {
        scope.variables["caller"] =
          caller.map { .function(.macro($0)) } ?? .undefined(Undefined(reason: "there is no caller"))
      } else if caller != nil {
        throw failure("`\(definition.name)` takes no caller, since it does not speak of `caller`")
      }
      return try captured { () throws(ChatTemplateError) in _ = try execute(definition.body) }
    }
    return .text(text)
  }
}
