import Heed
import HeedLayers
import HeedModels
import HeedText

/// Language models, new ones or such as go on from others.
struct LanguageModelSetup: TaskSetup {
  /// The resolved recipe.
  let recipe: Recipe
  private var passages: TextPassages { TextPassages(recipe: recipe) }

  /// Continuations that are shown at a validation.
  private static let sampleCount = 3
  /// The most tokens of a continuation and of what it goes on from, together; a third of them is given.
  private static let sampleLength = 96

  func prepare(
    resuming run: ModelDirectory?, _ progress: SetupProgress
  ) throws -> PreparedTask<LanguageModelTask> {
    let start = try recipe.model.startingDirectory.map { try StartingModel(languageModel: $0, recipe.model) }
    let vocabulary = try start == nil ? passages.vocabulary(resuming: run, progress) : nil
    guard let tokenizer = start?.tokenizers.source ?? vocabulary?.tokenizer else {
      preconditionFailure("LanguageModelSetup: neither a model nor a vocabulary")
    }
    let model: LanguageModel
    if let start {
      model = start.model
    } else if let vocabulary {
      var initializer = ParameterInitializer(seed: recipe.training.seed)
      model = LanguageModel(try recipe.languageModelConfiguration(vocabulary), &initializer)
    } else {
      preconditionFailure("LanguageModelSetup: neither a model nor a vocabulary")
    }

    let (training, validation) = try text(tokenizer, end: model.configuration.endTokens.first, progress)
    progress.note("training text: \(training.count) tokens")
    progress.note("validation text: \(validation.count) tokens")
    let task = LanguageModelTask(
      training: training, validation: validation,
      contextLength: min(recipe.data.maximumLength, model.configuration.lengthLimit ?? .max),
      validationTokenBudget: recipe.validation.batchTokens, seed: recipe.training.seed,
      writing: writer(tokenizer, validation))
    let length = recipe.model.maximumPositions
    return PreparedTask(
      task: task, model: model,
      writeFiles: { directory in
        try start?.writeFiles(to: directory)
        try vocabulary?.write(to: directory, maximumLength: length)
      },
      origin: start?.directory,
      facts: [
        "vocabulary": String(tokenizer.vocabularySize),
        "training_tokens": String(training.count), "validation_tokens": String(validation.count),
      ])
  }

  /// All text in tokens. A passage ends with the token for that; text that is taken as a whole does not, but between two
  /// files that token stands.
  private func text(
    _ tokenizer: TextTokenizer, end: Int32?, _ progress: SetupProgress
  ) throws -> (training: [Int32], validation: [Int32]) {
    let isWhole = recipe.data.passages == .whole
    func tokens(_ forEach: ((String) throws -> Void) throws -> Void) throws -> [Int32] {
      var tokens: [Int32] = []
      var count = 0
      try forEach { passage in
        tokens += tokenizer.encode(passage, addingSpecialTokens: false)
        if !isWhole, let end { tokens.append(end) }
        count += 1
        try progress.checkpoint(count)
      }
      return tokens
    }
    func whole(_ files: [TextFile]) throws -> [Int32] {
      let parts = try files.map { file in try tokens { body in try file.forEach { try body($0.text) } } }
      return Array(parts.joined(separator: end.map { [$0] } ?? []))
    }
    var training = try isWhole ? whole(recipe.data.textFiles()) : tokens(passages.forEachTraining)
    var validation: [Int32] = []
    if isWhole, recipe.data.validSource == nil, let share = recipe.data.validShare {
      // The end of a text tells more of a model than parts from its midst, whose surroundings it knows.
      let place = Int(Double(training.count) * (1 - share))
      validation = Array(training[place...])
      training.removeSubrange(place...)
    } else {
      validation = try isWhole ? whole(recipe.data.validationTextFiles) : tokens(passages.forEachValidation)
    }
    try passages.require(training.count - 1, to: .train)
    try passages.require(validation.count - 1, to: .validate)
    return (training, validation)
  }

  /// Continues the held-out text from some of its places, drawn with the same seed each time.
  private func writer(_ tokenizer: TextTokenizer, _ validation: [Int32]) -> LanguageModelTask.Writing {
    { model in
      let needed = min(Self.sampleLength, model.configuration.lengthLimit ?? .max)
      let promptLength = max(1, needed / 3)
      let newLength = needed - promptLength
      guard newLength > 0, validation.count > needed else { return [] }
      var options = GenerationConfiguration.defaults(for: model.configuration)
      var sampling = SamplingOptions()
      sampling.temperature = 0.8
      options.sampling = sampling
      options.maximumNewTokens = newLength
      let starts = (0..<Self.sampleCount).map { $0 * (validation.count - needed) / (Self.sampleCount - 1) }
      let prompts = starts.map { Array(validation[$0..<$0 + promptLength]) }
      let found = try LanguageModelGenerator(model.preparedForInference).generate(prompts, options)
      return zip(starts, zip(prompts, found)).map { start, pair in
        ValidationReport.Sample(
          source: tokenizer.decode(pair.0),
          reference: tokenizer.decode(Array(validation[start + promptLength..<start + needed])),
          hypothesis: tokenizer.decode(pair.1.first?.tokens ?? []))
      }
    }
  }
}
