extension Interpreter {
  /// The value of an expression.
  func evaluate(_ expression: Expression) throws(ChatTemplateError) -> Value {
    switch expression {
    case .literal(let literal): return value(of: literal)
    case .name(let name):
      return scope.find(name) ?? .undefined(Undefined(reason: "`\(name)` is undefined"))
    default: return try nested { () throws(ChatTemplateError) in try evaluateCompound(expression) }
    }
  }

  private func value(of literal: Literal) -> Value {
    switch literal {
    case .none: .none
    case .boolean(let truth): .boolean(truth)
    case .integer(let integer): .integer(integer)
    case .number(let number): .number(number)
    case .text(let text): .text(Text(text))
    }
  }

  private func evaluateCompound(_ expression: Expression) throws(ChatTemplateError) -> Value {
    switch expression {
    case .literal(let literal): return value(of: literal)
    case .name: return .none
    case .list(let items): return try sequence(.list, try values(of: items))
    case .tuple(let items): return try sequence(.tuple, try values(of: items))
    case .dictionary(let fields):
      var pairs: [(Value, Value)] = []
      for field in fields { pairs.append((try evaluate(field.key), try evaluate(field.value))) }
      return try mapping(pairs)
    case .chain(let base, let suffixes):
      var value = try evaluate(base)
      for suffix in suffixes {
        line = suffix.line
        value = try apply(suffix, to: value)
      }
      return value
    case .negation(let operand): return try negated(try evaluate(operand))
    case .plus(let operand):
      let value = try evaluate(operand)
      if case .number = value { return value }
      guard let integer = value.integer else { throw wrongOperand("+", value) }
      return .integer(integer)
    case .not(let operand): return .boolean(!(try evaluate(operand).isTrue))
    case .arithmetic(let first, let rest):
      var value = try evaluate(first)
      for step in rest { value = try calculate(value, step.operation, try evaluate(step.operand)) }
      return value
    case .concatenation(let operands):
      var joined: [Unicode.Scalar] = []
      for operand in operands { joined += try text(of: try evaluate(operand)).scalars }
      return try text(Text(joined))
    case .comparison(let first, let rest): return try compare(first, rest)
    case .and(let operands):
      var value = Value.none
      for operand in operands {
        value = try evaluate(operand)
        if !value.isTrue { break }
      }
      return value
    case .or(let operands):
      var value = Value.none
      for operand in operands {
        value = try evaluate(operand)
        if value.isTrue { break }
      }
      return value
    case .conditional(let condition, let then, let otherwise):
      if try evaluate(condition).isTrue { return try evaluate(then) }
      if let otherwise { return try evaluate(otherwise) }
      return .undefined(Undefined(reason: "the condition is false, and there is no `else`"))
    }
  }

  private func values(of expressions: [Expression]) throws(ChatTemplateError) -> [Value] {
    var values: [Value] = []
    for expression in expressions { values.append(try evaluate(expression)) }
    return values
  }

  private func compare(
    _ first: Expression, _ rest: [(operation: Comparison, operand: Expression)]
  ) throws(ChatTemplateError) -> Value {
    var left = try evaluate(first)
    for step in rest {
      let right = try evaluate(step.operand)
      guard try holds(left, step.operation, right) else { return .boolean(false) }
      left = right
    }
    return .boolean(true)
  }

  // MARK: Suffixes

  /// The value of `value` with what follows it.
  func apply(_ suffix: Suffix, to value: Value) throws(ChatTemplateError) -> Value {
    switch suffix.kind {
    case .attribute(let name): return try attribute(name, of: value)
    case .item(let expression): return try item(try evaluate(expression), of: value)
    case .slice(let start, let stop, let step):
      return try slice(value, start: try bound(start), stop: try bound(stop), step: try bound(step))
    case .call(let written): return try call(value, try evaluate(written))
    case .filter(let name, let written): return try filter(name, value, try evaluate(written))
    case .test(let name, let written, let isNegated):
      return .boolean(try test(name, value, try evaluate(written)) != isNegated)
    }
  }

  private func bound(_ expression: Expression?) throws(ChatTemplateError) -> Int? {
    guard let expression else { return nil }
    let value = try evaluate(expression)
    if value.isNone { return nil }
    guard let integer = value.integer else {
      throw failure("the bounds of a slice are whole numbers, not a \(value.typeName)")
    }
    return integer
  }

  /// The arguments of a call.
  func evaluate(_ written: CallArguments) throws(ChatTemplateError) -> Arguments {
    var arguments = Arguments(positional: try values(of: written.positional))
    for argument in written.named { arguments.named.append((argument.name, try evaluate(argument.value))) }
    if let spread = written.spread { arguments.positional += try iterate(try evaluate(spread)) }
    if let spread = written.namedSpread {
      guard case .mapping(let mapping) = try evaluate(spread) else {
        throw failure("what follows `**` must be a mapping")
      }
      for (key, value) in zip(mapping.keys, mapping.values) {
        guard let name = key.text?.string, !arguments.named.contains(where: { $0.name == name }) else {
          throw failure("the keys behind `**` must be strings, each given once")
        }
        arguments.named.append((name, value))
      }
    }
    return arguments
  }
}
