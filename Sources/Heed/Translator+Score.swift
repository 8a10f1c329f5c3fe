import HeedGeneration
import HeedText

extension Translator {
  /// Scores given translations instead of searching for them. Lines are taken whole.
  ///
  /// - Parameters:
  ///   - sources: Lines.
  ///   - translations: A translation for each.
  ///   - options: How scores depend on length, and whether words are aligned.
  ///   - firstLine: The number of the first line, counted from 0, which errors name.
  /// - Returns: For each line one hypothesis: the translation that was given.
  /// - Throws: `TranslatorError`, `GenerationOptionsError` or `SearchError`; `CancellationError` if the task is cancelled.
  public func score(
    _ sources: [String], translations: [String], _ options: TranslationOptions = TranslationOptions(),
    firstLine: Int = 0
  ) throws -> [Translation] {
    guard sources.count == translations.count else {
      throw TranslatorError.unequalLineCounts(sources: sources.count, references: translations.count)
    }
    let generation = try options.generationOptions(defaults)
    try generation.validate(vocabularySize: interface.targetVocabularySize)
    var sourceTokens: [[TokenID]] = []
    var targets: [[TokenID]] = []
    for (index, (source, translation)) in zip(sources, translations).enumerated() {
      let tokens = self.sourceTokens(source)
      try checkLength(tokens, line: firstLine + index)
      let target = targetTokens(translation)
      guard target.count <= lengthLimit else {
        throw TranslatorError.targetTooLong(
          line: firstLine + index + 1, tokenCount: target.count, limit: lengthLimit)
      }
      sourceTokens.append(tokens)
      targets.append(target)
    }
    var generator = generator
    generator.batchTokenBudget = options.batchTokens
    let scored = try generator.score(sourceTokens, targets: targets, lengthPenalty: generation.lengthPenalty)
    let alignments = options.alignsWords ? try wordAlignments(sourceTokens, scored.map { [$0] }, options) : []
    return scored.enumerated().map { index, hypothesis in
      let given = TranslationHypothesis(
        text: translations[index], score: hypothesis.score,
        tokens: hypothesis.tokens.map { targetTokenizer.token(for: $0) ?? "" },
        tokenLogProbabilities: hypothesis.tokenLogProbabilities,
        alignment: options.alignsWords ? alignments[index][0].links : nil)
      return Translation(source: sources[index], hypotheses: [given])
    }
  }
}
