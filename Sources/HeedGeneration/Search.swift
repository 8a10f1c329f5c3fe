import HeedText

/// Generates continuations in the way that the options ask for.
public enum Search {
  /// Samples, searches greedily, or searches with a beam, as the options say.
  ///
  /// - Parameters:
  ///   - model: A model at its beginning; as many sources as inputs.
  ///   - inputs: What is wanted for each source.
  ///   - options: How to search.
  ///   - observe: Is told of each token as soon as it is chosen; a beam search chooses only at its end, and tells
  ///     nothing.
  /// - Returns: For each source its hypotheses, best first (samples: in the order of their drawing), at least one.
  /// - Throws: `GenerationOptionsError`, `SearchError`, `CancellationError`, or what the model throws.
  public static func run(
    _ model: inout some NextTokenModel, _ inputs: [SearchInput], _ options: GenerationOptions,
    observe: TokenObserver? = nil
  ) throws -> [[Hypothesis]] {
    try options.validate(vocabularySize: model.vocabularySize)
    if options.sampling != nil { return try SamplingSearch(options).search(&model, inputs, observe: observe) }
    if options.beamSize == 1 { return try GreedySearch(options).search(&model, inputs, observe: observe) }
    return try BeamSearch(options).search(&model, inputs)
  }

  /// Scores given continuations instead of searching for them.
  ///
  /// - Parameters:
  ///   - model: A model at its beginning; as many sources as references.
  ///   - references: For each source its target tokens, with the end token if that is to count.
  ///   - startToken: What every target sequence starts with.
  ///   - lengthPenalty: How scores depend on length.
  /// - Returns: For each source the reference with the model's log-probabilities; an empty one has score 0.
  /// - Throws: `SearchError`, `CancellationError`, or what the model throws.
  public static func score(
    _ model: inout some NextTokenModel, references: [[TokenID]], startToken: TokenID,
    lengthPenalty: LengthPenalty = .huggingFace(1)
  ) throws -> [Hypothesis] {
    try SearchError.check(references, vocabularySize: model.vocabularySize)
    var readings = references.enumerated().map { source, tokens in
      ForcedReading(source: source, startToken: startToken, tokens: tokens)
    }
    try HeedGeneration.run(&readings, on: &model)
    return readings.map { reading in
      let sum = reading.logProbabilities.reduce(0, +)
      return Hypothesis(
        tokens: reading.tokens, score: lengthPenalty.score(sum: sum, length: max(reading.tokens.count, 1)),
        tokenLogProbabilities: reading.logProbabilities)
    }
  }
}

/// Reads given tokens and notes their log-probabilities.
private struct ForcedReading: SourceSearch {
  let source: Int
  let startToken: TokenID
  let tokens: [TokenID]
  var logProbabilities: [Float] = []

  init(source: Int, startToken: TokenID, tokens: [TokenID]) {
    self.source = source
    self.startToken = startToken
    self.tokens = tokens
  }

  var isFinished: Bool { logProbabilities.count == tokens.count }

  var rows: [(token: TokenID, parent: Int)] {
    let position = logProbabilities.count
    return [(position == 0 ? startToken : tokens[position - 1], 0)]
  }

  mutating func advance(_ logits: UnsafeMutableBufferPointer<Float>) throws {
    let position = logProbabilities.count
    guard let normalizer = RowOperations.logNormalizer(logits) else {
      throw SearchError.unusableLogits(source: source, position: position)
    }
    logProbabilities.append(logits[Int(tokens[position])] - normalizer)
  }
}
