/// What follows a value: attributes, items, calls, filters and tests.
extension TemplateParser {
  mutating func postfix() throws(ChatTemplateError) -> Suffix? {
    let line = current.line
    if skip(operation: ".") {
      let token = take()
      switch token.kind {
      case .name(let name): return Suffix(kind: .attribute(name), line: line)
      case .integer(let integer): return Suffix(kind: .item(.literal(.integer(integer))), line: line)
      default:
        throw ChatTemplateError(
          .syntax, line: token.line, "found \(token.text), expected a name or a number behind `.`")
      }
    }
    if skip(operation: "[") { return Suffix(kind: try subscripted(), line: line) }
    if isOperation("(") { return Suffix(kind: .call(try callArguments()), line: line) }
    return nil
  }

  mutating func filterOrTest() throws(ChatTemplateError) -> Suffix? {
    let line = current.line
    if skip(operation: "|") { return try filter(line) }
    if skip(name: "is") { return try test(line) }
    if isOperation("(") { return Suffix(kind: .call(try callArguments()), line: line) }
    return nil
  }

  /// The filters of `{% set x | … %}` and `{% filter … %}`.
  mutating func filters(startsInline: Bool) throws(ChatTemplateError) -> [Suffix] {
    var filters: [Suffix] = []
    if startsInline { filters.append(try filter(current.line)) }
    while isOperation("|") {
      let line = take().line
      filters.append(try filter(line))
    }
    return filters
  }

  private mutating func filter(_ line: Int) throws(ChatTemplateError) -> Suffix {
    let name = try dottedName("the name of a filter")
    let arguments = isOperation("(") ? try callArguments() : CallArguments()
    return Suffix(kind: .filter(name, arguments), line: line)
  }

  private mutating func test(_ line: Int) throws(ChatTemplateError) -> Suffix {
    let isNegated = skip(name: "not")
    let name = try dottedName("the name of a test")
    var arguments = CallArguments()
    switch current.kind {
    case .operation("("): arguments = try callArguments()
    case .name("else"), .name("or"), .name("and"): break
    case .name("is"):
      throw ChatTemplateError(.syntax, line: current.line, "a test cannot follow a test; use `and`")
    case .name, .string, .integer, .number, .operation("["), .operation("{"):
      let base = try primary()
      var suffixes: [Suffix] = []
      while let suffix = try postfix() { suffixes.append(suffix) }
      arguments.positional = [suffixes.isEmpty ? base : .chain(base, suffixes)]
    default: break
    }
    return Suffix(kind: .test(name, arguments, isNegated: isNegated), line: line)
  }

  private mutating func dottedName(_ expected: String) throws(ChatTemplateError) -> String {
    var name = try expectName(expected)
    while skip(operation: ".") { name += "." + (try expectName()) }
    return name
  }

  private mutating func subscripted() throws(ChatTemplateError) -> Suffix.Kind {
    let line = current.line
    var parts: [Expression?] = []
    var colonCount = 0
    var part: Expression?
    while !isOperation("]") {
      if isOperation(","), part != nil {
        throw .unsupported("a subscript with commas", line: line)
      }
      if skip(operation: ":") {
        colonCount += 1
        guard colonCount <= 2 else { throw unexpected("`]`") }
        parts.append(part)
        part = nil
      } else {
        guard part == nil else { throw unexpected("`]`") }
        part = try expression()
      }
    }
    try expect(operation: "]")
    if colonCount == 0 {
      guard let item = part else {
        throw ChatTemplateError(.syntax, line: line, "a subscript is empty")
      }
      return .item(item)
    }
    parts.append(part)
    return .slice(start: parts[0], stop: parts[1], step: parts.count > 2 ? parts[2] : nil)
  }

  mutating func callArguments() throws(ChatTemplateError) -> CallArguments {
    let line = current.line
    var arguments = CallArguments()
    func check(_ isValid: Bool) throws(ChatTemplateError) {
      if !isValid {
        throw ChatTemplateError(
          .syntax, line: line, "the arguments of a call are in an order that means nothing")
      }
    }
    try expect(operation: "(")
    var isFirst = true
    while !isOperation(")") {
      if !isFirst {
        try expect(operation: ",")
        if isOperation(")") { break }
      }
      isFirst = false
      if skip(operation: "*") {
        try check(arguments.spread == nil && arguments.namedSpread == nil)
        arguments.spread = try expression()
      } else if skip(operation: "**") {
        try check(arguments.namedSpread == nil)
        arguments.namedSpread = try expression()
      } else if case .name(let name) = current.kind, next.kind == .operation("=") {
        try check(arguments.namedSpread == nil)
        take()
        take()
        if arguments.named.contains(where: { $0.name == name }) {
          throw ChatTemplateError(.syntax, line: line, "the argument `\(name)` is given twice")
        }
        arguments.named.append((name, try expression()))
      } else {
        try check(arguments.spread == nil && arguments.namedSpread == nil && arguments.named.isEmpty)
        arguments.positional.append(try expression())
      }
    }
    try expect(operation: ")")
    return arguments
  }
}
