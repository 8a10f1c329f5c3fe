/// Finds the values at some dotted paths of a JSON object, in one pass over it.
struct JSONPaths {
  /// The value at a path.
  struct Found {
    let value: JSONValue
    /// How many objects it lies in: a field whose own name has dots in it is found before a nested one.
    let level: Int
    /// Whether the path is there twice.
    var isRepeated = false
  }

  /// A key that is on the way to some paths.
  private struct Step {
    let key: [UInt8]
    /// The paths that end with this key.
    var paths: [Int] = []
    /// The objects below it that are on the way to others.
    var inner: Int?
  }

  /// For each object on the way to a path, its keys that matter; the record itself comes first.
  private var objects: [[Step]] = [[]]
  private let count: Int

  init(_ paths: [String]) {
    count = paths.count
    for (index, path) in paths.enumerated() { add(path.utf8[...], index, object: 0) }
  }

  private mutating func add(_ path: Substring.UTF8View.SubSequence, _ index: Int, object start: Int) {
    var (path, object) = (path, start)
    while true {
      let whole = step(Array(path), in: object)
      objects[object][whole].paths.append(index)
      guard let dot = path.firstIndex(of: UInt8(ascii: ".")) else { return }
      let first = step(Array(path[..<dot]), in: object)
      let inner = objects[object][first].inner ?? objects.count
      if inner == objects.count { objects.append([]) }
      objects[object][first].inner = inner
      path = path[path.index(after: dot)...]
      object = inner
    }
  }

  private mutating func step(_ key: [UInt8], in object: Int) -> Int {
    if let found = objects[object].firstIndex(where: { $0.key == key }) { return found }
    objects[object].append(Step(key: key))
    return objects[object].count - 1
  }

  /// Reads the object that comes next and puts the value at each path, or nil, into `found`.
  func find(_ scanner: inout JSONScanner, into found: inout [Found?]) throws(JSONFault) {
    found.removeAll(keepingCapacity: true)
    for _ in 0..<count { found.append(nil) }
    try find(&scanner, object: 0, level: 1, into: &found)
  }

  private func find(_ scanner: inout JSONScanner, object: Int, level: Int, into found: inout [Found?])
    throws(JSONFault)
  {
    try scanner.enter(UInt8(ascii: "{"))
    var isFirst = true
    while let key = try scanner.key(isFirst: &isFirst) {
      guard let step = objects[object].first(where: { scanner.equals(key, $0.key) }) else {
        _ = try scanner.value()
        continue
      }
      if let inner = step.inner, try scanner.peek() == UInt8(ascii: "{") {
        var again = scanner
        try find(&scanner, object: inner, level: level + 1, into: &found)
        if step.paths.isEmpty { continue }
        Self.note(try again.value(), step.paths, level, in: &found)
      } else {
        Self.note(try scanner.value(), step.paths, level, in: &found)
      }
    }
  }

  private static func note(_ value: JSONValue, _ paths: [Int], _ level: Int, in found: inout [Found?]) {
    for path in paths {
      if let other = found[path], other.level <= level {
        if other.level == level { found[path]?.isRepeated = true }
      } else {
        found[path] = Found(value: value, level: level)
      }
    }
  }

  /// The dotted paths that an object has, two levels deep, for a message.
  static func names(_ scanner: JSONScanner, limit: Int) -> [String] {
    var names: [String] = []
    func collect(_ scanner: inout JSONScanner, prefix: String) throws(JSONFault) {
      try scanner.enter(UInt8(ascii: "{"))
      var isFirst = true
      while names.count < limit, let key = try scanner.key(isFirst: &isFirst) {
        let name = prefix + (scanner.text(key) ?? scanner.spelling(key.range))
        if prefix.isEmpty, try scanner.peek() == UInt8(ascii: "{") {
          var inside = scanner
          try collect(&inside, prefix: name + ".")
        } else {
          names.append(name)
        }
        _ = try scanner.value()
      }
    }
    var scanner = scanner
    // The object was read before, so it has no fault; and a message may do with fewer names.
    try? collect(&scanner, prefix: "")
    return names
  }
}
