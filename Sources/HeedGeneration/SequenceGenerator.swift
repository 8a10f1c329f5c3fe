import HeedModels
import HeedTensor
import HeedText

/// Generates target sequences for source sequences: cuts them into batches and gives results in their order.
public struct SequenceGenerator<Model: SearchableModel>: Sendable {
  /// The models whose probabilities are averaged; usually one.
  public let models: [Model]
  /// The most source tokens of a batch.
  public var batchTokenBudget: Int

  /// A generator with models of one vocabulary, which it prepares for inference.
  ///
  /// - Throws: `SearchError.differentVocabularies`.
  public init(_ models: [Model], batchTokenBudget: Int = 2048) throws(SearchError) {
    precondition(!models.isEmpty, "a generator needs a model")
    let sizes = models.map(\.interface.targetVocabularySize)
    guard Set(sizes).count == 1 else { throw .differentVocabularies(sizes) }
    self.models = models.map(\.preparedForSearch)
    self.batchTokenBudget = batchTokenBudget
  }

  /// Vocabularies, special tokens and limits of the first model.
  public var interface: SequenceInterface { models[0].interface }

  /// The hypotheses for each source, best first.
  ///
  /// - Parameters:
  ///   - sources: Token sequences with their end of sentence.
  ///   - inputs: What is wanted for each source.
  ///   - options: How to search.
  /// - Returns: For each source its hypotheses, at least one.
  /// - Throws: `GenerationOptionsError` or `SearchError`; `CancellationError` if the calling task is cancelled.
  public func generate(
    _ sources: [[TokenID]], _ inputs: [SearchInput], _ options: GenerationOptions
  ) throws -> [[Hypothesis]] {
    precondition(sources.count == inputs.count, "\(inputs.count) inputs for \(sources.count) sources")
    return try SourceBatches.run(lengths: sources.map(\.count), budget: batchTokenBudget) { batch in
      var model = try session(batch.map { sources[$0] })
      return try Search.run(&model, batch.map { inputs[$0] }, options)
    }
  }

  /// Scores given targets instead of searching for them.
  ///
  /// - Parameters:
  ///   - sources: Token sequences with their end of sentence.
  ///   - targets: For each source its target tokens, with their end of sentence.
  ///   - lengthPenalty: How scores depend on length.
  /// - Returns: For each source its target with the model's log-probabilities.
  /// - Throws: `SearchError` for a token outside the vocabulary.
  public func score(
    _ sources: [[TokenID]], targets: [[TokenID]], lengthPenalty: LengthPenalty
  ) throws -> [Hypothesis] {
    precondition(sources.count == targets.count, "\(targets.count) targets for \(sources.count) sources")
    return try SourceBatches.run(lengths: sources.map(\.count), budget: batchTokenBudget) { batch in
      var model = try session(batch.map { sources[$0] })
      return try Search.score(
        &model, references: batch.map { targets[$0] }, startToken: interface.startToken,
        lengthPenalty: lengthPenalty)
    }
  }

  private func session(_ sources: [[TokenID]]) throws -> EnsembleOrModel {
    let sessions = models.map { $0.session(sources) }
    return sessions.count == 1 ? .one(sessions[0]) : .several(try EnsembleModel(sessions))
  }
}

extension SequenceGenerator<EncoderDecoder> {
  /// The architecture of the first model.
  public var configuration: TransformerConfiguration { models[0].configuration }
}

/// One model without the detour through an ensemble, whose logarithms would change the last bits.
private enum EnsembleOrModel: NextTokenModel {
  case one(any NextTokenModel)
  case several(EnsembleModel)

  var vocabularySize: Int {
    switch self {
    case .one(let model): model.vocabularySize
    case .several(let model): model.vocabularySize
    }
  }

  mutating func step(
    tokens: [TokenID], parents: [Int], _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    switch self {
    case .one(var model):
      try model.step(tokens: tokens, parents: parents, body)
      self = .one(model)
    case .several(var model):
      try model.step(tokens: tokens, parents: parents, body)
      self = .several(model)
    }
  }
}
