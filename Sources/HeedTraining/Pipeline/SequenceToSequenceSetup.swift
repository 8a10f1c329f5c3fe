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
    let start = try recipe.model.startingDirectory.map { try StartingModel(encoderDecoder: $0) }
    let vocabularies = try start?.vocabularies ?? found(in: run) ?? learn(progress)
    let training = try load(
      text.training, recipe.data.filter, vocabularies, "training text", to: "train", progress)
    // Oddly proportioned pairs are left out of training because they teach nothing; here they count.
    let validationFilter = PairFilter(maximumLength: recipe.data.maximumLength, maximumRatio: 0)
    let validation = try load(
      text.validation, validationFilter, vocabularies, "validation text", to: "validate", progress)

    let model = try start?.model ?? newModel(vocabularies)
    let writer = try ValidationWriter(text.validation, vocabularies, recipe)
    let task = SequenceToSequenceTask(
      training: training, validation: validation, .init(model.configuration),
      validationTokenBudget: recipe.validation.batchTokens, writing: { try writer.write($0) })
    progress.note(
      "model: \(model.parameterCount) parameters, saved as \(model.configuration.family.rawValue)")
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
      origin: start?.directory,
      facts: [
        "parameters": String(model.parameterCount),
        "vocabulary": String(vocabularies.source.vocabularySize),
        "training_pairs": String(training.count), "validation_pairs": String(validation.count),
      ])
  }

  func check(_ progress: SetupProgress) throws -> [String] {
    let counts = try [text.training, text.validation].map { pairs in
      var count = 0
      try pairs.forEach { _ in
        count += 1
        try progress.checkpoint(count)
      }
      return count
    }
    var lines = ["training text: \(counts[0]) pairs", "validation text: \(counts[1]) pairs"]
    if let directory = recipe.model.startingDirectory {
      let model = try StartingModel<EncoderDecoder>(encoderDecoder: directory).model
      lines.append("model: \(model.configuration.family.rawValue), \(model.parameterCount) parameters")
    } else {
      let size = recipe.vocabulary.size
      let configuration = try recipe.encoderDecoderConfiguration(
        vocabularySize: size, targetVocabularySize: size)
      var initializer = ParameterInitializer.placeholder
      let count = EncoderDecoder(configuration, &initializer).parameterCount
      lines.append("model: \(configuration.family.rawValue), at most \(count) parameters")
    }
    return lines
  }

  private func newModel(_ vocabularies: Vocabularies) throws -> EncoderDecoder {
    let configuration = try recipe.encoderDecoderConfiguration(
      vocabularySize: vocabularies.source.vocabularySize,
      targetVocabularySize: vocabularies.target.vocabularySize)
    var initializer = ParameterInitializer(seed: recipe.training.seed)
    return EncoderDecoder(configuration, &initializer)
  }

  /// The process may have been killed before it wrote them.
  private func found(in run: ModelDirectory?) throws -> Vocabularies? {
    try run.flatMap { try Vocabularies(in: $0, joint: recipe.vocabulary.joint) }
  }

  private func learn(_ progress: SetupProgress) throws -> Vocabularies {
    let learned = try Vocabularies(
      learning: recipe.vocabulary, from: text.training, separatedWords: text.separatedWords,
      checkpoint: progress.checkpoint)
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
