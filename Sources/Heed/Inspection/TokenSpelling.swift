import HeedInspection
import HeedTensor
import HeedText

/// How the tokens of a tokenizer are shown.
struct TokenSpelling {
  let tokenizer: TextTokenizer
  /// How it marks the pieces of a word.
  let mark: SubwordMark
  private let specialIDs: Set<TokenID>

  init(_ tokenizer: TextTokenizer) {
    self.tokenizer = tokenizer
    specialIDs = Set(tokenizer.specialTokenIDs)
    mark = Self.mark(of: tokenizer)
  }

  /// A token as it is shown.
  func token(_ id: TokenID) -> InspectedToken {
    let spelled = tokenizer.token(for: id) ?? ""
    let isSpecial = specialIDs.contains(id)
    let startsWord =
      switch mark {
      case .wordStart(let start): spelled.utf8.starts(with: start.utf8)
      case .continuation(let start): !spelled.utf8.starts(with: start.utf8)
      case .unfinished: true
      }
    return InspectedToken(
      token: spelled, text: isSpecial ? spelled : text(id, spelled), startsWord: startsWord || isSpecial,
      isSpecial: isSpecial)
  }

  /// The tokens of a sequence, the first of which begins a word whatever its spelling.
  func tokens(_ ids: [TokenID]) -> [InspectedToken] {
    var tokens = ids.map(token)
    if !tokens.isEmpty { tokens[0].startsWord = true }
    for range in characters(of: ids) {
      tokens[range.lowerBound].wordText = text(ids[range])
      for index in range.dropFirst() { tokens[index].wordText = "" }
    }
    return tokens
  }

  /// The shortest runs of tokens that are text together while each alone is a part of a character, or of several.
  private func characters(of ids: [TokenID]) -> [Range<Int>] {
    // A character has at most four bytes; a token can end one and begin the next.
    let longest = 8
    var found: [Range<Int>] = []
    var start = 0
    while start < ids.count {
      let isPart = { (index: Int) in !specialIDs.contains(ids[index]) && !isText(ids[index...index]) }
      var end = start
      while end < min(ids.count, start + longest), isPart(end) {
        end += 1
        if end - start > 1, isText(ids[start..<end]) {
          found.append(start..<end)
          break
        }
      }
      start = found.last.map { max($0.upperBound, start + 1) } ?? start + 1
    }
    return found
  }

  private func isText(_ ids: ArraySlice<TokenID>) -> Bool {
    !tokenizer.decode(ids, skippingSpecialTokens: false).unicodeScalars.contains("\u{FFFD}")
  }

  /// The token as text; as the vocabulary spells it where it is a part of a character.
  private func text(_ id: TokenID, _ spelled: String) -> String {
    if case .wordStart(let start) = mark, spelled == start { return InspectedToken.space }
    var text = tokenizer.decode([id], skippingSpecialTokens: false)
    if case .continuation(let start) = mark, text.hasPrefix(start) { text.removeFirst(start.count) }
    let trimmed = text.withoutOuterSpace
    if trimmed.unicodeScalars.contains("\u{FFFD}") { return spelled }
    guard trimmed.isEmpty else { return trimmed }
    if text.contains("\n") { return "⏎" }
    if text.contains("\t") { return "⇥" }
    return text.isEmpty ? (spelled.isEmpty ? "∅" : spelled) : InspectedToken.space
  }

  /// Tokens that are text only together.
  private func text(_ ids: ArraySlice<TokenID>) -> String {
    tokenizer.decode(ids, skippingSpecialTokens: false).withoutOuterSpace
  }

  private static func mark(of tokenizer: TextTokenizer) -> SubwordMark {
    let pieces = tokenizer.encode("a b", addingSpecialTokens: false).map { tokenizer.token(for: $0) ?? "" }
    for mark in ["\u{2581}", "Ġ"] where pieces.contains(where: { $0.hasPrefix(mark) }) {
      return .wordStart(mark)
    }
    let hasContinuations = ["##s", "##a", "##e"].contains { tokenizer.id(for: $0) != nil }
    return hasContinuations ? .continuation("##") : .sentencePiece
  }
}

extension String {
  fileprivate var withoutOuterSpace: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.drop { $0.properties.isWhitespace }.reversed()
          .drop { $0.properties.isWhitespace }.reversed()))
  }
}

extension TokenSpelling {
  /// What was likely in some places.
  ///
  /// - Parameters:
  ///   - places: The rows of `hidden` whose tokens are predicted, with the position that each stands for and the
  ///     token that came; nil for the likeliest.
  ///   - hidden: `[tokens, hidden]`.
  ///   - count: How many candidates are kept.
  ///   - logits: Makes scores of the vocabulary, `[rows, vocabulary]`, of rows of `hidden`.
  /// - Returns: A prediction for each place.
  func predictions(
    _ places: [PredictedPlace], _ hidden: Tensor, count: Int, logits: (Tensor) -> Tensor
  ) -> [Prediction] {
    // Rows of the whole vocabulary that are computed together.
    let chunkSize = 16
    return stride(from: 0, to: places.count, by: chunkSize).flatMap { start in
      let chunk = places[start..<min(start + chunkSize, places.count)]
      let rows = logits(hidden.rows(chunk.map(\.row))).softmax()
      return zip(chunk, rows.rowValues).map { place, values in
        // Identifiers beyond the tokenizer's are rows that fill the table up: they stand for no word.
        let known = values.prefix(max(1, tokenizer.vocabularySize))
        let best = ScoredToken.best(known, max(1, count))
        let id = place.token ?? best.first?.id ?? 0
        let probability = known.indices.contains(Int(id)) ? known[Int(id)] : 0
        return Prediction(
          position: place.position,
          chosen: TokenCandidate(token: token(id), probability: probability),
          rank: known.count { $0 > probability }, isGiven: place.isGiven,
          candidates: best.prefix(max(0, count)).map {
            TokenCandidate(token: token($0.id), probability: $0.probability)
          })
      }
    }
  }
}

/// A place whose token is predicted.
struct PredictedPlace {
  /// The row of the states.
  let row: Int
  /// The position in the sequence.
  let position: Int
  /// The token that came; nil for the likeliest.
  let token: TokenID?
  /// Whether it was given rather than chosen by the model.
  let isGiven: Bool
}
