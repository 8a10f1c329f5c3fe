/// A sentence and the white space that follows it.
public struct Sentence: Sendable, Hashable {
  /// The sentence, without white space at its ends; empty only for white space at the beginning of a text.
  public let text: String
  /// The white space before the next sentence, exactly as it stands in the text.
  public let separator: String

  /// Makes a sentence.
  public init(text: String, separator: String) {
    self.text = text
    self.separator = separator
  }
}

/// Cuts text into sentences, and long sentences into parts.
///
/// Nothing is lost: text and separator of all sentences, joined in order, are the text, byte for byte. The rules are
/// few and fixed, so that equal texts are cut equally: a sentence ends at a line feed, or at `.`, `!`, `?`, `…` with
/// closing quotes and brackets, before white space and something that is not lower case, unless the full stop belongs to
/// an abbreviation, an initial or (in German) an ordinal number.
public struct SentenceSplitter: Sendable {
  /// Whose abbreviations are known.
  public enum Language: String, CaseIterable, Sendable {
    case english = "en"
    case german = "de"
    /// No abbreviations but initials.
    case other = ""
  }

  /// Whose abbreviations are known.
  public let language: Language
  /// The length beyond which a sentence is cut, or nil.
  public let maximumLength: Int?

  private let length: @Sendable (String) -> Int
  private let abbreviations: Abbreviations

  /// Makes a splitter.
  ///
  /// - Parameters:
  ///   - language: Whose abbreviations are known.
  ///   - maximumLength: The length beyond which a sentence is cut: after a clause if there is a comma or the like, else
  ///     between words, and a word only where it is too long by itself.
  ///   - length: Measures a word; the lengths of the words of a sentence are added up. By default the scalars of the
  ///     word and one for the space after it.
  /// - Precondition: `maximumLength` is positive.
  public init(
    language: Language = .english, maximumLength: Int? = nil,
    length: @escaping @Sendable (String) -> Int = { $0.unicodeScalars.count + 1 }
  ) {
    precondition(maximumLength ?? 1 > 0, "maximumLength is \(maximumLength ?? 0)")
    self.language = language
    self.maximumLength = maximumLength
    self.length = length
    abbreviations = Abbreviations(language)
  }

  /// Returns the sentences of `text`; none for an empty text.
  public func split(_ text: String) -> [Sentence] {
    let scalars = Array(text.unicodeScalars)
    var sentences: [Sentence] = []
    var start = 0
    for end in boundaries(scalars) {
      append(scalars[start..<end], to: &sentences)
      start = end
    }
    return sentences
  }

  // MARK: Boundaries

  /// The places after the white space behind each sentence; the last is the end.
  private func boundaries(_ scalars: [Unicode.Scalar]) -> [Int] {
    var result: [Int] = []
    var index = Self.skipSpace(scalars, from: 0)
    if index > 0 { result.append(index) }
    while index < scalars.count {
      if Self.isSpace(scalars[index]) {
        let next = Self.skipSpace(scalars, from: index)
        if next < scalars.count, scalars[index..<next].contains(where: Self.isLineEnd) { result.append(next) }
        index = next
        continue
      }
      guard Self.isTerminator(scalars[index]) else {
        index += 1
        continue
      }
      let stop = index
      while index < scalars.count, Self.isTerminator(scalars[index]) { index += 1 }
      let isFullStop = index == stop + 1 && scalars[stop] == "."
      while index < scalars.count, Self.isCloser(scalars[index]) { index += 1 }
      let next = Self.skipSpace(scalars, from: index)
      guard next < scalars.count else { break }
      if next == index {
        if Self.isWide(scalars[stop]) { result.append(next) }
      } else if scalars[index..<next].contains(where: Self.isLineEnd)
        || endsSentence(scalars, stop: stop, isBareFullStop: isFullStop && index == stop + 1, next: next)
      {
        result.append(next)
        index = next
      }
    }
    if result.last ?? 0 < scalars.count { result.append(scalars.count) }
    return result
  }

