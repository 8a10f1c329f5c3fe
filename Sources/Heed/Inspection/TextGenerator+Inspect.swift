import HeedGeneration
import HeedInspection
import HeedLayers
import HeedModels
import HeedText

extension TextGenerator {
  /// Continues a text and shows what every head attended to.
  ///
  /// - Parameters:
  ///   - prompt: What comes before.
  ///   - continuation: The continuation to look at; by default the model's own.
  ///   - options: How to search; nil for ``defaults``.
  ///   - choice: What is looked at.
  /// - Returns: The tokens, what else was likely, and all attention.
  /// - Throws: What generating throws.
  public func inspect(
    _ prompt: String, continuation: String? = nil, _ options: GenerationOptions? = nil,
    _ choice: InspectionOptions = InspectionOptions()
  ) throws -> Inspection {
    try inspect(prompt, continuation.map { .text($0) }, options, choice)
  }

  /// The same, given the continuation as text or as tokens; nil for the model's own.
  func inspect(
    _ prompt: String, _ target: GivenTarget?, _ options: GenerationOptions?, _ choice: InspectionOptions
  ) throws -> Inspection {
    var given = promptTokens(prompt, isChat: false)
    if given.isEmpty {
      guard let token = configuration.beginToken ?? configuration.endTokens.first else {
        throw PromptError.empty(number: 0)
      }
      given = [token]
    }
    let promptCount = given.count
    let limit = configuration.maximumPositions
    let (added, text): ([TokenID], String)
    switch target {
    case .text(let continuation):
      (added, text) = (continuationTokens(continuation, of: prompt, given), continuation)
    case .tokens(let tokens): (added, text) = (tokens, tokenizer.decode(tokens))
    case nil:
      let found = try generate([prompt], options)[0][0]
      (added, text) = (found.tokens, found.text)
    }
    let tokens = given + added
    guard tokens.count <= limit else {
      throw PromptError.tooLong(number: 0, tokenCount: tokens.count, limit: limit)
    }
    let model = generator.model
    let recorder = choice.recorder
    var context = ForwardContext.recording(recorder)
    let hidden = model(TokenSequences([tokens]), &context)
    let spelling = TokenSpelling(tokenizer)
    let places = tokens.indices.dropLast().suffix(max(0, choice.predictionLimit)).map { index in
      PredictedPlace(
        row: index, position: index, token: tokens[index + 1],
        isGiven: target != nil || index + 1 < promptCount)
    }
    return Inspection(
      model: choice.modelName, architecture: configuration.summary, input: prompt,
      outcome: Inspection.Outcome(title: "Continuation", text: text), read: spelling.tokens(tokens),
      written: Array(spelling.tokens(tokens).dropFirst()), writtenIDs: added,
      predictions: spelling.predictions(places, hidden, count: choice.candidateCount) { model.logits($0) },
      mark: spelling.mark, recorder: recorder)
  }

  /// The tokens of a continuation: those that follow the prompt's where both are cut together. Cut alone, a text gets the
  /// mark of a word's beginning from SentencePiece, and `, there` would begin with a space. That is left for prompts
  /// that are cut otherwise with more text behind them.
  private func continuationTokens(_ continuation: String, of prompt: String, _ given: [TokenID]) -> [TokenID]
  {
    let both = promptTokens(prompt + continuation, isChat: false)
    guard both.starts(with: given) else {
      return tokenizer.encode(continuation, addingSpecialTokens: false)
    }
    return Array(both.dropFirst(given.count))
  }

  /// The same generator without some heads, which count as zero.
  ///
  /// - Throws: `InspectionError` for a head that there is not.
  public func removingHeads(_ heads: [HeadPlace]) throws(InspectionError) -> TextGenerator {
    for head in heads { try configuration.attentions.check(head) }
    var copy = self
    copy.generator = LanguageModelGenerator(
      generator.model.removingHeads(heads), batchTokenBudget: generator.batchTokenBudget)
    return copy
  }
}
