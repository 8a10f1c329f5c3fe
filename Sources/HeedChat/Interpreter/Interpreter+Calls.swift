/// Calls of functions and of the methods of lists, mappings and loops.
extension Interpreter {
  static let globalFunctions = ["range", "dict", "namespace", "raise_exception", "strftime_now"]
  /// How many numbers a `range` may have, as in the sandbox of the original.
  private static let rangeLimit = 100_000

  func call(_ callee: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
    switch callee {
    case .undefined(let undefined):
      for name in ["lipsum", "cycler", "joiner"] where undefined.reason == "`\(name)` is undefined" {
        throw .unsupported("the function `\(name)`", line: line)
      }
      throw failure(.undefined, undefined.reason)
    case .function(.macro(let macro)):
      return try nested { () throws(ChatTemplateError) in try call(macro, arguments) }
    case .function(.global(let name)): return try callGlobal(name, arguments)
    case .function(.method(let receiver, let name)):
      switch receiver {
      case .text(let text): return try callMethod(name, of: text, arguments)
      case .sequence(let items): return try callMethod(name, of: items, arguments)
      case .mapping(let mapping): return try callMethod(name, of: mapping, arguments)
      case .loop(let loop): return try callMethod(name, of: loop, arguments)
      default: throw failure("`\(name)` cannot be called")
      }
    case .loop: throw .unsupported("a loop that is called, as `recursive` ones are", line: line)
    default: throw failure("a \(callee.typeName) cannot be called")
    }
  }

  private func callGlobal(_ name: String, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
    switch name {
    case "range": return try range(arguments)
    case "dict": return try mapping(try pairs(arguments, of: "dict"))
    case "namespace":
      var attributes: [Text: Value] = [:]
      for (key, value) in try pairs(arguments, of: "namespace") {
        guard let name = key.text, name.scalars.first != "_" else {
          throw failure("the attributes of a namespace are strings that do not begin with `_`")
        }
        attributes[name] = value
      }
      return try namespace(attributes)
    case "raise_exception":
      let message = try arguments.matched(["message"], required: 1, of: name, self)[0] ?? .none
      throw failure(.refused, try text(of: message).string)
    case "strftime_now":
      guard let format = try arguments.matched(["format"], required: 1, of: name, self)[0]?.text else {
        throw failure("`strftime_now` needs a format")
      }
      guard !format.scalars.contains("\0"), let now = CMath.now(format.string) else {
        throw failure("`strftime_now` cannot write the time as `\(format.string.prefix(80))`")
      }
      return try text(Text(now))
    default: throw .unsupported("the function `\(name)`", line: line)
    }
  }

  /// The pairs that `dict(…)` holds: those of a mapping or of a list of pairs, then the named arguments.
  private func pairs(_ arguments: Arguments, of name: String) throws(ChatTemplateError) -> [(Value, Value)] {
    guard arguments.positional.count <= 1 else { throw failure("`\(name)` takes at most one argument") }
    var pairs: [(Value, Value)] = []
    if case .mapping(let mapping)? = arguments.positional.first {
      pairs = Array(zip(mapping.keys, mapping.values))
    } else if let given = arguments.positional.first {
      for pair in try iterate(given) {
        let parts = try iterate(pair)
        guard parts.count == 2 else { throw failure("`\(name)` needs pairs of a key and a value") }
        pairs.append((parts[0], parts[1]))
      }
    }
    return pairs + arguments.named.map { (.string($0.name), $0.value) }
  }

  private func range(_ arguments: Arguments) throws(ChatTemplateError) -> Value {
    guard arguments.named.isEmpty, (1...3).contains(arguments.positional.count) else {
      throw failure("`range` takes one to three arguments without names")
    }
    var bounds: [Int] = []
    for value in arguments.positional {
      guard let bound = value.integer else { throw wrongOperand("range", value) }
      bounds.append(bound)
    }
    let (start, stop) = bounds.count == 1 ? (0, bounds[0]) : (bounds[0], bounds[1])
    let step = bounds.count == 3 ? bounds[2] : 1
    guard step != 0 else { throw failure("the step of a range is zero") }
    var values: [Value] = []
    var next = start
    while step > 0 ? next < stop : next > stop {
      guard values.count < Self.rangeLimit else {
        throw failure(.limit, "a range may have at most \(Self.rangeLimit) numbers")
      }
      values.append(.integer(next))
      let (sum, overflows) = next.addingReportingOverflow(step)
      if overflows { break }
      next = sum
    }
    return try sequence(.range(start: start, stop: stop, step: step), values)
  }

  // MARK: Methods

  private func callMethod(
    _ name: String, of items: Items, _ arguments: Arguments
  ) throws(ChatTemplateError) -> Value {
    guard arguments.named.isEmpty, arguments.positional.count == 1 else {
      throw failure("`\(name)` of a list takes one argument")
    }
    var count = 0
    for (index, value) in items.values.enumerated() where try isEqual(value, arguments.positional[0]) {
      if name == "index" { return .integer(index) }
      count += 1
    }
    if name == "index" { throw failure("the value whose `index` is asked for is not in the list") }
    return .integer(count)
  }

  private func callMethod(
    _ name: String, of mapping: Mapping, _ arguments: Arguments
  ) throws(ChatTemplateError) -> Value {
    if name == "get" {
      guard arguments.named.isEmpty else { throw failure("`get` takes arguments without names") }
      let given = try arguments.matched(["key", "default"], required: 1, of: name, self)
      return mapping[try key(given[0] ?? .none)] ?? given[1] ?? .none
    }
    _ = try arguments.matched([], of: name, self)
    switch name {
    case "keys": return try sequence(.keys, mapping.keys)
    case "values": return try sequence(.values, mapping.values)
    case "items": return try sequence(.pairs, try items(of: mapping))
    default: return .mapping(mapping)
    }
  }

  /// Pairs of key and value.
  func items(of mapping: Mapping) throws(ChatTemplateError) -> [Value] {
    var pairs: [Value] = []
    for (key, value) in zip(mapping.keys, mapping.values) {
      pairs.append(try sequence(.tuple, [key, value]))
    }
    return pairs
  }

  private func callMethod(
    _ name: String, of loop: Loop, _ arguments: Arguments
  ) throws(ChatTemplateError) -> Value {
    let given = arguments.positional
    guard arguments.named.isEmpty else { throw failure("`\(name)` takes arguments without names") }
    if name == "cycle" {
      guard !given.isEmpty else { throw failure("`cycle` needs something to choose from") }
      return given[loop.index % given.count]
    }
    if let last = loop.lastChanged, last.count == given.count {
      var isSame = true
      for (left, right) in zip(last, given) where try !isEqual(left, right) { isSame = false }
      if isSame { return .boolean(false) }
    }
    loop.lastChanged = given
    return .boolean(true)
  }
}