  /// Whether a sentence ends at the terminator at `stop`, with white space and then `next` behind it.
  private func endsSentence(_ scalars: [Unicode.Scalar], stop: Int, isBareFullStop: Bool, next: Int) -> Bool {
    var first = next
    while first < scalars.count, Self.isOpener(scalars[first]) { first += 1 }
    guard first < scalars.count else { return true }
    if scalars[first].properties.isLowercase { return false }
    guard isBareFullStop else { return true }
    var start = stop
    while start > 0, Self.isWordPart(scalars[start - 1]) { start -= 1 }
    let word = scalars[start..<stop]
    guard let head = word.first else { return true }
    if word.allSatisfy({ ("0"..."9").contains($0) }) { return language != .german || word.count > 2 }
    if word.count == 1, head.properties.isUppercase { return false }
    return !abbreviations.continues(string(word), nextIsDigit: ("0"..."9").contains(scalars[first]))
  }

  // MARK: Lengths

  private func append(_ scalars: ArraySlice<Unicode.Scalar>, to sentences: inout [Sentence]) {
    let end = (scalars.lastIndex { !Self.isSpace($0) } ?? scalars.startIndex - 1) + 1
    let separator = string(scalars[end...])
    let body = scalars[..<end]
    guard let maximumLength else {
      sentences.append(Sentence(text: string(body), separator: separator))
      return
    }
    var words = words(body, maximumLength)
    if words.isEmpty { words = [Word(text: "", separator: "", length: 0)] }
    var part: [Word] = []
    var total = 0
    for word in words {
      if !part.isEmpty, word.length > maximumLength - total {
        let kept = Self.clauseEnd(part)
        sentences.append(Self.sentence(part[..<kept], separator: nil))
        part.removeFirst(kept)
        total = part.reduce(0) { $0 + $1.length }
        if !part.isEmpty, word.length > maximumLength - total {
          sentences.append(Self.sentence(part[...], separator: nil))
          part = []
          total = 0
        }
      }
      part.append(word)
      total += word.length
    }
    sentences.append(Self.sentence(part[...], separator: separator))
  }

  private struct Word {
    var text: String
    var separator: String
    var length: Int
  }

  private static func sentence(_ words: ArraySlice<Word>, separator: String?) -> Sentence {
    var text = ""
    for word in words.dropLast() { text += word.text + word.separator }
    return Sentence(
      text: text + (words.last?.text ?? ""), separator: separator ?? words.last?.separator ?? "")
  }

  /// How many words to keep: up to the last clause mark in the latter three quarters, else all.
  private static func clauseEnd(_ words: [Word]) -> Int {
    for index in words.indices.reversed() where index >= words.count / 4 {
      if let last = words[index].text.unicodeScalars.last, isClauseMark(last) { return index + 1 }
    }
    return words.count
  }

  private func words(_ scalars: ArraySlice<Unicode.Scalar>, _ maximumLength: Int) -> [Word] {
    var result: [Word] = []
    var index = scalars.startIndex
    while index < scalars.endIndex {
      let start = index
      while index < scalars.endIndex, !Self.isSpace(scalars[index]) { index += 1 }
      let wordEnd = index
      while index < scalars.endIndex, Self.isSpace(scalars[index]) { index += 1 }
      let word = string(scalars[start..<wordEnd])
      appendWord(Array(word)[...], string(scalars[wordEnd..<index]), maximumLength, &result)
    }
    return result
  }

  /// Appends a word, in halves where it is too long by itself.
  private func appendWord(
    _ characters: ArraySlice<Character>, _ separator: String, _ maximumLength: Int, _ words: inout [Word]
  ) {
    let text = String(characters)
    let length = max(length(text), 0)
    if length > maximumLength, characters.count > 1 {
      let middle = characters.startIndex + characters.count / 2
      appendWord(characters[..<middle], "", maximumLength, &words)
      appendWord(characters[middle...], separator, maximumLength, &words)
    } else {
      words.append(Word(text: text, separator: separator, length: min(length, maximumLength)))
    }
  }
}
