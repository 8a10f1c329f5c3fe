/// The nodes of a document and the bytes of its strings, for loops over vocabularies: tens of thousands of entries, for each of
/// which a slice of an array would be counted in and out.
struct JSONWalk {
  let nodes: UnsafeBufferPointer<JSONDocument.Node>
  fileprivate let bytes: UnsafeBufferPointer<UInt8>
  fileprivate let unescaped: UnsafeBufferPointer<UInt8>

  /// The bytes of the string node at `index`, unescaped; nil if the node is not a string.
  @inline(__always) func string(_ index: Int) -> UnsafeBufferPointer<UInt8>? {
    let node = nodes[index]
    guard node.kind == .string else { return nil }
    return UnsafeBufferPointer(rebasing: (node.isUnescaped ? unescaped : bytes)[node.start..<node.end])
  }
}

extension JSONValue {
  /// Calls `body` for each element of a list, with the number of its node.
  func forEachElement(
    _ body: (JSONWalk, _ node: Int) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    guard kind == .array else {
      _ = try elements()
      return
    }
    try document.walk { (walk) throws(TokenizerError) in
      var child = index + 1
      while child < walk.nodes[index].next {
        try body(walk, child)
        child = walk.nodes[child].next
      }
    }
  }

  /// Calls `body` for each member of an object, with its name and the number of its value's node.
  func forEachMember(
    _ body: (JSONWalk, _ name: UnsafeBufferPointer<UInt8>, _ node: Int) throws(TokenizerError) -> Void
  ) throws(TokenizerError) {
    guard kind == .object else {
      _ = try members()
      return
    }
    try document.walk { (walk) throws(TokenizerError) in
      var child = index + 1
      while child + 1 < walk.nodes[index].next {
        guard let name = walk.string(child) else { preconditionFailure("the name of a member is a string") }
        try body(walk, name, child + 1)
        child = walk.nodes[child + 1].next
      }
    }
  }

  /// The value at another node of the same document.
  func at(_ node: Int) -> JSONValue { JSONValue(document: document, index: node) }

  /// How many values stand in this list or object.
  var childCount: Int {
    var (count, child) = (0, index + 1)
    let (isObject, end) = (kind == .object, document.nodes[index].next)
    while child < end {
      count += 1
      child = document.nodes[isObject ? child + 1 : child].next
    }
    return count
  }
}

extension JSONDocument {
  fileprivate func walk(_ body: (JSONWalk) throws(TokenizerError) -> Void) throws(TokenizerError) {
    try nodes.withUnsafeBufferPointer { (nodes) throws(TokenizerError) in
      try bytes.withUnsafeBufferPointer { (bytes) throws(TokenizerError) in
        try unescaped.withUnsafeBufferPointer { (unescaped) throws(TokenizerError) in
          try body(JSONWalk(nodes: nodes, bytes: bytes, unescaped: unescaped))
        }
      }
    }
  }
}
