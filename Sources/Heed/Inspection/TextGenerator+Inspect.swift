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
    if let continuation {
      (added, text) = (tokenizer.encode(continuation, addingSpecialTokens: false), continuation)
    } else {
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
        isGiven: continuation != nil || index + 1 < promptCount)
    }
    return Inspection(
      model: choice.modelName, architecture: configuration.summary, input: prompt,
      outcome: Inspection.Outcome(title: "Continuation", text: text), read: spelling.tokens(tokens),
      written: Array(spelling.tokens(tokens).dropFirst()),
      predictions: spelling.predictions(places, hidden, count: choice.candidateCount) { model.logits($0) },
      mark: spelling.mark, recorder: recorder)
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
