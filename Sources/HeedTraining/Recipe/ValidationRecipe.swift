/// How a model is validated during training, and when that ends it.
public struct ValidationRecipe: Sendable, Hashable {
  /// `every_steps`: steps between validations; instead of `every_epochs`. Default: null.
  public var everySteps: Int?
  /// `every_epochs`: passes over the data between validations. Default: 1, unless `every_steps` is given.
  public var everyEpochs: Int?
  /// `metric`: what decides which checkpoint is best. Default: loss.
  public var metric = ValidationMetric.loss
  /// `patience`: validations without improvement after which training ends; 0 for never. Default: 10.
  public var patience = 10
  /// `beam_size`: of the texts that are written for the held-out sources; 1 is greedy. Default: 1.
  public var beamSize = 1
  /// `length_penalty`: the power of the length that a score is divided by in beam search. Default: 1.
  public var lengthPenalty = 1.0
  /// `max_sentences`: for how many held-out sources texts are written, from the first; 0 for all. The loss is always
  /// that of all of them. Default: 0.
  public var maximumSentences = 0
  /// `batch_tokens`: tokens of a batch on its larger side. Default: 4096.
  public var batchTokens = 4096

  /// Creates a section with every default.
  public init() {}
}

extension ValidationRecipe: RecipeSection {
  package static let name = "validation"
  package static let fields: [RecipeField<ValidationRecipe>] = [
    RecipeField("every_steps", \.everySteps),
    RecipeField("every_epochs", \.everyEpochs),
    RecipeField("metric", \.metric),
    RecipeField("patience", \.patience),
    RecipeField("beam_size", \.beamSize),
    RecipeField("length_penalty", \.lengthPenalty),
    RecipeField("max_sentences", \.maximumSentences),
    RecipeField("batch_tokens", \.batchTokens),
  ]
}

/// How often the state of a run is saved, and how much of it is kept.
public struct CheckpointRecipe: Sendable, Hashable {
  /// `every_steps`: steps between checkpoints, besides one at each validation; null for those alone.
  /// Default: null.
  public var everySteps: Int?
  /// `keep_last`: how many of the last checkpoints are kept, besides the best one. Default: 5.
  public var keepLastCount = 5

  /// Creates a section with every default.
  public init() {}
}

extension CheckpointRecipe: RecipeSection {
  package static let name = "checkpoints"
  package static let fields: [RecipeField<CheckpointRecipe>] = [
    RecipeField("every_steps", \.everySteps),
    RecipeField("keep_last", \.keepLastCount),
  ]
}
