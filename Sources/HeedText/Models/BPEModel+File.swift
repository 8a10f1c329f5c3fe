extension BPEModel {
  /// Reads the `model` of a `tokenizer.json`.
  init(json: JSONValue) throws(TokenizerError) {
    let vocabulary = try Vocabulary(json: try json.required("vocab"))
    var settings = Settings()
    if let dropout = try json.optional("dropout") {
      let probability = try dropout.double()
      guard 0...1 ~= probability else { throw dropout.invalid("expected a probability from 0 to 1") }
      settings.dropout = probability
    }
    settings.continuingPrefix = try Self.text(json, "continuing_subword_prefix")
    settings.endOfWordSuffix = try Self.text(json, "end_of_word_suffix")
    settings.fusesUnknown = try json.bool("fuse_unk", default: false)
    settings.fallsBackToBytes = try json.bool("byte_fallback", default: false)
    settings.ignoresMerges = try json.bool("ignore_merges", default: false)
    if let unknown = try json.optional("unk_token") {
      let token = Array(try unknown.bytes())
      guard vocabulary.id(token) != nil else {
        throw unknown.invalid("the token \"\(try unknown.string())\" is not in the vocabulary")
      }
      settings.unknownToken = token
    }
    let list = try json.required("merges")
    var merges: [(left: TokenID, right: TokenID)] = []
    merges.reserveCapacity(vocabulary.count)
    try list.forEachElement { (walk, node) throws(TokenizerError) in
      merges.append(try Self.merge(walk, node, list, vocabulary))
    }
    do throws(MergeProblem) {
      try self.init(vocabulary: vocabulary, merges: merges, settings: settings)
    } catch {
      throw try list.elements()[error.rank].invalid(error.message)
    }
  }

  /// An empty text is as good as none.
  private static func text(_ json: JSONValue, _ name: String) throws(TokenizerError) -> [UInt8]? {
    guard let value = try json.optional(name) else { return nil }
    let bytes = Array(try value.bytes())
    return bytes.isEmpty ? nil : bytes
  }

  /// Reads a merge written as `"a b"` or as `["a", "b"]`.
  private static func merge(
    _ walk: JSONWalk, _ node: Int, _ list: JSONValue, _ vocabulary: Vocabulary
  ) throws(TokenizerError) -> (left: TokenID, right: TokenID) {
    let end = walk.nodes[node].next
    if walk.nodes[node].kind == .array, end == node + 3, let left = walk.string(node + 1),
      let right = walk.string(node + 2)
    {
      return (try id(left, list.at(node), vocabulary), try id(right, list.at(node), vocabulary))
    }
    let json = list.at(node)
    guard let bytes = walk.string(node) else {
      let elements = try json.elements()
      guard elements.count == 2 else { throw json.invalid("expected two tokens, found \(elements.count)") }
      for element in elements { _ = try element.bytes() }
      throw json.invalid("expected two tokens")
    }
    let count = bytes.count { $0 == 0x20 } + 1
    guard count == 2, let space = bytes.firstIndex(of: 0x20) else {
      throw json.invalid("expected two tokens, found \(count)")
    }
    return (
      try id(UnsafeBufferPointer(rebasing: bytes[..<space]), json, vocabulary),
      try id(UnsafeBufferPointer(rebasing: bytes[(space + 1)...]), json, vocabulary)
    )
  }

  private static func id(
    _ token: UnsafeBufferPointer<UInt8>, _ json: JSONValue, _ vocabulary: Vocabulary
  ) throws(TokenizerError) -> TokenID {
    guard let id = vocabulary.id(token) else {
      throw json.invalid("the token \"\(String(decoding: token, as: UTF8.self))\" is not in the vocabulary")
    }
    return id
  }

  var json: JSONOutput {
    func text(_ bytes: [UInt8]?) -> JSONOutput { bytes.map { .string($0) } ?? .null }
    return .component(
      Self.type,
      [
        ("dropout", settings.dropout.map { .double($0) } ?? .null),
        ("unk_token", text(settings.unknownToken)),
        ("continuing_subword_prefix", text(settings.continuingPrefix)),
        ("end_of_word_suffix", text(settings.endOfWordSuffix)),
        ("fuse_unk", .bool(settings.fusesUnknown)),
        ("byte_fallback", .bool(settings.fallsBackToBytes)),
        ("ignore_merges", .bool(settings.ignoresMerges)),
        ("vocab", vocabulary.json),
        (
          "merges",
          .array(
            mergeList.map { merge in
              .array([
                .string(Array(vocabulary.spelling(merge.left) ?? [])),
                .string(Array(vocabulary.spelling(merge.right) ?? [])),
              ])
            })
        ),
      ])
  }
}
