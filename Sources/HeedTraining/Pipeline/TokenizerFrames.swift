import HeedText

extension TextTokenizer {
  /// What the tokenizer puts before and after a single text.
  var frame: (before: [Int32], after: [Int32]) {
    let encoding = encoding(of: "a")
    let first = encoding.texts.firstIndex { $0 != nil } ?? encoding.count
    let last = encoding.texts.lastIndex { $0 != nil } ?? first - 1
    return (Array(encoding.ids[..<first]), Array(encoding.ids[(last + 1)...]))
  }

  /// What the tokenizer puts round two texts.
  var pairFrame: PairFrame {
    let encoding = encoding(of: "a", pair: "a")
    var frame = PairFrame()
    for index in encoding.ids.indices where encoding.texts[index] == nil {
      let part: WritableKeyPath<PairFrame, PairFrame.Part> =
        if !encoding.texts[..<index].contains(0) {
          \.before
        } else if !encoding.texts[..<index].contains(1) {
          \.between
        } else {
          \.after
        }
      frame[keyPath: part].tokens.append(encoding.ids[index])
      frame[keyPath: part].segments.append(encoding.typeIDs[index])
    }
    return frame
  }

  /// For each token whether it continues a word: one that begins with "##", or, in vocabularies that mark the beginning
  /// of words, one that lacks the mark and begins with a letter or digit.
  var continuesWord: [Bool] {
    let spellings = (0..<vocabularySize).map { token(for: TokenID($0)) ?? "" }
    let marks: [Character] = ["▁", "Ġ"]
    let marksBeginnings = spellings.contains { $0.count > 1 && $0.first.map(marks.contains) == true }
    return spellings.map { spelling in
      if spelling.hasPrefix("##") { return true }
      guard marksBeginnings, let first = spelling.first else { return false }
      return !marks.contains(first) && (first.isLetter || first.isNumber)
    }
  }
}
