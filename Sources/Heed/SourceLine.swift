import HeedText

/// A line cut into what the model translates at a time.
struct SourceLine: Sendable {
  /// A sentence, or a part of one that is too long.
  struct Sentence: Sendable {
    /// With the end of sentence; empty where there is nothing to translate.
    var tokens: [TokenID]
    /// The white space that follows.
    var separator: String
  }

  let text: String
  let sentences: [Sentence]
}

extension Translator {
  /// Sentences of more tokens are cut even where the model has positions for them: hardly any was trained on such.
  private static let longestSentence = 128

  /// The most tokens of a sequence.
  var lengthLimit: Int { generator.models.compactMap(\.interface.lengthLimit).min() ?? .max }

  /// Cuts a line, whose number counts from 0, into sentences of tokens.
  func sourceLine(_ text: String, number: Int, _ options: TranslationOptions) throws(TranslatorError)
    -> SourceLine
  {
    guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
      return SourceLine(text: text, sentences: [])
    }
    guard options.splitsSentences else {
      let tokens = sourceTokens(text)
      try checkLength(tokens, line: number)
      return SourceLine(text: text, sentences: [SourceLine.Sentence(tokens: tokens, separator: "")])
    }
    var sentences: [SourceLine.Sentence] = []
    for sentence in SentenceSplitter(language: options.sourceLanguage).split(text) {
      let tokens = sentence.text.isEmpty ? [] : sourceTokens(sentence.text)
      if tokens.count <= min(lengthLimit, Self.longestSentence) {
        sentences.append(SourceLine.Sentence(tokens: tokens, separator: sentence.separator))
      } else {
        try appendParts(of: sentence, line: number, options, to: &sentences)
      }
    }
    return SourceLine(text: text, sentences: sentences)
  }

  private func appendParts(
    of sentence: Sentence, line: Int, _ options: TranslationOptions, to sentences: inout [SourceLine.Sentence]
  ) throws(TranslatorError) {
    let tokenizer = sourceTokenizer
    // Two tokens are left for the end of sentence and for what a cut word has at its edge.
    let prefixCount = tokenizer.encode(sourcePrefix, addingSpecialTokens: false).count
    let limit = max(1, min(lengthLimit, Self.longestSentence) - 2 - prefixCount)
    let splitter = SentenceSplitter(language: options.sourceLanguage, maximumLength: limit) { word in
      tokenizer.encode(word, addingSpecialTokens: false).count
    }
    let parts = splitter.split(sentence.text)
    for (index, part) in parts.enumerated() {
      let tokens = part.text.isEmpty ? [] : sourceTokens(part.text)
      try checkLength(tokens, line: line)
      sentences.append(
        SourceLine.Sentence(
          tokens: tokens, separator: index == parts.count - 1 ? sentence.separator : part.separator))
    }
  }

  /// The tokens of a source, at least one.
  func sourceTokens(_ text: String) -> [TokenID] {
    let tokens = sourceTokenizer.encode(sourcePrefix + text)
    return tokens.isEmpty ? [interface.endToken] : tokens
  }

  /// How many of a source's tokens are those of the prefix.
  func prefixCount(of source: [TokenID]) -> Int { sourceTokenizer.prefixCount(sourcePrefix, of: source) }

  /// The tokens of a given translation, with the end of sentence.
  func targetTokens(_ text: String) -> [TokenID] {
    let tokens = targetTokenizer.encode(text)
    return tokens.last == interface.endToken ? tokens : tokens + [interface.endToken]
  }

  func checkLength(_ tokens: [TokenID], line: Int) throws(TranslatorError) {
    guard tokens.count <= lengthLimit else {
      throw .sourceTooLong(line: line + 1, tokenCount: tokens.count, limit: lengthLimit)
    }
  }
}

extension TextTokenizer {
  /// How many tokens of a text come from what it begins with: those that both have in common, since the last of the
  /// prefix may join with the text.
  func prefixCount(_ prefix: String, of tokens: [TokenID]) -> Int {
    guard !prefix.isEmpty else { return 0 }
    return zip(encode(prefix), tokens).prefix { $0 == $1 }.count
  }
}
