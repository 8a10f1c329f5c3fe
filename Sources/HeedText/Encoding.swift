/// The tokens of a text or of a pair of texts, with what each of them is and where it comes from.
///
/// All lists are equally long: one entry a token.
public struct Encoding: Sendable, Hashable {
  /// The identifiers.
  public internal(set) var ids: [TokenID] = []
  /// The spellings: as in the vocabulary, except that unknown and added tokens are spelled as the text has them.
  public internal(set) var tokens: [String] = []
  /// The types: for BERT 0 in the first text and 1 in the second.
  public internal(set) var typeIDs: [TokenID] = []
  /// The stretches of the text, in Unicode scalars of the text as it was given; tokens that were added have `0..<0`.
  public internal(set) var offsets: [Range<Int>] = []
  /// Whether a token was added by the template, such as `[CLS]`. Special tokens that a text spells out are not.
  public internal(set) var isSpecial: [Bool] = []
  /// The number of the token's word, counted in its text as the pre-tokenizer cuts it; nil of tokens that were added.
  public internal(set) var words: [Int?] = []
  /// The text of the token: 0 the first, 1 the second, nil of tokens that were added.
  public internal(set) var texts: [Int?] = []

  /// The number of tokens.
  public var count: Int { ids.count }

  mutating func append(
    _ id: TokenID, token: String, typeID: TokenID = 0, offsets: Range<Int> = 0..<0, isSpecial: Bool = false,
    word: Int? = nil, text: Int? = nil
  ) {
    ids.append(id)
    tokens.append(token)
    typeIDs.append(typeID)
    self.offsets.append(offsets)
    self.isSpecial.append(isSpecial)
    words.append(word)
    texts.append(text)
  }

  mutating func append(_ other: Encoding, _ range: Range<Int>) {
    ids += other.ids[range]
    tokens += other.tokens[range]
    typeIDs += other.typeIDs[range]
    offsets += other.offsets[range]
    isSpecial += other.isSpecial[range]
    words += other.words[range]
    texts += other.texts[range]
  }
}

extension Encoding {
  /// Which of two texts gives way where both do not fit.
  public enum Truncation: Sendable, CaseIterable {
    /// The longer one, until both are equally long, then both.
    case longestFirst
    /// The first only.
    case onlyFirst
    /// The second only, as for a question and a long context.
    case onlySecond
  }

  /// Returns windows of at most `limit` tokens, each with all special tokens, that together hold all of the text.
  ///
  /// Successive windows share `stride` tokens of the text that is cut. Where both texts of a pair are cut there is one
  /// window, and what does not fit is lost.
  ///
  /// - Parameters:
  ///   - limit: The number of tokens of a window, special tokens included.
  ///   - stride: The number of tokens that a window shares with the one before.
  ///   - truncation: Which text is cut.
  /// - Returns: The windows in the order of the text, or none if there is no room for a new token in a window: the
  ///   text that is not cut and the special tokens leave less than `stride + 1`.
  public func truncated(
    to limit: Int, stride: Int = 0, _ truncation: Truncation = .longestFirst
  ) -> [Encoding] {
    precondition(
      limit >= 0 && stride >= 0, "a limit and a stride are not negative, got \(limit) and \(stride)")
    if count <= limit { return [self] }
    let first = texts.count { $0 == 0 }
    let second = texts.count { $0 == 1 }
    let room = limit - (count - first - second)
    guard room >= 0 else { return [] }
    switch truncation {
    case .onlySecond: return windows(of: 1, size: room - first, stride)
    case .onlyFirst: return windows(of: 0, size: room - second, stride)
    case .longestFirst:
      guard texts.contains(1) else { return windows(of: 0, size: room, stride) }
      let shorter = min(first, second)
      var sizes = (shorter, max(shorter, room - shorter))
      if sizes.0 + sizes.1 > room { sizes = (room / 2, room - room / 2) }
      if first > second { sizes = (sizes.1, sizes.0) }
      return [keeping(0..<sizes.0, 0..<sizes.1)]
    }
  }

  private func windows(of text: Int, size: Int, _ stride: Int) -> [Encoding] {
    let total = texts.count { $0 == text }
    let other = 0..<texts.count { $0 == 1 - text }
    guard size > stride, total > 0 else { return [] }
    var result: [Encoding] = []
    var start = 0
    while true {
      let end = min(start + size, total)
      result.append(text == 0 ? keeping(start..<end, other) : keeping(other, start..<end))
      if end == total { return result }
      start += size - stride
    }
  }

  /// The special tokens, and of each text the tokens at the given places.
  private func keeping(_ first: Range<Int>, _ second: Range<Int>) -> Encoding {
    var result = Encoding()
    var places = [0, 0]
    for index in ids.indices {
      if let text = texts[index] {
        let place = places[text]
        places[text] += 1
        guard (text == 0 ? first : second).contains(place) else { continue }
      }
      result.append(self, index..<index + 1)
    }
    return result
  }
}
