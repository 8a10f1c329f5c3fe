/// Filters of lists and mappings.
extension Interpreter {
  func sequenceFilter(_ name: String, _ value: Value, _ given: [Value?]) throws(ChatTemplateError) -> Value {
    switch name {
    case "length", "count": return .integer(try length(of: value))
    case "list": return try sequence(.list, try iterate(value))
    case "first":
      return try iterate(value).first ?? .undefined(Undefined(reason: "`first` was asked of nothing"))
    case "last":
      if case .sequence(let items) = value, items.isGenerator {
        throw failure("a generator has no last value")
      }
      return try iterate(value).last ?? .undefined(Undefined(reason: "`last` was asked of nothing"))
    case "items":
      if value.isUndefined { return try sequence(.generator, []) }
      guard case .mapping(let mapping) = value else { throw wrongOperand("items", value) }
      return try sequence(.generator, try items(of: mapping))
    case "reverse":
      if case .text(let text) = value { return .text(text.mapped { $0.reversed() }) }
      // An undefined value has a length but cannot be asked for items: Python fails in the same place.
      return try sequence(.generator, try iterate(value).reversed())
    case "sort": return try sort(value, given)
    case "unique": return try unique(value, given)
    case "dictsort": return try dictionarySort(value, given)
    case "min", "max": return try extreme(name, value, given)
    case "sum":
      var total = given[1] ?? .integer(0)
      for element in try iterate(value) {
        total = try calculate(total, .add, try attribute(given[0], of: element))
      }
      return total
    case "join":
      var texts: [Value] = []
      for element in try iterate(value) {
        texts.append(.text(try text(of: try attribute(given[1], of: element))))
      }
      return try text(try joined(texts, try text(of: given[0] ?? .string(""))))
    default: return try batch(value, given)
    }
  }

  // MARK: Attributes

  /// The part of `element` to which a path such as `a.b` or a number leads; `element` itself for none.
  private func attribute(_ path: Value?, of element: Value) throws(ChatTemplateError) -> Value {
    guard let path, !path.isNone else { return element }
    guard let text = path.text else { return try item(path, of: element) }
    var element = element
    for part in text.split(".", limit: .max) {
      let isNumber = !part.isEmpty && part.scalars.allSatisfy { ("0"..."9").contains($0) }
      element = try item(isNumber ? .integer(Int(part.string) ?? .max) : .text(part), of: element)
    }
    return element
  }

  private func keyed(_ value: Value, ignoringCase: Bool) -> Value {
    if ignoringCase, let text = value.text { return .text(text.lowercased) }
    return value
  }

  // MARK: Order

  private func sort(_ value: Value, _ given: [Value?]) throws(ChatTemplateError) -> Value {
    let ignoresCase = given[1]?.isTrue != true
    var paths: [Value?] = [given[2]]
    if let text = given[2]?.text { paths = text.split(",", limit: .max).map { .text($0) } }
    var entries: [(keys: [Value], value: Value)] = []
    for element in try iterate(value) {
      var keys: [Value] = []
      for path in paths { keys.append(keyed(try attribute(path, of: element), ignoringCase: ignoresCase)) }
      entries.append((keys, element))
    }
    return try sequence(.list, try ordered(entries, isReversed: given[0]?.isTrue == true))
  }

  private func ordered(
    _ entries: [(keys: [Value], value: Value)], isReversed: Bool
  ) throws(ChatTemplateError) -> [Value] {
    try sorted(entries) { (left, right) throws(ChatTemplateError) in
      for (left, right) in zip(left.keys, right.keys) where try !isEqual(left, right) {
        return isReversed ? try isLess(right, left, "<") : try isLess(left, right, "<")
      }
      return false
    }.map(\.value)
  }

