extension TemplateParser {
  func checkExpressionDepth() throws(ChatTemplateError) {
    guard expressionDepth <= Self.expressionDepthLimit else {
      throw ChatTemplateError(
        .limit, line: current.line,
        "more than \(Self.expressionDepthLimit) expressions lie inside one another")
    }
  }

  /// An expression, with `a if b else c` as the weakest form.
  mutating func expression() throws(ChatTemplateError) -> Expression {
    let depth = expressionDepth
    expressionDepth += 1
    defer { expressionDepth = depth }
    try checkExpressionDepth()
    var result = try or()
    while skip(name: "if") {
      let condition = try or()
      let otherwise = skip(name: "else") ? try expression() : nil
      result = .conditional(condition: condition, then: result, otherwise: otherwise)
      // A chain of conditionals without `else` nests to the left.
      expressionDepth += 1
      try checkExpressionDepth()
    }
    return result
  }

  func isTupleEnd(_ closing: [String]) -> Bool {
    switch current.kind {
    case .variableEnd, .blockEnd: true
    case .operation(let text): text == ")"
    case .name(let name): closing.contains(name)
    default: false
    }
  }

  /// An expression, or a tuple without brackets.
  mutating func tupleOrExpression(
    closing: [String], allowsConditional: Bool = true, allowsEmpty: Bool = false
  ) throws(ChatTemplateError) -> Expression {
    var items: [Expression] = []
    var isTuple = false
    let depth = expressionDepth
    defer { expressionDepth = depth }
    while !isTupleEnd(closing) {
      expressionDepth = depth
      items.append(allowsConditional ? try expression() : try or())
      guard skip(operation: ",") else { break }
      isTuple = true
    }
    if isTuple || (items.isEmpty && allowsEmpty) { return .tuple(items) }
    guard let only = items.first else { throw unexpected("an expression") }
    return only
  }

  private mutating func or() throws(ChatTemplateError) -> Expression {
    var operands = [try and()]
    while skip(name: "or") { operands.append(try and()) }
    return operands.count == 1 ? operands[0] : .or(operands)
  }

  private mutating func and() throws(ChatTemplateError) -> Expression {
    var operands = [try not()]
    while skip(name: "and") { operands.append(try not()) }
    return operands.count == 1 ? operands[0] : .and(operands)
  }

  private mutating func not() throws(ChatTemplateError) -> Expression {
    var count = 0
    while skip(name: "not") { count += 1 }
    let operand = try comparison()
    // Pairs cancel except that the outcome is a boolean.
    return count == 0 ? operand : count.isMultiple(of: 2) ? .not(.not(operand)) : .not(operand)
  }

  private mutating func comparison() throws(ChatTemplateError) -> Expression {
    let first = try sum()
    var rest: [(operation: Comparison, operand: Expression)] = []
    while true {
      if case .operation(let text) = current.kind, let operation = Comparison(rawValue: text) {
        take()
        rest.append((operation, try sum()))
      } else if skip(name: "in") {
        rest.append((.isIn, try sum()))
      } else if isName("not"), next.kind == .name("in") {
        take()
        take()
        rest.append((.isNotIn, try sum()))
      } else {
        return rest.isEmpty ? first : .comparison(first, rest)
      }
    }
  }

  private mutating func operations(
    _ operations: [Arithmetic], _ operand: (inout TemplateParser) throws(ChatTemplateError) -> Expression
  ) throws(ChatTemplateError) -> Expression {
    let first = try operand(&self)
    var rest: [(operation: Arithmetic, operand: Expression)] = []
    while case .operation(let text) = current.kind, let operation = Arithmetic(rawValue: text),
      operations.contains(operation)
    {
      take()
      rest.append((operation, try operand(&self)))
    }
    return rest.isEmpty ? first : .arithmetic(first, rest)
  }

  private mutating func sum() throws(ChatTemplateError) -> Expression {
    try operations([.add, .subtract]) { parser throws(ChatTemplateError) in try parser.concatenation() }
  }

  private mutating func concatenation() throws(ChatTemplateError) -> Expression {
    var operands = [try product()]
    while skip(operation: "~") { operands.append(try product()) }
    return operands.count == 1 ? operands[0] : .concatenation(operands)
  }

  private mutating func product() throws(ChatTemplateError) -> Expression {
    try operations([.multiply, .divide, .floorDivide, .modulo]) { parser throws(ChatTemplateError) in
      try parser.power()
    }
  }

  private mutating func power() throws(ChatTemplateError) -> Expression {
    // From left to right, as Jinja has it.
    try operations([.power]) { parser throws(ChatTemplateError) in try parser.unary(takesFilters: true) }
  }

  private mutating func unary(takesFilters: Bool) throws(ChatTemplateError) -> Expression {
    var base: Expression
    if isOperation("-") || isOperation("+") {
      expressionDepth += 1
      defer { expressionDepth -= 1 }
      try checkExpressionDepth()
      let isNegative = take().kind == .operation("-")
      let operand = try unary(takesFilters: false)
      base = isNegative ? .negation(operand) : .plus(operand)
    } else {
      base = try primary()
    }
    var suffixes: [Suffix] = []
    while let suffix = try postfix() { suffixes.append(suffix) }
    if takesFilters {
      while let suffix = try filterOrTest() { suffixes.append(suffix) }
    }
    return suffixes.isEmpty ? base : .chain(base, suffixes)
  }

  // MARK: Primaries

  mutating func primary() throws(ChatTemplateError) -> Expression {
    switch current.kind {
    case .name(let name):
      take()
      switch name {
      case "true", "True": return .literal(.boolean(true))
      case "false", "False": return .literal(.boolean(false))
      case "none", "None": return .literal(.none)
      default:
        namesRead.insert(name)
        return .name(name)
      }
    case .string(var text):
      take()
      while case .string(let more) = current.kind {
        text += more
        take()
      }
      return .literal(.text(text))
    case .integer(let integer):
      take()
      return .literal(.integer(integer))
    case .number(let number):
      take()
      return .literal(.number(number))
    case .operation("("):
      take()
      let inside = try tupleOrExpression(closing: [], allowsEmpty: true)
      try expect(operation: ")")
      return inside
    case .operation("["):
      take()
      return .list(try items(until: "]"))
    case .operation("{"):
      take()
      return try dictionary()
    default: throw unexpected("an expression")
    }
  }

  private mutating func items(until end: String) throws(ChatTemplateError) -> [Expression] {
    var items: [Expression] = []
    while !isOperation(end) {
      if !items.isEmpty {
        try expect(operation: ",")
        if isOperation(end) { break }
      }
      items.append(try expression())
    }
    try expect(operation: end)
    return items
  }

  private mutating func dictionary() throws(ChatTemplateError) -> Expression {
    var fields: [(key: Expression, value: Expression)] = []
    while !isOperation("}") {
      if !fields.isEmpty {
        try expect(operation: ",")
        if isOperation("}") { break }
      }
      let key = try expression()
      try expect(operation: ":")
      fields.append((key, try expression()))
    }
    try expect(operation: "}")
    return .dictionary(fields)
  }
}
