import HeedGeneration
import HeedInspection
import HeedText

extension Translator {
  /// Translates a text, which may have several lines.
  ///
  /// - Throws: `TranslatorError`, `GenerationOptionsError` or `SearchError`; `CancellationError` if the task is cancelled.
  public func translate(_ text: String, _ options: TranslationOptions = TranslationOptions()) throws -> String
  {
    var options = options
    options.hypothesisCount = 1
    return try translate([text], options).first?.text ?? ""
  }

  /// Translates lines; those without any text stay as they are.
  ///
  /// - Parameters:
  ///   - lines: What to translate.
  ///   - options: How.
  ///   - firstLine: The number of the first line, counted from 0: samples depend on it, and errors name it.
  /// - Returns: A translation for each line, in their order.
  /// - Throws: `TranslatorError`, `GenerationOptionsError` or `SearchError`; `CancellationError` if the task is cancelled.
  public func translate(
    _ lines: [String], _ options: TranslationOptions = TranslationOptions(), firstLine: Int = 0
  ) throws -> [Translation] {
    let generation = try options.generationOptions(defaults)
    try generation.validate(vocabularySize: interface.targetVocabularySize)
    let prefix = try prefixTokens(options)

    var prepared: [SourceLine] = []
    var sources: [[TokenID]] = []
    var inputs: [SearchInput] = []
    for (index, text) in lines.enumerated() {
      let line = try sourceLine(text, number: firstLine + index, options)
      prepared.append(line)
      var isFirst = true
      for (number, sentence) in line.sentences.enumerated() where !sentence.tokens.isEmpty {
        let identity = UInt64(firstLine + index) << 20 | UInt64(number & 0xF_FFFF)
        sources.append(sentence.tokens)
        inputs.append(searchInput(sentence.tokens, identity, prefix: isFirst ? prefix : [], options))
        isFirst = false
      }
    }
    var generator = generator
    generator.batchTokenBudget = options.batchTokens
    let found = try generator.generate(sources, inputs, generation)
    let alignments = options.alignsWords ? try wordAlignments(sources, found, options) : []

    var next = 0
    return prepared.map { line in
      let end = next + line.sentences.count { !$0.tokens.isEmpty }
      let part = LineHypotheses(
        line: line, prefixCount: prefix.count, found: found[next..<end],
        alignments: options.alignsWords ? alignments[next..<end] : nil)
      next = end
      return Translation(source: line.text, hypotheses: part.joined(generation, targetTokenizer))
    }
  }

  private func prefixTokens(_ options: TranslationOptions) throws(TranslatorError) -> [TokenID] {
    let scalars = options.prefix.unicodeScalars
    guard let last = scalars.lastIndex(where: { !$0.properties.isWhitespace }) else { return [] }
    let tokens = targetTokenizer.encode(String(scalars[...last]), addingSpecialTokens: false)
    guard tokens.count < lengthLimit else {
      throw .targetTooLong(line: 1, tokenCount: tokens.count, limit: lengthLimit - 1)
    }
    return tokens
  }

  private func searchInput(
    _ source: [TokenID], _ identity: UInt64, prefix: [TokenID], _ options: TranslationOptions
  ) -> SearchInput {
    let room = lengthLimit - prefix.count
    let least = options.minimumLength ?? defaults.minimumNewTokens
    let wanted = options.maximumLength ?? max(least, source.count + TranslationOptions.lengthMargin)
    return SearchInput(identity: identity, prefix: prefix, maximumNewTokens: min(room, wanted))
  }
}

/// What was found for the sentences of a line, to be joined.
private struct LineHypotheses {
  let line: SourceLine
  let prefixCount: Int
  let found: ArraySlice<[Hypothesis]>
  let alignments: ArraySlice<[WordAlignment]>?

  /// The hypotheses of the line: the best of all sentences, the second of all, and so on.
  func joined(_ options: GenerationOptions, _ tokenizer: TextTokenizer) -> [TranslationHypothesis] {
    guard let count = found.map(\.count).max(), count > 0 else {
      return [
        TranslationHypothesis(
          text: line.text, score: 0, tokens: [], tokenLogProbabilities: [],
          alignment: alignments == nil ? nil : [])
      ]
    }
    var joined = (0..<count).map { hypothesis(rank: $0, options, tokenizer) }
    if found.count > 1, options.sampling == nil {
      // Swift's sort is stable.
      joined.sort { $0.score > $1.score }
    }
    return joined
  }

  private func hypothesis(
    rank: Int, _ options: GenerationOptions, _ tokenizer: TextTokenizer
  ) -> TranslationHypothesis {
    var result = TranslationHypothesis(text: "", score: 0, tokens: [], tokenLogProbabilities: [])
    var links = WordAlignment()
    var (sum, length): (Float, Int) = (0, 0)
    var next = found.startIndex
    for sentence in line.sentences {
      if !sentence.tokens.isEmpty {
        let place = min(rank, found[next].count - 1)
        let hypothesis = found[next][place]
        result.text += tokenizer.decode(hypothesis.tokens)
        result.tokens += hypothesis.tokens.map { tokenizer.token(for: $0) ?? "" }
        result.tokenLogProbabilities += hypothesis.tokenLogProbabilities
        let generated = hypothesis.tokenLogProbabilities.dropFirst(next == found.startIndex ? prefixCount : 0)
        sum += generated.reduce(0, +)
        length += generated.count
        result.score = hypothesis.score
        if let alignments { links.append(alignments[next][place]) }
        next += 1
      }
      result.text += sentence.separator
    }
    if found.count > 1 { result.score = options.lengthPenalty.score(sum: sum, length: max(length, 1)) }
    if alignments != nil { result.alignment = links.links }
    return result
  }
}
