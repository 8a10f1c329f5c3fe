/// Byte-pair encoding: characters joined by merges in the order of their ranks.
///
/// Source: Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units" (2016).
struct BPEModel: TokenModel {
  static let type = "BPE"

  /// The settings of a `tokenizer.json` besides vocabulary and merges.
  struct Settings: Sendable {
    /// The probability with which training leaves a merge out; `encode` does not unless asked.
    var dropout: Double?
    var unknownToken: [UInt8]?
    var continuingPrefix: [UInt8]?
    var endOfWordSuffix: [UInt8]?
    var fusesUnknown = false
    var fallsBackToBytes = false
    var ignoresMerges = false
  }

  let vocabulary: Vocabulary
  let settings: Settings
  /// In the order of their ranks.
  let mergeList: [(left: TokenID, right: TokenID)]
  let merges: MergeTable
  let unknownID: TokenID?
  /// The tokens `<0x00>` to `<0xFF>`, -1 where there is none.
  let byteIDs: [TokenID]
  /// The tokens of single scalars below 0x3000, -1 where there is none: direct, since most of a text asks for them.
  let scalarIDs: [TokenID]
  /// Whether the word spelled like a token is encoded as this token, by the token's place in the table: most words
  /// then take one look-up.
  private let wholeWords: WholeWords

  static let directScalars = 0x3000

  /// A model without tokens.
  static let empty = BPEModel()

  private init() {
    vocabulary = Vocabulary()
    settings = Settings()
    mergeList = []
    merges = MergeTable(minimumCapacity: 0)
    unknownID = nil
    byteIDs = [TokenID](repeating: -1, count: 256)
    scalarIDs = [TokenID](repeating: -1, count: Self.directScalars)
    wholeWords = WholeWords(count: 0)
  }

  /// Joins a vocabulary and merges.
  ///
  /// - Throws: The position of a merge and what is wrong with it.
  init(vocabulary: Vocabulary, merges: [(left: TokenID, right: TokenID)], settings: Settings)
    throws(MergeProblem)
  {
    self.vocabulary = vocabulary
    self.settings = settings
    mergeList = merges
    var table = MergeTable(minimumCapacity: merges.count)
    let prefix = settings.continuingPrefix ?? []
    var spelling: [UInt8] = []
    for (rank, merge) in merges.enumerated() {
      guard let left = vocabulary.place(merge.left), let right = vocabulary.place(merge.right),
        prefix.isEmpty || vocabulary.table[right].starts(with: prefix)
      else {
        throw MergeProblem(rank: rank, message: "the right part lacks the prefix of continuing parts")
      }
      spelling.removeAll(keepingCapacity: true)
      vocabulary.table.append(left, to: &spelling)
      vocabulary.table.append(right, droppingFirst: prefix.count, to: &spelling)
      guard let result = spelling.withUnsafeBufferPointer({ vocabulary.id($0) }) else {
        let token = String(decoding: spelling, as: UTF8.self)
        throw MergeProblem(rank: rank, message: "it makes \"\(token)\", which is not in the vocabulary")
      }
      table.insert(merge.left, merge.right, rank: rank, result: result)
    }
    self.merges = table
    unknownID = settings.unknownToken.flatMap { vocabulary.id($0) }
    byteIDs = (0..<256).map { byte in vocabulary.id(Self.byteToken(UInt8(truncatingIfNeeded: byte))) ?? -1 }
    scalarIDs = Self.scalarIDs(vocabulary)
    wholeWords = WholeWords(count: vocabulary.count)
  }

  struct MergeProblem: Error {
    let rank: Int
    let message: String
  }

