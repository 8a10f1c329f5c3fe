import ArgumentParser
import HeedTraining

/// Flags that stand for keys of a recipe, and go before it.
struct RecipeOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What is learned: translation, summarization, language_model, masked_language_model, span_corruption, "
        + "classification, question_answering or sentence_embedding (default: translation)."))
  var task: String?
  @Option(help: "The directory of a model to go on from.")
  var from: String?
  @Option(
    help: ArgumentHelp(
      "What to learn from: text a line, TSV, CSV, JSON lines or SQuAD's JSON, gzipped or not. Running text may come in "
        + "several files, each with its --source."))
  var source: [String] = []
  @Option(help: "Their translations, for plain text.")
  var target: String?
  @Option(help: "The same, held out to validate on.")
  var validSource: [String] = []
  @Option(help: "Their translations, for plain text.")
  var validTarget: String?
  @Option(help: "The share of the text that is held out, where no file is named for that.")
  var validShare: String?
  @Option(help: "plain, tsv, csv or jsonl (default: by the file's name).")
  var format: String?
  @Option(help: "The source's column (a number or name) or JSON field.")
  var sourceField: String?
  @Option(help: "The target's column or JSON field.")
  var targetField: String?
  @Option(help: "Tokens that a sentence may have (default: 256).")
  var maxLength: String?
  @Option(help: "Tokens of the vocabulary (default: 8000).")
  var vocabularySize: String?
  @Option(
    help: "What translates or summarises: transformer, lstm, gru or convolution (default: transformer).")
  var architecture: String?
  @Option(help: "The model's shape: tiny, small, base or big (default: small).")
  var preset: String?
  @Option(help: "Where layers normalise: after (the paper) or before.")
  var norm: String?
  @Option(help: "Dropout (default: the preset's).")
  var dropout: String?
  @Option(help: "Tokens of a batch, on its larger side (default: 4096).")
  var batchTokens: String?
  @Option(help: "Batches that make one step (default: 1).")
  var accumulate: String?
  @Option(
    name: [.customLong("max-steps"), .customLong("steps")],
    help: "Steps after which training ends (default: 100000).")
  var maxSteps: String?
  @Option(help: "Passes over the data after which training ends.")
  var maxEpochs: String?
  @Option(help: "Time after which training ends, such as 90m.")
  var timeBudget: String?
  @Option(help: "paper, inverse_square_root, cosine, linear or constant (default: paper).")
  var schedule: String?
  @Option(help: "The highest learning rate.")
  var learningRate: String?
  @Option(help: "Steps over which the learning rate rises (default: 4000).")
  var warmupSteps: String?
  @Option(help: "Label smoothing (default: 0.1 for texts, else 0).")
  var labelSmoothing: String?
  @Option(help: "What all randomness follows from (default: 1).")
  var seed: String?
  @Option(help: "Checkpoints that are averaged in the end (default: 0).")
  var averageLast: String?
  @Option(help: "Steps between validations (default: an epoch).")
  var validateEvery: String?
  @Option(help: "Validations without progress after which training ends; 0 for never (default: 10).")
  var patience: String?
  @Option(
    name: .customLong("set"),
    help: ArgumentHelp("Any key of a recipe, such as training.clip_norm=0.5.", valueName: "key=value"))
  var assignments: [String] = []

  /// The keys that were given, with their values, in the order in which they take effect.
  private var given: [(key: String, value: String?)] {
    [
      ("task", task), ("model.from", from), ("data.source", Self.list(source)), ("data.target", target),
      ("data.valid_source", Self.list(validSource)),
      ("data.valid_target", validTarget), ("data.valid_share", validShare),
      ("data.format", format), ("data.source_field", sourceField),
      ("data.target_field", targetField), ("data.max_length", maxLength), ("vocabulary.size", vocabularySize),
      ("model.architecture", architecture), ("model.preset", preset), ("model.norm", norm),
      ("model.dropout", dropout),
      ("training.batch_tokens", batchTokens), ("training.accumulate", accumulate),
      ("training.max_steps", maxSteps), ("training.max_epochs", maxEpochs),
      ("training.time_budget", timeBudget), ("training.schedule", schedule),
      ("training.learning_rate", learningRate), ("training.warmup_steps", warmupSteps),
      ("training.label_smoothing", labelSmoothing), ("training.seed", seed),
      ("training.average_last", averageLast), ("validation.every_epochs", validateEvery.map { _ in "null" }),
      ("validation.every_steps", validateEvery), ("validation.patience", patience),
    ]
  }

  /// Sets in `recipe` what was given.
  ///
  /// - Throws: `RecipeError` for an unknown key or a value of another kind, `CommandError` for what is no assignment.
  func apply(to recipe: inout Recipe) throws {
    for (key, value) in given {
      if let value { try recipe.override(key: key, value: value) }
    }
    for assignment in assignments {
      guard let sign = assignment.firstIndex(of: "="), sign > assignment.startIndex else {
        throw CommandError.usage("--set expects key=value, such as training.seed=7, got \"\(assignment)\"")
      }
      let value = String(assignment[assignment.index(after: sign)...])
      try recipe.override(key: String(assignment[..<sign]), value: value)
    }
    // More averaged than kept would be refused; who asks for the one means the other.
    if averageLast != nil, recipe.training.averageLastCount > recipe.checkpoints.keepLastCount {
      try recipe.override(key: "checkpoints.keep_last", value: String(recipe.training.averageLastCount))
    }
  }

  /// Whether text was named by flags.
  var namesText: Bool { !source.isEmpty }

  private static func list(_ values: [String]) -> String? { values.isEmpty ? nil : RecipeList.text(values) }
}
