import HeedLayers
import HeedModels
import HeedText

/// Encoders that learn to give texts of the same meaning embeddings that are near each other.
struct SentenceEmbeddingSetup: TaskSetup {
  /// The resolved recipe.
  let recipe: Recipe
  /// Pairs of texts that mean the same.
  let text: TrainingText

  func prepare(
    resuming run: ModelDirectory?, _ progress: SetupProgress
  ) throws -> PreparedTask<SentenceEmbeddingTask> {
    let start = try StartingModel(encoder: recipe.model.startingDirectory ?? "", recipe.model)
    var initializer = ParameterInitializer(seed: recipe.training.seed)
    // Readers of bert and roberta expect the pooler, though embeddings do not use it.
    let isPooled = start.model.configuration.family != .distilbert
    let model = start.model.withHead(.states(isPooled: isPooled), &initializer)
    let encoder = ExampleEncoder(
      start.tokenizers.source, model.configuration, length: recipe.data.maximumLength)
    var texts: [(first: String, second: String)] = []
    func load(_ pairs: TrainingText.Pairs, keepsTexts: Bool) throws -> SentenceEmbeddingTask.Pairs {
      var store = SentenceEmbeddingTask.Pairs()
      var count = 0
      try pairs.forEach { pair in
        guard !PairFilter.isBlank(pair.source), !PairFilter.isBlank(pair.target) else { return }
        store.first.append(encoder.encoding(of: pair.source).ids)
        store.second.append(encoder.encoding(of: pair.target).ids)
        if keepsTexts { texts.append((pair.source, pair.target)) }
        count += 1
        try progress.checkpoint(count)
      }
      return store
    }
    let training = try load(text.training, keepsTexts: false)
    let validation = try load(text.validation, keepsTexts: true)
    guard training.count > 0 else { throw NoUsableText(.train, recipe, needed: "pairs of texts") }
    guard validation.count > 0 else { throw NoUsableText(.validate, recipe, needed: "pairs of texts") }
    progress.note("training text: \(training.count) pairs")
    progress.note("validation text: \(validation.count) pairs")
    let task = SentenceEmbeddingTask(
      training: training, validation: validation, temperature: Float(recipe.training.temperature),
      validationTokenBudget: recipe.validation.batchTokens, text: { [texts] in texts[$0] })
    let length = encoder.length
    return PreparedTask(
      task: task, model: model,
      writeFiles: { directory in
        try start.writeFiles(to: directory)
        try EmbeddingFiles.write(
          to: directory, hiddenSize: model.configuration.hiddenSize, maximumLength: length)
      },
      origin: start.directory,
      facts: [
        "training_pairs": String(training.count),
        "validation_pairs": String(validation.count),
      ])
  }
}
