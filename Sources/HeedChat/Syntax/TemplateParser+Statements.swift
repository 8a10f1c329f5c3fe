extension TemplateParser {
  /// One statement; the tag's `{%` is taken, its `%}` is not. `{% print %}` is one for each of its expressions.
  mutating func statement() throws(ChatTemplateError) -> [Statement] {
    let line = current.line
    let name = try expectName("the name of a statement")
    let kind: Statement.Kind
    switch name {
    case "if": kind = try branches()
    case "for": kind = .loop(try loop(line))
    case "set": kind = try assignment()
    case "with": kind = try with()
    case "filter":
      let filters = try filters(startsInline: true)
      kind = .filtered(filters, body: try block(until: ["endfilter"]).body)
    case "macro":
      let name = try expectName()
      kind = .macro(try macro(name, ends: "endmacro", hasParameters: true))
    case "call": kind = try callBlock()
    case "generation":
      kind = .scope(
        try detached { parser throws(ChatTemplateError) in
          try parser.block(until: ["endgeneration"]).body
        })
    case "break", "continue":
      guard loopDepth > 0 else {
        throw ChatTemplateError(.syntax, line: line, "`{% \(name) %}` stands in no loop")
      }
      kind = name == "break" ? .breakLoop : .continueLoop
    case "print":
      var outputs: [Statement] = []
      while current.kind != .blockEnd {
        if !outputs.isEmpty { try expect(operation: ",") }
        outputs.append(Statement(kind: .output(try expression()), line: line))
      }
      return outputs
    case "autoescape", "block", "do", "extends", "from", "import", "include", "trans", "debug":
      throw .unsupported("the statement `{% \(name) %}`", line: line)
    default:
      throw ChatTemplateError(.syntax, line: line, "there is no statement `{% \(name) %}` here")
    }
    return [Statement(kind: kind, line: line)]
  }

  private mutating func branches() throws(ChatTemplateError) -> Statement.Kind {
    var branches: [(condition: Expression?, body: [Statement])] = []
    var condition: Expression? = try tupleOrExpression(closing: [], allowsConditional: false)
    while true {
      let ends = condition == nil ? ["endif"] : ["elif", "else", "endif"]
      let (body, end) = try block(until: ends)
      branches.append((condition, body))
      switch end {
      case "elif": condition = try tupleOrExpression(closing: [], allowsConditional: false)
      case "else": condition = nil
      default: return .branches(branches)
      }
    }
  }

  private mutating func loop(_ line: Int) throws(ChatTemplateError) -> LoopDefinition {
    let target = try target(closing: ["in"], allowsAttributes: false)
    guard skip(name: "in") else { throw unexpected("`in`") }
    let items = try tupleOrExpression(closing: ["recursive"], allowsConditional: false)
    let condition = skip(name: "if") ? try expression() : nil
    if isName("recursive") { throw .unsupported("a loop that is `recursive`", line: line) }
    loopDepth += 1
    let (body, end) = try block(until: ["endfor", "else"])
    loopDepth -= 1
    let otherwise = end == "else" ? try block(until: ["endfor"]).body : []
    return LoopDefinition(
      target: target, items: items, condition: condition, body: body, otherwise: otherwise)
  }

  private mutating func assignment() throws(ChatTemplateError) -> Statement.Kind {
    let target = try target(closing: [], allowsAttributes: true)
    if skip(operation: "=") { return .assign(target, try tupleOrExpression(closing: [])) }
    let filters = try filters(startsInline: false)
    return .assignBlock(target, filters: filters, body: try block(until: ["endset"]).body)
  }

  private mutating func with() throws(ChatTemplateError) -> Statement.Kind {
    var assignments: [(target: Target, value: Expression)] = []
    while current.kind != .blockEnd {
      if !assignments.isEmpty { try expect(operation: ",") }
      let target = try target(closing: [], allowsAttributes: false)
      try expect(operation: "=")
      assignments.append((target, try expression()))
    }
    return .with(assignments, body: try block(until: ["endwith"]).body)
  }

  private mutating func callBlock() throws(ChatTemplateError) -> Statement.Kind {
    let parameters = isOperation("(") ? try parameters() : []
    let line = current.line
    let call = try expression()
    guard case .chain(_, let suffixes) = call, let last = suffixes.last, case .call = last.kind else {
      throw ChatTemplateError(.syntax, line: line, "`{% call %}` needs the call of a macro")
    }
    return .call(try macro("caller", ends: "endcall", parameters: parameters), call: call)
  }

  // MARK: Macros

  private mutating func macro(_ name: String, ends: String, hasParameters: Bool)
    throws(ChatTemplateError) -> MacroDefinition
  {
    let outer = namesRead
    let parameters = try parameters()
    namesRead = outer
    return try macro(name, ends: ends, parameters: parameters)
  }

  private mutating func macro(
    _ name: String, ends: String, parameters: [(name: String, initial: Expression?)]
  ) throws(ChatTemplateError) -> MacroDefinition {
    let outer = namesRead
    namesRead = []
    let body = try detached { parser throws(ChatTemplateError) in try parser.block(until: [ends]).body }
    let read = namesRead.subtracting(parameters.map(\.name))
    namesRead = outer.union(read)
    return MacroDefinition(
      name: name, parameters: parameters, body: body, takesPositionalRest: read.contains("varargs"),
      takesNamedRest: read.contains("kwargs"), takesCaller: read.contains("caller"))
  }

  private mutating func parameters() throws(ChatTemplateError) -> [(name: String, initial: Expression?)] {
    var parameters: [(name: String, initial: Expression?)] = []
    try expect(operation: "(")
    while !isOperation(")") {
      if !parameters.isEmpty { try expect(operation: ",") }
      let line = current.line
      let name = try assignableName()
      if skip(operation: "=") {
        parameters.append((name, try expression()))
      } else if parameters.last?.initial != nil {
        throw ChatTemplateError(
          .syntax, line: line, "the parameter `\(name)` needs a default, since one before it has one")
      } else {
        parameters.append((name, nil))
      }
    }
    try expect(operation: ")")
    return parameters
  }

  /// Parses a body in which the loops around it cannot be left.
  private mutating func detached(
    _ parse: (inout TemplateParser) throws(ChatTemplateError) -> [Statement]
  ) throws(ChatTemplateError) -> [Statement] {
    let outer = loopDepth
    loopDepth = 0
    defer { loopDepth = outer }
    return try parse(&self)
  }

  // MARK: Targets

  private mutating func assignableName() throws(ChatTemplateError) -> String {
    let line = current.line
    let name = try expectName()
    guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
      throw ChatTemplateError(.syntax, line: line, "`\(name)` cannot be assigned to")
    }
    return name
  }

  /// A target, or several with commas between them, up to one of the names `closing` or the end of the tag.
  private mutating func target(closing: [String], allowsAttributes: Bool) throws(ChatTemplateError) -> Target
  {
    var targets: [Target] = []
    var isTuple = false
    while true {
      if isTuple, isTupleEnd(closing) { break }
      targets.append(try singleTarget(allowsAttributes: allowsAttributes))
      guard skip(operation: ",") else { break }
      isTuple = true
    }
    return isTuple ? .tuple(targets) : targets[0]
  }

  private mutating func singleTarget(allowsAttributes: Bool) throws(ChatTemplateError) -> Target {
    if skip(operation: "(") {
      expressionDepth += 1
      defer { expressionDepth -= 1 }
      try checkExpressionDepth()
      var targets = [try singleTarget(allowsAttributes: false)]
      var isTuple = false
      while skip(operation: ",") {
        isTuple = true
        if isOperation(")") { break }
        targets.append(try singleTarget(allowsAttributes: false))
      }
      try expect(operation: ")")
      return isTuple ? .tuple(targets) : targets[0]
    }
    let name = try assignableName()
    guard allowsAttributes, skip(operation: ".") else { return .name(name) }
    return .attribute(namespace: name, name: try expectName())
  }
}
