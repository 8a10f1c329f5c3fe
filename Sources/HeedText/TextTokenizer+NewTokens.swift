extension TextTokenizer {
  /// The same tokenizer with more tokens, whose identifiers come behind all others.
  ///
  /// They are whole words: found wherever a text has them and no letter or digit touches them, before the text is cut in
  /// any other way. All other texts have the tokens that they had. They are looked for in the text after the normalizer, so
  /// that case is folded as it is elsewhere, unless the normalizer would put a mark before them, as some put "▁" before
  /// words; then in the text as it stands.
  ///
  /// - Parameter words: The new tokens, as texts spell them.
  /// - Returns: The tokenizer.
  /// - Throws: `TokenizerError` for a word that is empty, has white space at an end, stands twice, or is a token already.
  public func adding(_ words: [String]) throws(TokenizerError) -> TextTokenizer {
    var added = addedTokens
    var seen: Set<[UInt8]> = []
    for word in words {
      let bytes = Array(word.utf8)
      func fail(_ reason: String) -> TokenizerError {
        TokenizerError(.invalid, file: "new tokens", "\"\(word)\" \(reason)")
      }
      guard let first = word.first, let last = word.last, !first.isWhitespace, !last.isWhitespace else {
        throw fail("is empty, or has white space at an end")
      }
      guard seen.insert(bytes).inserted else { throw fail("stands twice among the new tokens") }
      guard id(for: word) == nil else { throw fail("is a token of the vocabulary already") }
      var token = AddedToken(id: TokenID(vocabularySize + seen.count - 1), content: bytes)
      token.isSingleWord = true
      token.isSpecial = false
      token.isNormalized = !isMarked(bytes)
      added.append(token)
    }
    var tokenizer = TextTokenizer(
      normalizer: normalizer, preTokenizer: preTokenizer, model: model, postProcessor: postProcessor,
      decoder: decoder, addedTokens: added)
    (tokenizer.truncation, tokenizer.padding) = (truncation, padding)
    return tokenizer
  }

  /// Whether the normalizer makes of a word something that no longer begins and ends as a word does.
  private func isMarked(_ word: [UInt8]) -> Bool {
    var text = NormalizedText(bytes: word, startsText: true)
    normalizer?.normalize(&text)
    let (before, after) = (String(decoding: word, as: UTF8.self), String(decoding: text.bytes, as: UTF8.self))
    func isWord(_ character: Character?) -> Bool { character.map { $0.isLetter || $0.isNumber } ?? false }
    return isWord(before.first) != isWord(after.first) || isWord(before.last) != isWord(after.last)
  }
}
