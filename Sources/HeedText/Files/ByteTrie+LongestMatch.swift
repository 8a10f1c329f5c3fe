extension ByteTrie {
  /// A trie of strings whose places are their numbers.
  init(places strings: [[UInt8]]) {
    self.init(strings.enumerated().map { (bytes: $1[...], value: Int32(truncatingIfNeeded: $0)) })
  }

  /// The end and the number of the longest string that stands at `start`, or nil.
  func longestMatch(in bytes: UnsafeBufferPointer<UInt8>, at start: Int) -> (end: Int, number: Int32)? {
    withSearch { search in
      var longest: (end: Int, number: Int32)?
      var node = ByteTrie.root
      var index = start
      while index < bytes.count, let child = search.child(of: node, bytes[index]) {
        node = child
        index += 1
        if search.value(node) >= 0 { longest = (index, search.value(node)) }
      }
      return longest
    }
  }
}
