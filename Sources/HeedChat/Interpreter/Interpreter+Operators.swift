/// Arithmetic and comparison.
extension Interpreter {
  func wrongOperand(_ operation: String, _ value: Value) -> ChatTemplateError {
    if case .undefined(let undefined) = value { return failure(.undefined, undefined.reason) }
    return failure("`\(operation)` cannot be applied to a \(value.typeName)")
  }

  private func overflow() -> ChatTemplateError { failure(.limit, "a whole number grows beyond 64 bits") }

  private func exact(_ result: (partialValue: Int, overflow: Bool)) throws(ChatTemplateError) -> Value {
    guard !result.overflow else { throw overflow() }
    return .integer(result.partialValue)
  }

  func negated(_ value: Value) throws(ChatTemplateError) -> Value {
    if case .number(let number) = value { return .number(-number) }
    guard let integer = value.integer else { throw wrongOperand("-", value) }
    return try exact((0).subtractingReportingOverflow(integer))
  }

  func calculate(_ left: Value, _ operation: Arithmetic, _ right: Value) throws(ChatTemplateError) -> Value {
    if let left = left.integer, let right = right.integer {
      return try calculate(left, operation, right)
    }
    if let left = left.double, let right = right.double {
      return .number(try calculate(left, operation, right))
    }
    switch (operation, left, right) {
    case (.add, .text(let left), .text(let right)):
      let isMarkup = left.isMarkup || right.isMarkup
      let parts = isMarkup ? [left.escaped, right.escaped] : [left, right]
      return try text(Text(parts[0].scalars + parts[1].scalars, isMarkup: isMarkup))
    case (.add, .sequence(let left), .sequence(let right)) where left.hasSubscript && right.hasSubscript:
      if case (.list, .list) = (left.kind, right.kind) {
        return try sequence(.list, left.values + right.values)
      }
      if case (.tuple, .tuple) = (left.kind, right.kind) {
        return try sequence(.tuple, left.values + right.values)
      }
    case (.multiply, .text(let text), let count), (.multiply, let count, .text(let text)):
      if let count = count.integer { return try repeated(text, count) }
    case (.multiply, .sequence(let items), let count), (.multiply, let count, .sequence(let items)):
      if let count = count.integer, let result = try repeated(items, count) { return result }
    case (.modulo, .text, _): throw .unsupported("the formatting of a string with `%`", line: line)
    default: break
    }
    for value in [left, right] {
      if case .undefined(let undefined) = value { throw failure(.undefined, undefined.reason) }
    }
    throw failure("`\(operation.rawValue)` cannot be applied to a \(left.typeName) and a \(right.typeName)")
  }

  private func repeated(_ text: Text, _ count: Int) throws(ChatTemplateError) -> Value {
    let length = max(0, count).multipliedReportingOverflow(by: text.count)
    try check(textLength: length.overflow ? .max : length.partialValue)
    var scalars: [Unicode.Scalar] = []
    if !text.isEmpty { for _ in 0..<max(0, count) { scalars += text.scalars } }
    return .text(Text(scalars, isMarkup: text.isMarkup))
  }

  private func repeated(_ items: Items, _ count: Int) throws(ChatTemplateError) -> Value? {
    let kind = items.kind
    switch kind {
    case .list, .tuple: break
    default: return nil
    }
    let length = max(0, count).multipliedReportingOverflow(by: items.values.count)
    try spend(forValues: length.overflow ? .max : length.partialValue)
    var values: [Value] = []
    if !items.values.isEmpty { for _ in 0..<max(0, count) { values += items.values } }
    return try sequence(kind, values)
  }

  private func calculate(_ left: Int, _ operation: Arithmetic, _ right: Int) throws(ChatTemplateError)
    -> Value
  {
    switch operation {
    case .add: return try exact(left.addingReportingOverflow(right))
    case .subtract: return try exact(left.subtractingReportingOverflow(right))
    case .multiply: return try exact(left.multipliedReportingOverflow(by: right))
    case .divide:
      guard right != 0 else { throw failure("division by zero") }
      return .number(Double(left) / Double(right))
    case .floorDivide, .modulo:
      guard right != 0 else { throw failure("division by zero") }
      let (quotient, overflows) = left.dividedReportingOverflow(by: right)
      guard !overflows else {
        if operation == .modulo { return .integer(0) }
        throw overflow()
      }
      let remainder = left - quotient * right
      // Swift rounds toward zero, Python down.
      let isBelow = remainder != 0 && (remainder < 0) != (right < 0)
      return .integer(
        operation == .modulo ? (isBelow ? remainder + right : remainder) : (isBelow ? quotient - 1 : quotient)
      )
    case .power:
      guard right >= 0 else { return .number(try power(Double(left), Double(right))) }
      var result = 1
      // Only -1, 0 and 1 can have a great exponent without an overflow.
      for _ in 0..<(left.magnitude <= 1 ? min(right, 2 + right % 2) : right) {
        let (product, overflows) = result.multipliedReportingOverflow(by: left)
        guard !overflows else { throw overflow() }
        result = product
      }
      return .integer(result)
    }
  }