  private func dictionarySort(_ value: Value, _ given: [Value?]) throws(ChatTemplateError) -> Value {
    guard case .mapping(let mapping) = value else { throw wrongOperand("dictsort", value) }
    let ignoresCase = given[0]?.isTrue != true
    let part = given[1]?.text?.string ?? "key"
    guard ["key", "value"].contains(part) else { throw failure("`dictsort` sorts by `key` or by `value`") }
    let pairs = try items(of: mapping)
    let parts = part == "key" ? mapping.keys : mapping.values
    let entries = zip(parts, pairs).map { (keys: [keyed($0, ignoringCase: ignoresCase)], value: $1) }
    return try sequence(.list, try ordered(entries, isReversed: given[2]?.isTrue == true))
  }

  private func unique(_ value: Value, _ given: [Value?]) throws(ChatTemplateError) -> Value {
    let ignoresCase = given[0]?.isTrue != true
    var seen: Set<Mapping.Key> = []
    var kept: [Value] = []
    for element in try iterate(value) {
      let part = keyed(try attribute(given[1], of: element), ignoringCase: ignoresCase)
      if seen.insert(try key(part)).inserted { kept.append(element) }
    }
    return try sequence(.generator, kept)
  }

  private func extreme(_ name: String, _ value: Value, _ given: [Value?]) throws(ChatTemplateError) -> Value {
    let ignoresCase = given[0]?.isTrue != true
    var best: (key: Value, value: Value)?
    for element in try iterate(value) {
      let key = keyed(try attribute(given[1], of: element), ignoringCase: ignoresCase)
      if let current = best {
        let isBetter = name == "min" ? try isLess(key, current.key, "<") : try isLess(current.key, key, ">")
        if !isBetter { continue }
      }
      best = (key, element)
    }
    return best?.value ?? .undefined(Undefined(reason: "`\(name)` was asked of nothing"))
  }

  private func batch(_ value: Value, _ given: [Value?]) throws(ChatTemplateError) -> Value {
    guard let size = given[0]?.integer, size > 0 else { throw failure("`batch` needs a size above zero") }
    let elements = try iterate(value)
    var batches: [Value] = []
    for start in stride(from: 0, to: elements.count, by: min(size, elements.count + 1)) {
      var batch = Array(elements[start..<min(elements.count, start + min(size, elements.count))])
      if let fill = given[1], !fill.isNone, batch.count < size {
        try spend(forValues: size - batch.count)
        batch += Array(repeating: fill, count: size - batch.count)
      }
      batches.append(try sequence(.list, batch))
    }
    return try sequence(.generator, batches)
  }

  // MARK: map, select, reject

  func choose(_ name: String, _ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
    guard value.isTrue else { return try sequence(.generator, []) }
    if name == "map" { return try map(value, arguments) }
    var rest = arguments
    var path: Value?
    if name.hasSuffix("attr") {
      guard !rest.positional.isEmpty else { throw failure("`\(name)` needs the name of an attribute") }
      path = rest.positional.removeFirst()
    }
    var testName: String?
    if !rest.positional.isEmpty {
      guard let given = rest.positional.removeFirst().text?.string else {
        throw failure("`\(name)` needs the name of a test")
      }
      testName = given
    }
    let keeps = name.hasPrefix("select")
    var kept: [Value] = []
    for element in try iterate(value) {
      let part = try attribute(path, of: element)
      let holds: Bool
      if let testName { holds = try test(testName, part, rest) } else { holds = part.isTrue }
      if holds == keeps { kept.append(element) }
    }
    return try sequence(.generator, kept)
  }

  private func map(_ value: Value, _ arguments: Arguments) throws(ChatTemplateError) -> Value {
    var results: [Value] = []
    if arguments.positional.isEmpty, arguments.named.contains(where: { $0.name == "attribute" }) {
      let given = try arguments.matched(["attribute", "default"], of: "map", self)
      for element in try iterate(value) {
        let part = try attribute(given[0], of: element)
        if part.isUndefined, let initial = given[1], !initial.isNone {
          results.append(initial)
        } else {
          results.append(part)
        }
      }
      return try sequence(.generator, results)
    }
    var rest = arguments
    guard !rest.positional.isEmpty, let name = rest.positional.removeFirst().text?.string else {
      throw failure("`map` needs the name of a filter, or `attribute=`")
    }
    for element in try iterate(value) { results.append(try filter(name, element, rest)) }
    return try sequence(.generator, results)
  }
}
