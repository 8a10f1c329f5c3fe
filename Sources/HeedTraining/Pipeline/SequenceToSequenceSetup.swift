import HeedLayers
import HeedModels
import HeedText

/// Translation, summarisation and whatever else turns one text into another, with an encoder-decoder.
struct SequenceToSequenceSetup: TaskSetup {
  /// The resolved recipe.
  let recipe: Recipe
  /// What is trained and validated on.
  let text: TrainingText

  func prepare(
    resuming run: ModelDirectory?, _ progress: SetupProgress
  ) throws -> PreparedTask<SequenceToSequenceTask> {
    let start = try recipe.model.startingDirectory.map { try StartingModel(encoderDecoder: $0, recipe.model) }
    let vocabularies = try start?.vocabularies(recipe.data) ?? vocabularies(resuming: run, progress)
    // A model that is there already may have fewer positions than the recipe allows tokens.
    let longest = min(recipe.data.maximumLength, start?.model.configuration.lengthLimit ?? .max)
    let stores = try load(vocabularies, maximumLength: longest, progress)
    let model = try start?.model ?? newModel(vocabularies)
    let writer = try ValidationWriter(text.validation, vocabularies, recipe, maximumLength: longest)
    let task = SequenceToSequenceTask(
      training: stores.training, validation: stores.validation, .init(model.configuration),
      validationTokenBudget: recipe.validation.batchTokens, writing: { try writer.write($0) })
    let length = recipe.model.maximumPositions
    return PreparedTask(
      task: task, model: model,
      writeFiles: { directory in
        if let start {
          try start.writeFiles(to: directory)
        } else {
          try vocabularies.write(to: directory, maximumLength: length)
        }
      },
      origin: start?.directory, facts: facts(vocabularies, stores))
  }

  private func newModel(_ vocabularies: Vocabularies) throws -> EncoderDecoder {
    let configuration = try recipe.encoderDecoderConfiguration(
      vocabularySize: vocabularies.source.vocabularySize,
      targetVocabularySize: vocabularies.target.vocabularySize)
    var initializer = ParameterInitializer(seed: recipe.training.seed)
    var model = EncoderDecoder(configuration, &initializer)
    if let keySize = recipe.model.keySize { model.narrowKeys(to: keySize) }
    return model
  }

  /// The vocabularies of a new model, or of a run that goes on.
  func vocabularies(resuming run: ModelDirectory?, _ progress: SetupProgress) throws -> Vocabularies {
    try found(in: run) ?? learn(progress)
  }

  /// Reads and encodes the pairs.
  func load(
    _ vocabularies: Vocabularies, maximumLength: Int, _ progress: SetupProgress
  ) throws -> (training: PairStore, validation: PairStore) {
    var trainingFilter = recipe.data.filter
    trainingFilter.maximumLength = maximumLength
    let training = try load(
      text.training, trainingFilter, vocabularies, "training text", to: "train", progress)
    // Oddly proportioned pairs are left out of training because they teach nothing; here they count.
    let validationFilter = PairFilter(maximumLength: maximumLength, maximumRatio: 0)
    let validation = try load(
      text.validation, validationFilter, vocabularies, "validation text", to: "validate", progress)
    return (training, validation)
  }

  /// What is worth remembering of vocabularies and pairs, by name.
  func facts(
    _ vocabularies: Vocabularies, _ stores: (training: PairStore, validation: PairStore)
  ) -> [String: String] {
    var facts = [
      "vocabulary": String(vocabularies.source.vocabularySize),
      "training_pairs": String(stores.training.count),
      "validation_pairs": String(stores.validation.count),
    ]
    facts["target_vocabulary"] = vocabularies.separateTarget.map { String($0.vocabularySize) }
    return facts
  }

  /// The process may have been killed before it wrote them.
  private func found(in run: ModelDirectory?) throws -> Vocabularies? {
    try run.flatMap { try Vocabularies(in: $0, joint: recipe.vocabulary.joint) }
  }

  private func learn(_ progress: SetupProgress) throws -> Vocabularies {
    let learned = try VocabularyRecipe.namingSize {
      try Vocabularies(
        learning: recipe.vocabulary, from: text.training, separatedWords: text.separatedWords,
        checkpoint: progress.checkpoint)
    }
    let sizes = [learned.source, learned.separateTarget].compactMap { $0.map { String($0.vocabularySize) } }
    progress.note("vocabulary: \(sizes.joined(separator: " and ")) tokens")
    return learned
  }

  private func load(
    _ pairs: TrainingText.Pairs, _ filter: PairFilter, _ vocabularies: Vocabularies, _ name: String,
    to purpose: String, _ progress: SetupProgress
  ) throws -> PairStore {
    let (store, report) = try PairStore.load(
      pairs, filter: filter, encodeSource: vocabularies.encodeSource, encodeTarget: vocabularies.encodeTarget
    ) { _ in try progress.checkpoint() }
    progress.note("\(name): \(report.summary)")
    guard !store.isEmpty else { throw NoUsablePairs(purpose: purpose, report: report) }
    return store
  }
}