  private func calculate(
    _ left: Double, _ operation: Arithmetic, _ right: Double
  ) throws(ChatTemplateError) -> Double {
    switch operation {
    case .add: return left + right
    case .subtract: return left - right
    case .multiply: return left * right
    case .divide:
      guard right != 0 else { throw failure("division by zero") }
      return left / right
    case .floorDivide, .modulo:
      guard right != 0 else { throw failure("division by zero") }
      var remainder = left.truncatingRemainder(dividingBy: right)
      if remainder != 0, (remainder < 0) != (right < 0) { remainder += right }
      if operation == .modulo {
        return remainder == 0 ? Double(signOf: right, magnitudeOf: 0) : remainder
      }
      let quotient = (left - remainder) / right
      if quotient == 0 { return Double(signOf: left / right, magnitudeOf: 0) }
      let floor = quotient.rounded(.down)
      return quotient - floor > 0.5 ? floor + 1 : floor
    case .power: return try power(left, right)
    }
  }

  private func power(_ base: Double, _ exponent: Double) throws(ChatTemplateError) -> Double {
    if base == 0, exponent < 0 { throw failure("division by zero") }
    if base < 0, exponent != exponent.rounded() { throw .unsupported("a complex number", line: line) }
    let result = CMath.power(base, exponent)
    if result.isInfinite, base.isFinite, exponent.isFinite {
      throw failure(.limit, "a number grows beyond what a float can be")
    }
    return result
  }

  // MARK: Comparison

  func holds(_ left: Value, _ comparison: Comparison, _ right: Value) throws(ChatTemplateError) -> Bool {
    switch comparison {
    case .equal: return try isEqual(left, right)
    case .notEqual: return try !isEqual(left, right)
    case .less: return try isLess(left, right, "<")
    case .greater: return try isLess(right, left, ">")
    case .lessOrEqual: return try isLess(left, right, "<=", orEqual: true)
    case .greaterOrEqual: return try isLess(right, left, ">=", orEqual: true)
    case .isIn: return try contains(right, left)
    case .isNotIn: return try !contains(right, left)
    }
  }

  func isEqual(_ left: Value, _ right: Value) throws(ChatTemplateError) -> Bool {
    try spend(1)
    if let left = left.integer, let right = right.integer { return left == right }
    if let left = left.double, let right = right.double { return left == right }
    switch (left, right) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.text(let left), .text(let right)):
      try spend(min(left.count, right.count) / 8)
      return left == right
    case (.sequence(let left), .sequence(let right)):
      if left === right { return true }
      switch (left.kind, right.kind) {
      case (.list, .list), (.tuple, .tuple), (.range, .range), (.keys, .keys), (.pairs, .pairs): break
      default: return false
      }
      guard left.values.count == right.values.count else { return false }
      for (left, right) in zip(left.values, right.values) where try !isEqual(left, right) { return false }
      return true
    case (.mapping(let left), .mapping(let right)):
      if left === right { return true }
      guard left.keys.count == right.keys.count else { return false }
      for (key, value) in zip(left.keys, left.values) {
        guard let other = right[try self.key(key)], try isEqual(value, other) else { return false }
      }
      return true
    case (.namespace(let left), .namespace(let right)): return left === right
    case (.loop(let left), .loop(let right)): return left === right
    case (.function(.macro(let left)), .function(.macro(let right))): return left === right
    case (.function(.global(let left)), .function(.global(let right))): return left == right
    default: return false
    }
  }

  /// Whether `left` comes before `right`.
  func isLess(
    _ left: Value, _ right: Value, _ operation: String, orEqual: Bool = false
  ) throws(ChatTemplateError) -> Bool {
    try spend(1)
    if let left = left.integer, let right = right.integer { return orEqual ? left <= right : left < right }
    if let left = left.double, let right = right.double { return orEqual ? left <= right : left < right }
    switch (left, right) {
    case (.text(let left), .text(let right)):
      try spend(min(left.count, right.count) / 8)
      return left < right || (orEqual && left == right)
    case (.sequence(let left), .sequence(let right)) where left.isTuple == right.isTuple:
      guard left.hasSubscript, right.hasSubscript else { break }
      for (left, right) in zip(left.values, right.values) where try !isEqual(left, right) {
        return try isLess(left, right, operation, orEqual: orEqual)
      }
      return left.values.count < right.values.count || (orEqual && left.values.count == right.values.count)
    default: break
    }
    for value in [left, right] where value.isUndefined { throw wrongOperand(operation, value) }
    throw failure("`\(operation)` cannot compare a \(left.typeName) with a \(right.typeName)")
  }

  /// Whether `element` is in `container`.
  func contains(_ container: Value, _ element: Value) throws(ChatTemplateError) -> Bool {
    switch container {
    case .text(let text):
      guard let part = element.text else {
        throw failure("`in` looks for a string in a string, not for a \(element.typeName)")
      }
      try spend(text.count / 4)
      return text.firstIndex(of: part) != nil
    case .mapping(let mapping):
      if element.isUndefined { return false }
      return mapping[try key(element)] != nil
    default:
      for value in try iterate(container) where try isEqual(value, element) { return true }
      return false
    }
  }
}
