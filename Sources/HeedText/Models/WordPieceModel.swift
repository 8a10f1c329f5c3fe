/// WordPiece as BERT has it: from the left, always the longest token that fits; a word that does not come out even is
/// unknown.
///
/// Source: Devlin et al., "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding" (2019), and
/// its published tokenizer.
struct WordPieceModel: TokenModel {
  static let type = "WordPiece"

  let vocabulary: Vocabulary
  let unknownToken: [UInt8]
  /// Stands before tokens that do not begin a word, `##`.
  let continuingPrefix: [UInt8]
  /// Words of more scalars are unknown.
  let wordLengthLimit: Int
  private let unknownID: TokenID
  private let trie: ByteTrie
  /// Where tokens that continue a word begin in the trie; nil if there are none.
  private let continuation: Int32?

  /// Makes a model; nil if the unknown token is not in the vocabulary.
  init?(vocabulary: Vocabulary, unknownToken: [UInt8], continuingPrefix: [UInt8], wordLengthLimit: Int) {
    guard let unknownID = vocabulary.id(unknownToken) else { return nil }
    self.vocabulary = vocabulary
    self.unknownToken = unknownToken
    self.unknownID = unknownID
    self.continuingPrefix = continuingPrefix
    self.wordLengthLimit = wordLengthLimit
    let trie = ByteTrie((0..<vocabulary.count).map { (vocabulary.table[$0], vocabulary.ids[$0]) })
    self.trie = trie
    continuation = trie.withSearch { search in
      continuingPrefix.reduce(Optional(ByteTrie.root)) { node, byte in
        node.flatMap { search.child(of: $0, byte) }
      }
    }
  }

  init(json: JSONValue) throws(TokenizerError) {
    let vocabulary = try Vocabulary(json: try json.required("vocab"))
    let unknown = try json.required("unk_token")
    guard
      let model = WordPieceModel(
        vocabulary: vocabulary, unknownToken: Array(try unknown.bytes()),
        continuingPrefix: Array(try json.required("continuing_subword_prefix").bytes()),
        wordLengthLimit: try json.required("max_input_chars_per_word").integer(in: 0...Int(Int32.max)))
    else { throw unknown.invalid("the token \"\(try unknown.string())\" is not in the vocabulary") }
    self = model
  }

  var json: JSONOutput {
    .component(
      Self.type,
      [
        ("unk_token", .string(unknownToken)), ("continuing_subword_prefix", .string(continuingPrefix)),
        ("max_input_chars_per_word", .integer(wordLengthLimit)), ("vocab", vocabulary.json),
      ])
  }

  func encode(_ text: PieceBuffer, into tokens: inout [TokenID]) {
    text.bytes.withUnsafeBufferPointer { buffer in
      trie.withSearch { search in
        for piece in text.pieces {
          let start = tokens.count
          let word = UnsafeBufferPointer(rebasing: buffer[piece])
          if !forEachToken(word, search, { id, _, _ in tokens.append(id) }) {
            tokens.removeLast(tokens.count - start)
            tokens.append(unknownID)
          }
        }
      }
    }
  }

  func encode(_ text: PieceBuffer, into spans: inout [TokenSpan]) {
    text.bytes.withUnsafeBufferPointer { buffer in
      trie.withSearch { search in
        for (number, piece) in text.pieces.enumerated() {
          let start = spans.count
          let word = UnsafeBufferPointer(rebasing: buffer[piece])
          if !forEachToken(
            word, search, { spans.append(TokenSpan(id: $0, piece: number, start: $1, end: $2)) })
          {
            spans.removeLast(spans.count - start)
            spans.append(TokenSpan(id: unknownID, piece: number, start: 0, end: word.count))
          }
        }
      }
    }
  }

  /// Calls `body` with tokens and their bytes; false if the word is unknown after all.
  @inline(__always) private func forEachToken(
    _ word: UnsafeBufferPointer<UInt8>, _ search: ByteTrie.Search, _ body: (TokenID, Int, Int) -> Void
  ) -> Bool {
    if word.count > wordLengthLimit, word.count(where: { $0 & 0xC0 != 0x80 }) > wordLengthLimit {
      return false
    }
    var start = 0
    var first = ByteTrie.root
    while start < word.count {
      var node = first
      var index = start
      var best: (id: TokenID, end: Int)?
      while index < word.count, let child = search.child(of: node, word[index]) {
        node = child
        index += 1
        let id = search.value(node)
        if id >= 0 { best = (id, index) }
      }
      guard let best else { return false }
      body(best.id, start, best.end)
      start = best.end
      guard let continuation else { return start == word.count }
      first = continuation
    }
    return true
  }
}
