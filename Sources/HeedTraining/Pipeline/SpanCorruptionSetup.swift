import HeedGeneration
import HeedLayers
import HeedModels
import HeedText

/// Encoder-decoders that learn by writing what is missing from a text, new ones or such as go on from others.
struct SpanCorruptionSetup: TaskSetup {
  /// The resolved recipe.
  let recipe: Recipe
  private var passages: TextPassages { TextPassages(recipe: recipe) }

  func prepare(
    resuming run: ModelDirectory?, _ progress: SetupProgress
  ) throws -> PreparedTask<SpanCorruptionTask> {
    let model: EncoderDecoder
    let tokenizer: TextTokenizer
    let writeFiles: @Sendable (ModelDirectory) throws -> Void
    var origin: ModelDirectory?
    if let path = recipe.model.startingDirectory {
      let start = try StartingModel(encoderDecoder: path, recipe.model)
      (model, tokenizer, origin) = (start.model, start.tokenizers.source, start.directory)
      writeFiles = { try start.writeFiles(to: $0) }
    } else {
      let vocabulary = try passages.vocabulary(resuming: run, progress)
      tokenizer = vocabulary.tokenizer
      var initializer = ParameterInitializer(seed: recipe.training.seed)
      model = EncoderDecoder(try recipe.spanModelConfiguration(vocabulary), &initializer)
      let length = recipe.model.maximumPositions
      writeFiles = { try vocabulary.write(to: $0, maximumLength: length) }
    }
    let sentinels = try tokenizer.sentinels(file: recipe.model.startingDirectory ?? "the vocabulary")

    // The end of sentence is one of a sequence's tokens, and comes when it is corrupted.
    let length = min(recipe.data.maximumLength, model.configuration.lengthLimit ?? .max) - 1
    let text = try passages.sequences(tokenizer, length: max(2, length), progress)

    let task = SpanCorruptionTask(
      training: text.training, validation: text.validation,
      SpanCorruption(
        share: recipe.masking.share, meanSpanLength: recipe.masking.meanSpanLength, sentinels: sentinels),
      .init(model.configuration), validationTokenBudget: recipe.validation.batchTokens,
      seed: recipe.training.seed, writing: writer(tokenizer))
    return PreparedTask(
      task: task, model: model, writeFiles: writeFiles, origin: origin, facts: text.facts)
  }

  private func writer(_ tokenizer: TextTokenizer) -> SpanCorruptionTask.Writing {
    { model, pairs in
      var options = GenerationConfiguration.defaults(for: model.configuration)
      options.maximumNewTokens = max(1, (0..<pairs.count).map { pairs.targetLength($0) }.max() ?? 1)
      let sources = (0..<pairs.count).map { Array(pairs.source($0)) }
      let inputs = sources.indices.map { SearchInput(identity: UInt64($0)) }
      let found = try SequenceGenerator([model], batchTokenBudget: 4096).generate(sources, inputs, options)
      func text(_ tokens: some Collection<Int32>) -> String {
        tokenizer.decode(Array(tokens), skippingSpecialTokens: false)
      }
      return sources.indices.map { index in
        ValidationReport.Sample(
          source: text(sources[index]), reference: text(pairs.target(index)),
          hypothesis: text(found[index].first?.tokens ?? []))
      }
    }
  }
}

extension TextTokenizer {
  /// The tokens that stand for what is left out of a text, in the order in which they are used: two at least.
  ///
  /// - Parameter file: What errors call the model.
  /// - Returns: Their identifiers.
  /// - Throws: `ConfigurationError` where there are none.
  func sentinels(file: String) throws(ConfigurationError) -> [Int32] {
    let found = LanguageVocabulary.sentinels.compactMap { id(for: $0) }
    guard found.count > 1 else {
      throw ConfigurationError(
        file: file, nil,
        "has no tokens for what is left out (<extra_id_0>, <extra_id_1>, …), which this task needs")
    }
    return found
  }
}
