/// A value in a JSON document, with readers that throw errors naming the field.
struct JSONValue: Sendable {
  let document: JSONDocument
  let index: Int

  private var node: JSONDocument.Node { document.nodes[index] }

  var kind: JSONDocument.Kind { node.kind }
  var isNull: Bool { node.kind == .null }

  /// The field that this value is, such as `model.merges[17]`; found by a walk, since only errors ask.
  var path: String {
    var path = ""
    var current = 0
    while current != index {
      let container = document.nodes[current]
      var child = current + 1
      var position = 0
      var step = ""
      while child < container.next {
        if container.kind == .object {
          step = (path.isEmpty ? "" : ".") + String(decoding: document.string(child), as: UTF8.self)
          child += 1
        } else {
          step = "[\(position)]"
        }
        guard child < document.nodes.count else { return path }
        if index < document.nodes[child].next { break }
        child = document.nodes[child].next
        position += 1
      }
      guard child < container.next else { return path }
      path += step
      current = child
    }
    return path.isEmpty ? "the whole file" : path
  }

  func invalid(_ message: String) -> TokenizerError { .invalid(path, message) }

  private func expect(_ expected: String) -> TokenizerError {
    let found =
      switch node.kind {
      case .null: "null"
      case .yes, .no: "a boolean"
      case .number: "a number"
      case .string: "a string"
      case .array: "a list"
      case .object: "an object"
      }
    return invalid("expected \(expected), found \(found)")
  }

  // MARK: Values

  func bool() throws(TokenizerError) -> Bool {
    switch node.kind {
    case .yes: return true
    case .no: return false
    default: throw expect("true or false")
    }
  }

  func bytes() throws(TokenizerError) -> ArraySlice<UInt8> {
    guard node.kind == .string else { throw expect("a string") }
    return document.string(index)
  }

  func string() throws(TokenizerError) -> String { String(decoding: try bytes(), as: UTF8.self) }

  /// A string of one scalar.
  func character() throws(TokenizerError) -> [UInt8] {
    let text = Array(try bytes())
    guard UTF8Scanning.scalars(text).count == 1 else { throw invalid("expected a string of one character") }
    return text
  }

  /// An integer in `range`.
  func integer(in range: ClosedRange<Int>) throws(TokenizerError) -> Int {
    guard node.kind == .number else { throw expect("a whole number") }
    if let value = document.digits(of: node), range.contains(value) { return value }
    let text = String(decoding: document.bytes[node.start..<node.end], as: UTF8.self)
    guard let value = Int(text), range.contains(value) else {
      throw invalid(
        "expected a whole number from \(range.lowerBound) to \(range.upperBound), found \(text.prefix(40))")
    }
    return value
  }

  func identifier() throws(TokenizerError) -> TokenID {
    TokenID(truncatingIfNeeded: try integer(in: 0...Int(TokenID.max) - 1))
  }

  func double() throws(TokenizerError) -> Double {
    guard node.kind == .number else { throw expect("a number") }
    let text = String(decoding: document.bytes[node.start..<node.end], as: UTF8.self)
    guard let value = Double(text), value.isFinite else {
      throw invalid("the number \(text.prefix(40)) is too large")
    }
    return value
  }

  // MARK: Containers

  func elements() throws(TokenizerError) -> [JSONValue] {
    guard node.kind == .array else { throw expect("a list") }
    var result: [JSONValue] = []
    var child = index + 1
    while child < node.next {
      result.append(JSONValue(document: document, index: child))
      child = document.nodes[child].next
    }
    return result
  }

  /// The members in the order of the file, names as bytes.
  func members() throws(TokenizerError) -> [(name: ArraySlice<UInt8>, value: JSONValue)] {
    guard node.kind == .object else { throw expect("an object") }
    var result: [(name: ArraySlice<UInt8>, value: JSONValue)] = []
    var child = index + 1
    while child + 1 < node.next {
      result.append((document.string(child), JSONValue(document: document, index: child + 1)))
      child = document.nodes[child + 1].next
    }
    return result
  }

  /// The member called `name`, or nil if it is absent or null.
  func optional(_ name: String) throws(TokenizerError) -> JSONValue? {
    guard node.kind == .object else { throw expect("an object") }
    var found: JSONValue?
    var child = index + 1
    while child + 1 < node.next {
      if document.string(child).elementsEqual(name.utf8) {
        guard found == nil else { throw invalid("\(name) stands twice") }
        found = JSONValue(document: document, index: child + 1)
      }
      child = document.nodes[child + 1].next
    }
    return found?.isNull == true ? nil : found
  }

  /// The member called `name`, which must be there.
  func required(_ name: String) throws(TokenizerError) -> JSONValue {
    guard let value = try optional(name) else { throw invalid("\(name) is missing") }
    return value
  }

  func bool(_ name: String, default fallback: Bool) throws(TokenizerError) -> Bool {
    try optional(name)?.bool() ?? fallback
  }
}

extension JSONDocument {
  /// The value of a number of at most eighteen digits and nothing else.
  fileprivate func digits(of node: Node) -> Int? {
    guard node.end - node.start <= 18 else { return nil }
    var value = 0
    for index in node.start..<node.end {
      guard 0x30...0x39 ~= bytes[index] else { return nil }
      value = value * 10 + Int(bytes[index] & 15)
    }
    return value
  }

  /// The bytes of the string node at `index`, unescaped.
  func string(_ index: Int) -> ArraySlice<UInt8> {
    let node = nodes[index]
    return node.isUnescaped ? unescaped[node.start..<node.end] : bytes[node.start..<node.end]
  }
}
