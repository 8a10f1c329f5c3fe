/// Walking through values, their parts, and slices of them.
extension Interpreter {
  /// The values that a loop goes through.
  func iterate(_ value: Value) throws(ChatTemplateError) -> [Value] {
    switch value {
    case .undefined: return []
    case .text(let text):
      try spend(forValues: text.count * 2)
      return text.scalars.map { .text(Text([$0])) }
    case .sequence(let items):
      try spend(items.values.count)
      return items.walk()
    case .mapping(let mapping):
      try spend(mapping.keys.count)
      return mapping.keys
    default: throw failure("a \(value.typeName) cannot be walked through")
    }
  }

  /// How many values, keys or characters there are.
  func length(of value: Value) throws(ChatTemplateError) -> Int {
    switch value {
    case .undefined: return 0
    case .text(let text): return text.count
    case .sequence(let items) where !items.isGenerator: return items.values.count
    case .mapping(let mapping): return mapping.keys.count
    case .loop(let loop): return loop.items.count
    default: throw failure("a \(value.typeName) has no length")
    }
  }

  // MARK: Parts

  /// `value.name`: a method or property, else the item of that name.
  func attribute(_ name: String, of value: Value) throws(ChatTemplateError) -> Value {
    if case .undefined(let undefined) = value { throw failure(.undefined, undefined.reason) }
    if let found = try property(name, of: value) { return found }
    if case .mapping(let mapping) = value, let found = mapping[.text(Text(name))] { return found }
    return .undefined(Undefined(reason: "a \(value.typeName) has no attribute `\(name)`"))
  }

  /// `value[key]`: the item, else the method or property of that name.
  func item(_ key: Value, of value: Value) throws(ChatTemplateError) -> Value {
    switch value {
    case .undefined(let undefined): throw failure(.undefined, undefined.reason)
    case .mapping(let mapping):
      if let hashed = Mapping.Key(key), let found = mapping[hashed] { return found }
    case .sequence(let items) where items.hasSubscript:
      if let index = key.integer, let position = position(index, of: items.values.count) {
        return items.values[position]
      }
    case .text(let text):
      if let index = key.integer, let position = position(index, of: text.count) {
        return .text(text.slice(position..<position + 1))
      }
    default: break
    }
    if let name = key.text?.string, let found = try property(name, of: value) { return found }
    let shown = (try? text(of: key).string) ?? key.typeName
    return .undefined(Undefined(reason: "a \(value.typeName) has no item `\(shown.prefix(80))`"))
  }

  private func position(_ index: Int, of count: Int) -> Int? {
    let position = index < 0 ? index + count : index
    return (0..<count).contains(position) ? position : nil
  }

  /// The method or property that a value has by its type.
  private func property(_ name: String, of value: Value) throws(ChatTemplateError) -> Value? {
    if name.hasPrefix("_") { return nil }
    switch value {
    case .text: return Self.textMethods.contains(name) ? .function(.method(value, name)) : nil
    case .sequence(let items) where items.hasSubscript:
      if ["index", "count"].contains(name) { return .function(.method(value, name)) }
      let changing = ["append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove"]
      if case .list = items.kind, changing.contains(name) { return forbidden(name, "list") }
      return nil
    case .mapping:
      if ["get", "items", "keys", "values", "copy"].contains(name) { return .function(.method(value, name)) }
      let changing = ["clear", "pop", "popitem", "setdefault", "update"]
      return changing.contains(name) ? forbidden(name, "mapping") : nil
    case .namespace(let namespace): return namespace.attributes[Text(name)]
    case .loop(let loop): return try property(name, of: loop)
    case .function(.macro(let macro)):
      switch name {
      case "name": return .string(macro.definition.name)
      case "arguments":
        return try sequence(.list, macro.definition.parameters.map { .string($0.name) })
      default: return nil
      }
    default: return nil
    }
  }

  private func forbidden(_ name: String, _ type: String) -> Value {
    .undefined(Undefined(reason: "a template may not change a \(type), and `\(name)` would; use `+`"))
  }

  private func property(_ name: String, of loop: Loop) throws(ChatTemplateError) -> Value? {
    let count = loop.items.count
    switch name {
    case "index": return .integer(loop.index + 1)
    case "index0": return .integer(loop.index)
    case "revindex": return .integer(count - loop.index)
    case "revindex0": return .integer(count - loop.index - 1)
    case "first": return .boolean(loop.index == 0)
    case "last": return .boolean(loop.index == count - 1)
    case "length": return .integer(count)
    case "depth": return .integer(1)
    case "depth0": return .integer(0)
    case "previtem":
      return loop.index > 0
        ? loop.items[loop.index - 1] : .undefined(Undefined(reason: "there is no previous item"))
    case "nextitem":
      return loop.index + 1 < count
        ? loop.items[loop.index + 1] : .undefined(Undefined(reason: "there is no next item"))
    case "cycle", "changed": return .function(.method(.loop(loop), name))
    default: return nil
    }
  }

  // MARK: Slices

  /// `value[start:stop:step]`.
  func slice(_ value: Value, start: Int?, stop: Int?, step: Int?) throws(ChatTemplateError) -> Value {
    switch value {
    case .undefined(let undefined): throw failure(.undefined, undefined.reason)
    case .text(let whole):
      let indices = try sliceIndices(whole.count, start, stop, step)
      return try text(Text(indices.map { whole.scalars[$0] }, isMarkup: whole.isMarkup))
    case .sequence(let items) where items.hasSubscript:
      let indices = try sliceIndices(items.values.count, start, stop, step)
      return try sequence(items.isTuple ? .tuple : .list, indices.map { items.values[$0] })
    default: return .undefined(Undefined(reason: "a \(value.typeName) cannot be sliced"))
    }
  }

  private func sliceIndices(
    _ count: Int, _ start: Int?, _ stop: Int?, _ step: Int?
  ) throws(ChatTemplateError) -> [Int] {
    let step = step ?? 1
    guard step != 0 else { throw failure("the step of a slice is zero") }
    let (low, high) = step > 0 ? (0, count) : (-1, count - 1)
    func clamped(_ bound: Int?, _ missing: Int) -> Int {
      guard let bound else { return missing }
      return min(max(bound < 0 ? bound + count : bound, low), high)
    }
    let first = clamped(start, step > 0 ? low : high)
    let end = clamped(stop, step > 0 ? high : low)
    try spend(count)
    // A step beyond the length takes one element at most, and cannot overflow then.
    let bounded = max(-count - 1, min(count + 1, step))
    return Array(stride(from: first, to: end, by: bounded))
  }

  // MARK: Sorting

  /// The elements in order; those that are equal keep theirs.
  func sorted<Element>(
    _ elements: [Element], _ precedes: (Element, Element) throws(ChatTemplateError) -> Bool
  ) throws(ChatTemplateError) -> [Element] {
    guard elements.count > 1 else { return elements }
    let middle = elements.count / 2
    let left = try sorted(Array(elements[..<middle]), precedes)
    let right = try sorted(Array(elements[middle...]), precedes)
    try spend(elements.count)
    var merged: [Element] = []
    merged.reserveCapacity(elements.count)
    var (first, second) = (0, 0)
    while first < left.count, second < right.count {
      if try precedes(right[second], left[first]) {
        merged.append(right[second])
        second += 1
      } else {
        merged.append(left[first])
        first += 1
      }
    }
    return merged + left[first...] + right[second...]
  }
}
