import HeedGeneration
import HeedInspection
import HeedLayers
import HeedModels
import HeedText

extension Translator {
  /// Translates a text, taken whole, and shows what every head of the (first) model attended to.
  ///
  /// - Parameters:
  ///   - source: One sentence.
  ///   - translation: The translation to look at; by default the model's own.
  ///   - options: How to translate.
  ///   - choice: What is looked at.
  /// - Returns: The tokens, what else was likely, and all attention.
  /// - Throws: What translating throws.
  public func inspect(
    _ source: String, translation: String? = nil, _ options: TranslationOptions = TranslationOptions(),
    _ choice: InspectionOptions = InspectionOptions()
  ) throws -> Inspection {
    try inspect(source, translation.map { .text($0) }, options, choice)
  }

  /// The same, given the translation as text or as tokens; nil for the model's own.
  func inspect(
    _ source: String, _ target: GivenTarget?, _ options: TranslationOptions, _ choice: InspectionOptions
  ) throws -> Inspection {
    let tokens = try tokens(of: source, target, options)
    var text = targetTokenizer.decode(tokens.target)
    if case .text(let translation) = target { text = translation }
    return generator.inspection(
      source: tokens.source, prefixCount: prefixCount(of: tokens.source), target: tokens.target,
      isGiven: target != nil, input: source, outcome: Inspection.Outcome(title: "Translation", text: text),
      sourceTokenizer, targetTokenizer, choice)
  }

  /// The same translator without some heads of its (first) model, which count as zero.
  ///
  /// - Throws: `InspectionError` for a head that there is not.
  public func removingHeads(_ heads: [HeadPlace]) throws -> Translator {
    let attentions = generator.models[0].attentions
    for head in heads { try attentions.check(head) }
    var copy = self
    copy.generator = try generator.removingHeads(heads)
    return copy
  }
}

extension Summarizer {
  /// Summarises a text and shows what every head attended to.
  ///
  /// - Parameters:
  ///   - text: What to summarise; what is longer than ``lengthLimit`` is read up to there.
  ///   - summary: The summary to look at; by default the model's own.
  ///   - options: How to search; nil for ``defaults``.
  ///   - choice: What is looked at.
  /// - Returns: The tokens, what else was likely, and all attention.
  /// - Throws: What summarising throws.
  public func inspect(
    _ text: String, summary: String? = nil, _ options: GenerationOptions? = nil,
    _ choice: InspectionOptions = InspectionOptions()
  ) throws -> Inspection {
    let whole = tokenizer.encoding(of: prefix + text)
    let interface = generator.interface
    guard let window = whole.truncated(to: lengthLimit).first else {
      throw TranslatorError.sourceTooLong(line: 1, tokenCount: whole.count, limit: lengthLimit)
    }
    let source = window.ids.isEmpty ? [interface.endToken] : window.ids
    let target: [TokenID]
    if let summary {
      let ids = targetTokenizer.encode(summary)
      target = ids.last == interface.endToken ? ids : ids + [interface.endToken]
      guard target.count <= lengthLimit else {
        throw TranslatorError.targetTooLong(line: 1, tokenCount: target.count, limit: lengthLimit)
      }
    } else {
      let options = options ?? defaults
      try options.validate(vocabularySize: interface.targetVocabularySize)
      let input = SearchInput(identity: 0, maximumNewTokens: interface.lengthLimit)
      target = try generator.generate([source], [input], options)[0][0].tokens
    }
    var inspection = generator.inspection(
      source: source, prefixCount: tokenizer.prefixCount(prefix, of: source), target: target,
      isGiven: summary != nil, input: text,
      outcome: Inspection.Outcome(title: "Summary", text: summary ?? targetTokenizer.decode(target)),
      tokenizer, targetTokenizer, choice)
    inspection.noteCut(window, of: whole)
    return inspection
  }
}

extension SequenceGenerator<TranslationModel> {
  /// One pass of the first model over a source and a target.
  fileprivate func inspection(
    source: [TokenID], prefixCount: Int, target: [TokenID], isGiven: Bool, input: String,
    outcome: Inspection.Outcome,
    _ sourceTokenizer: TextTokenizer, _ targetTokenizer: TextTokenizer, _ choice: InspectionOptions
  ) -> Inspection {
    let model = models[0]
    let recorder = choice.recorder
    var context = ForwardContext.recording(recorder)
    // Constraints can forbid every first token, and then nothing was written.
    let read = [interface.startToken] + target.dropLast()
    let hidden = model.states(
      sources: TokenSequences([source]), targets: TokenSequences([read]), &context)
    let (from, to) = (TokenSpelling(sourceTokenizer), TokenSpelling(targetTokenizer))
    let places = target.indices.suffix(max(0, choice.predictionLimit)).map {
      PredictedPlace(row: $0, position: $0, token: target[$0], isGiven: isGiven)
    }
    return Inspection(
      model: choice.modelName, architecture: model.summary, input: input, outcome: outcome,
      source: from.tokens(source), prefixCount: prefixCount, read: to.tokens(read),
      written: to.tokens(target), writtenIDs: target,
      predictions: to.predictions(places, hidden, count: choice.candidateCount) { model.logits($0) },
      notes: model.attentions.note.map { [$0] } ?? [], mark: from.mark, recorder: recorder)
  }

  /// The same generator without some heads of its first model.
  fileprivate func removingHeads(_ heads: [HeadPlace]) throws -> SequenceGenerator {
    try SequenceGenerator(
      [models[0].removingHeads(heads)] + models.dropFirst(),
      batchTokenBudget: batchTokenBudget)
  }
}
