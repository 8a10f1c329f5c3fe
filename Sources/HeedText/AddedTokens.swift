/// Tokens that are found in the text itself, before anything else happens to it.
struct AddedToken: Sendable {
  let id: TokenID
  let content: [UInt8]
  /// Whether it is not found inside a word.
  var isSingleWord = false
  /// Whether it takes white space on its left with it.
  var stripsLeft = false
  /// Whether it takes white space on its right with it.
  var stripsRight = false
  /// Whether it is looked for in the text after the normalizer.
  var isNormalized = false
  /// Whether decoding leaves it out.
  var isSpecial = true

  init(id: TokenID, content: [UInt8]) { (self.id, self.content) = (id, content) }

  init(json: JSONValue) throws(TokenizerError) {
    id = try json.required("id").identifier()
    content = Array(try json.required("content").bytes())
    isSingleWord = try json.required("single_word").bool()
    stripsLeft = try json.required("lstrip").bool()
    stripsRight = try json.required("rstrip").bool()
    isNormalized = try json.required("normalized").bool()
    isSpecial = try json.required("special").bool()
  }

  var json: JSONOutput {
    .object([
      ("id", .integer(Int(id))), ("content", .string(content)), ("single_word", .bool(isSingleWord)),
      ("lstrip", .bool(stripsLeft)), ("rstrip", .bool(stripsRight)), ("normalized", .bool(isNormalized)),
      ("special", .bool(isSpecial)),
    ])
  }
}

/// Finds added tokens: the leftmost, of those the longest.
struct AddedTokenMatcher: Sendable {
  private var tokens: [AddedToken] = []
  /// Children of the nodes of a trie of bytes, by node and byte.
  private var children: [UInt64: Int] = [:]
  /// The token that ends at each node, -1 where there is none.
  private var ends: [Int] = [-1]
  private var isFirst = [Bool](repeating: false, count: 256)

  /// Makes a matcher of tokens, which looks for what `spelling` gives in place of their content.
  init(_ tokens: [AddedToken], spelling: (AddedToken) -> [UInt8] = { $0.content }) {
    for token in tokens {
      let bytes = spelling(token)
      guard let first = bytes.first else { continue }
      isFirst[Int(first)] = true
      var node = 0
      for byte in bytes {
        let key = UInt64(node) << 8 | UInt64(byte)
        if let child = children[key] {
          node = child
        } else {
          ends.append(-1)
          node = ends.count - 1
          children[key] = node
        }
      }
      ends[node] = self.tokens.count
      self.tokens.append(token)
    }
  }

  var isEmpty: Bool { tokens.isEmpty }

  /// Calls `body` with the stretches of `text` in order: added tokens, and what lies between them.
  func forEachStretch(of text: UnsafeBufferPointer<UInt8>, _ body: (Range<Int>, AddedToken?) -> Void) {
    var start = 0
    var index = 0
    while index < text.count {
      guard isFirst[Int(text[index])], let (token, length) = longest(text, at: index) else {
        index += 1
        continue
      }
      var range = index..<index + length
      index += length
      if token.isSingleWord, Self.touchesWord(text, range) { continue }
      let classes = ScalarClasses.shared
      if token.stripsLeft {
        var left = range.lowerBound
        while left > start {
          let previous = UTF8Scanning.start(before: left, in: text)
          guard classes[UTF8Scanning.scalar(text, at: previous).value].contains(.whitespace) else { break }
          left = previous
        }
        range = min(max(left, start), range.upperBound)..<range.upperBound
      }
      if token.stripsRight {
        var right = range.upperBound
        while right < text.count {
          let (value, length) = UTF8Scanning.scalar(text, at: right)
          guard classes[value].contains(.whitespace) else { break }
          right += length
        }
        range = range.lowerBound..<right
      }
      if start < range.lowerBound { body(start..<range.lowerBound, nil) }
      body(range, token)
      // White space that the token took is looked at again, and may hold another: the reference does so.
      start = range.upperBound
    }
    if start < text.count { body(start..<text.count, nil) }
  }

  private func longest(_ text: UnsafeBufferPointer<UInt8>, at start: Int) -> (AddedToken, length: Int)? {
    var node = 0
    var best: (AddedToken, length: Int)?
    for index in start..<text.count {
      guard let child = children[UInt64(node) << 8 | UInt64(text[index])] else { break }
      node = child
      if ends[node] >= 0 { best = (tokens[ends[node]], index + 1 - start) }
    }
    return best
  }

  private static func touchesWord(_ text: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> Bool {
    let classes = ScalarClasses.shared
    if range.lowerBound > 0 {
      let previous = UTF8Scanning.start(before: range.lowerBound, in: text)
      if classes[UTF8Scanning.scalar(text, at: previous).value].contains(.word) { return true }
    }
    return range.upperBound < text.count
      && classes[UTF8Scanning.scalar(text, at: range.upperBound).value].contains(.word)
  }
}
