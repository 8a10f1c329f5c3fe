/// How a model is trained.
public struct TrainingRecipe: Sendable, Hashable {
  /// The rule that turns gradients into steps.
  public enum Optimizer: String, RecipeChoice {
    /// Adam (Kingma and Ba, 2015), without weight decay, as in the paper.
    case adam
    /// Adam with decoupled weight decay (Loshchilov and Hutter, 2019).
    case adamw
  }

  /// How the learning rate goes up and down; see `LearningRateSchedule`.
  public enum Schedule: String, RecipeChoice {
    /// The paper's: linear warm-up from 0, then step^-0.5.
    case paper
    /// Linear warm-up from `initial_learning_rate`, then step^-0.5.
    case inverseSquareRoot = "inverse_square_root"
    /// Linear warm-up, then half a cosine wave down to `final_learning_rate` at the last step.
    case cosine
    /// Linear warm-up, then a line down to `final_learning_rate` at the last step.
    case linear
    /// Linear warm-up, then constant.
    case constant

    /// What other toolkits call them.
    public static var aliases: [String: Schedule] {
      ["noam": .paper, "inverse_sqrt": .inverseSquareRoot]
    }
  }

  /// `batch_tokens`: tokens of a batch on its larger side. Default: 4096.
  public var batchTokens = 4096
  /// `accumulate`: batches whose gradients make one step. Default: 1.
  public var accumulationCount = 1
  /// `max_steps`: steps after which training ends; null for no limit. Default: 100000.
  public var maximumSteps: Int? = 100_000
  /// `max_epochs`: passes over the data after which training ends; null for no limit. The schedules cosine and linear
  /// end then, unless `max_steps` comes first. Default: null.
  public var maximumEpochs: Int?
  /// `time_budget`: time after which training ends, such as `90m`; null for no limit. The schedules cosine and linear
  /// are made to end then, unless `max_steps` comes first. Default: null.
  public var timeBudget: RecipeDuration?
  /// `optimizer`: the rule that turns gradients into steps. Default: adam.
  public var optimizer = Optimizer.adam
  /// `schedule`: how the learning rate goes. Default: paper; with `model.from` inverse_square_root.
  public var schedule = Schedule.paper
  /// `learning_rate`: the highest one, at the end of the warm-up. Default: for the schedule paper, the paper's,
  /// (hidden_size · warmup_steps)^-0.5; otherwise 0.0005; with
  /// `model.from` 5e-5, and 2e-4 for adapters.
  public var learningRate: Double?
  /// `warmup_steps`: steps over which the learning rate rises. Default: 4000; with `model.from` 100.
  public var warmupSteps = 4000
  /// `initial_learning_rate`: where the warm-up starts; not for the schedule paper. Default: 0.
  public var initialLearningRate = 0.0
  /// `final_learning_rate`: where the schedules cosine and linear end. Default: 0.
  public var finalLearningRate = 0.0
  /// `adam_beta1`: decay of the mean of gradients. Default: 0.9, as in the paper.
  public var adamBeta1 = 0.9
  /// `adam_beta2`: decay of the mean of squared gradients. Default: 0.98, as in the paper;
  /// with `model.from` 0.999.
  public var adamBeta2 = 0.98
  /// `adam_epsilon`: added to the denominator. Default: 1e-9, as in the paper; with
  /// `model.from` 1e-8.
  public var adamEpsilon = 1e-9
  /// `weight_decay`: how much weights shrink; only for the optimizer adamw. Default: 0.
  public var weightDecay = 0.0
  /// `label_smoothing`: probability spread over the vocabulary. Default: 0.1, as in the paper, where texts are written;
  /// 0 for all other tasks.
  public var labelSmoothing: Double?
  /// `clip_norm`: the largest norm of a step's gradient; 0 for any. Default: 1.
  public var clipNorm = 1.0
  /// `temperature`: what similarities are divided by; only for sentence_embedding. Default: 0.05.
  public var temperature = 0.05
  /// `seed`: of initial weights, data order and dropout. Default: 1.
  public var seed: UInt64 = 1
  /// `freeze`: parts of the model of `model.from` that stay as they are, a list or with commas between: the beginnings
  /// of their parameters' paths, such as `embedding, encoder.blocks.0`. Default: none.
  public var freeze: String?
  /// `layer_decay`: the learning rate of a layer over that of the one above it; only with `model.from`. Default: 1.
  public var layerDecay = 1.0
  /// `ema_decay`: decay of the moving average of weights that is validated and saved; 0 for none. Default: 0.
  public var emaDecay = 0.0
  /// `average_last`: how many of the last checkpoints are averaged into the final model; 0 for none. Default: 0.
  public var averageLastCount = 0

  /// Creates a section with every default.
  public init() {}
}

extension TrainingRecipe: RecipeSection {
  package static let name = "training"
  package static let fields: [RecipeField<TrainingRecipe>] = [
    RecipeField("batch_tokens", \.batchTokens),
    RecipeField("accumulate", \.accumulationCount),
    RecipeField("max_steps", \.maximumSteps),
    RecipeField("max_epochs", \.maximumEpochs),
    RecipeField("time_budget", \.timeBudget),
    RecipeField("optimizer", \.optimizer),
    RecipeField("schedule", \.schedule),
    RecipeField("learning_rate", \.learningRate),
    RecipeField("warmup_steps", \.warmupSteps),
    RecipeField("initial_learning_rate", \.initialLearningRate),
    RecipeField("final_learning_rate", \.finalLearningRate),
    RecipeField("adam_beta1", \.adamBeta1),
    RecipeField("adam_beta2", \.adamBeta2),
    RecipeField("adam_epsilon", \.adamEpsilon),
    RecipeField("weight_decay", \.weightDecay),
    RecipeField("label_smoothing", \.labelSmoothing),
    RecipeField("clip_norm", \.clipNorm),
    RecipeField("temperature", \.temperature),
    RecipeField("seed", \.seed),
    RecipeField("freeze", \.freeze, isList: true),
    RecipeField("layer_decay", \.layerDecay),
    RecipeField("ema_decay", \.emaDecay),
    RecipeField("average_last", \.averageLastCount),
  ]
}