  /// The spelling of the token for a byte, such as `<0x0A>`.
  static func byteToken(_ byte: UInt8) -> [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return Array("<0x".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)], UInt8(ascii: ">")]
  }

  private static func scalarIDs(_ vocabulary: Vocabulary) -> [TokenID] {
    var result = [TokenID](repeating: -1, count: directScalars)
    for index in 0..<vocabulary.count where vocabulary.table.range(index).count <= 3 {
      let scalars = UTF8Scanning.scalars(Array(vocabulary.table[index]))
      if scalars.count == 1, Int(scalars[0]) < directScalars {
        result[Int(scalars[0])] = vocabulary.ids[index]
      }
    }
    return result
  }

  // MARK: Encoding

  func encode(_ text: PieceBuffer, into tokens: inout [TokenID]) {
    var scratch = BPEScratch()
    let suffix = settings.endOfWordSuffix
    text.bytes.withUnsafeBufferPointer { buffer in
      for piece in text.pieces {
        let word = UnsafeBufferPointer(rebasing: buffer[piece])
        if settings.ignoresMerges, let id = vocabulary.id(word) {
          tokens.append(id)
        } else if let id = wholeWord(word, suffix, &scratch) {
          tokens.append(id)
        } else {
          encodeByMerging(word, into: &tokens, &scratch)
        }
      }
    }
  }

  func encode(_ text: PieceBuffer, into tokens: inout [TokenID], dropout: inout MergeDropout) {
    var scratch = BPEScratch()
    text.bytes.withUnsafeBufferPointer { buffer in
      for piece in text.pieces {
        appendSymbols(UnsafeBufferPointer(rebasing: buffer[piece]), &scratch)
        scratch.mergeByQueue(merges, dropout: &dropout)
        tokens += scratch.symbols
      }
    }
  }

  func encode(_ text: PieceBuffer, into spans: inout [TokenSpan]) {
    var scratch = BPEScratch(tracksLengths: true)
    let isPlain = settings.continuingPrefix == nil && settings.endOfWordSuffix == nil
    text.bytes.withUnsafeBufferPointer { buffer in
      for (number, piece) in text.pieces.enumerated() {
        let word = UnsafeBufferPointer(rebasing: buffer[piece])
        if settings.ignoresMerges, let id = vocabulary.id(word) {
          spans.append(TokenSpan(id: id, piece: number, start: 0, end: word.count))
          continue
        }
        if isPlain, let id = wholeWord(word, nil, &scratch) {
          spans.append(TokenSpan(id: id, piece: number, start: 0, end: word.count))
          continue
        }
        appendSymbols(word, &scratch)
        scratch.merge(merges)
        var start = 0
        for (id, length) in zip(scratch.symbols, scratch.lengths) {
          spans.append(TokenSpan(id: id, piece: number, start: start, end: start + length))
          start += length
        }
      }
    }
  }

  @inline(__always) private func wholeWord(
    _ word: UnsafeBufferPointer<UInt8>, _ suffix: [UInt8]?, _ scratch: inout BPEScratch
  ) -> TokenID? {
    var index: Int?
    if let suffix {
      scratch.spelling.removeAll(keepingCapacity: true)
      scratch.spelling += word
      scratch.spelling += suffix
      index = vocabulary.table.find(scratch.spelling)
    } else {
      index = vocabulary.table.find(word)
    }
    guard let index else { return nil }
    let id = vocabulary.ids[index]
    if let isWhole = wholeWords.answer(for: index) { return isWhole ? id : nil }
    // Found out by encoding the word, so that it can never differ.
    var tokens: [TokenID] = []
    encodeByMerging(word, into: &tokens, &scratch)
    return wholeWords.remember(tokens == [id], for: index) ? id : nil
  }

  private func encodeByMerging(
    _ word: UnsafeBufferPointer<UInt8>, into tokens: inout [TokenID], _ scratch: inout BPEScratch
  ) {
    appendSymbols(word, &scratch)
    scratch.merge(merges)
    tokens += scratch.symbols
  }

  /// Sets the symbols of the scratch to the tokens of the characters of a word.
  private func appendSymbols(_ word: UnsafeBufferPointer<UInt8>, _ scratch: inout BPEScratch) {
    scratch.begin()
    let isPlain = settings.continuingPrefix == nil && settings.endOfWordSuffix == nil
    var unknown: (id: TokenID, length: Int)?
    var index = 0
    while index < word.count {
      let (value, length) = UTF8Scanning.scalar(word, at: index)
      let character = UnsafeBufferPointer(rebasing: word[index..<index + length])
      var id: TokenID = -1
      if isPlain {
        id = Int(value) < Self.directScalars ? scalarIDs[Int(value)] : vocabulary.id(character) ?? -1
      } else {
        scratch.spelling.removeAll(keepingCapacity: true)
        if index > 0, let prefix = settings.continuingPrefix { scratch.spelling += prefix }
        scratch.spelling += character
        if index + length == word.count, let suffix = settings.endOfWordSuffix { scratch.spelling += suffix }
        id = vocabulary.id(scratch.spelling) ?? -1
      }
      index += length
      if id >= 0 {
        if let pending = unknown { scratch.append(pending.id, length: pending.length) }
        unknown = nil
        scratch.append(id, length: length)
        continue
      }
      if settings.fallsBackToBytes {
        let bytes = isPlain ? Array(character) : scratch.spelling
        if bytes.allSatisfy({ byteIDs[Int($0)] >= 0 }) {
          for byte in bytes { scratch.append(byteIDs[Int(byte)], length: 1) }
          continue
        }
      }
      guard let unknownID else { continue }
      if let pending = unknown, !settings.fusesUnknown {
        scratch.append(pending.id, length: pending.length)
        unknown = nil
      }
      unknown = (unknownID, (unknown?.length ?? 0) + length)
    }
    if let pending = unknown { scratch.append(pending.id, length: pending.length) }
  }
}
