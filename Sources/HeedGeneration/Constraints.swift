import HeedText

/// The options that change scores before tokens are chosen, as transformers' logits processors do and in their order.
struct Constraints: Sendable {
  private let options: GenerationOptions
  private let badWords: [[TokenID]]
  /// Whether every row is left as it is.
  let isEmpty: Bool
  /// Whether scores become others than −∞, so that it matters whether they are log-probabilities.
  var changesScores: Bool {
    options.repetitionPenalty != 1 || options.forcedBeginningToken != nil || options.forcedEndToken != nil
  }

  init(_ options: GenerationOptions) {
    self.options = options
    badWords = options.badWords.filter { $0.count > 1 || !options.endTokens.contains($0[0]) }
    isEmpty =
      options.repetitionPenalty == 1 && options.noRepeatNgramSize == 0 && badWords.isEmpty
      && options.minimumNewTokens == 0 && options.forcedBeginningToken == nil && options.forcedEndToken == nil
      && options.suppressedTokens.isEmpty
  }

  /// Changes a row of scores.
  /// - Parameters:
  ///   - row: The scores of all tokens: log-probabilities in beam search, otherwise logits.
  ///   - history: What comes before: start token, prefix and generated tokens.
  ///   - generatedCount: How many of those were generated.
  func apply(to row: UnsafeMutableBufferPointer<Float>, history: [TokenID], generatedCount: Int) {
    if isEmpty { return }
    if options.repetitionPenalty != 1 { penalizeRepetition(row, history) }
    if options.noRepeatNgramSize > 0 { forbidRepeatedNgrams(row, history) }
    for word in badWords where history.ends(with: word.dropLast()) { forbid(word[word.count - 1], in: row) }
    if generatedCount < options.minimumNewTokens {
      for token in options.endTokens { forbid(token, in: row) }
    }
    if let token = options.forcedBeginningToken, history.count == 1 { force(token, in: row) }
    if let token = options.forcedEndToken, generatedCount == options.maximumNewTokens - 1 {
      force(token, in: row)
    }
    for token in options.suppressedTokens { forbid(token, in: row) }
  }

  private func forbid(_ token: TokenID, in row: UnsafeMutableBufferPointer<Float>) {
    row[Int(token)] = -.infinity
  }

  private func force(_ token: TokenID, in row: UnsafeMutableBufferPointer<Float>) {
    row.update(repeating: -.infinity)
    row[Int(token)] = 0
  }

  private func penalizeRepetition(_ row: UnsafeMutableBufferPointer<Float>, _ history: [TokenID]) {
    // The start token can lie outside the vocabulary, and then nothing follows from it.
    for token in Set(history) where row.indices.contains(Int(token)) {
      let score = row[Int(token)]
      row[Int(token)] = score < 0 ? score * options.repetitionPenalty : score / options.repetitionPenalty
    }
  }

  private func forbidRepeatedNgrams(_ row: UnsafeMutableBufferPointer<Float>, _ history: [TokenID]) {
    let prefixLength = options.noRepeatNgramSize - 1
    guard history.count > prefixLength else { return }
    let prefix = history.suffix(prefixLength)
    for end in prefixLength..<history.count where row.indices.contains(Int(history[end])) {
      if history[end - prefixLength..<end].elementsEqual(prefix) { forbid(history[end], in: row) }
    }
  }
}

extension [TokenID] {
  fileprivate func ends(with tail: ArraySlice<TokenID>) -> Bool {
    suffix(tail.count).elementsEqual(tail)
  }
}
