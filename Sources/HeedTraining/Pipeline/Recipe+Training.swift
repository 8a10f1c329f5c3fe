import HeedLayers
import HeedModels

extension Recipe {
  /// How the trainer is set for this recipe, which is resolved.
  public var trainerSettings: TrainerSettings {
    var settings = TrainerSettings()
    settings.adam = AdamOptimizer.Settings(
      beta1: training.adamBeta1, beta2: training.adamBeta2, epsilon: Float(training.adamEpsilon),
      weightDecay: Float(training.weightDecay))
    settings.schedule = learningRateSchedule
    settings.labelSmoothing = Float(training.labelSmoothing ?? 0)
    settings.clipNorm = training.clipNorm
    settings.accumulatedBatchCount = training.accumulationCount
    settings.averageDecay = training.emaDecay
    settings.seed = training.seed
    settings.maximumSteps = training.maximumSteps
    settings.maximumEpochs = training.maximumEpochs
    settings.timeBudget = training.timeBudget?.seconds
    settings.validationInterval = validation.everySteps
    settings.validationEpochInterval = validation.everyEpochs ?? 1
    settings.checkpointInterval = checkpoints.everySteps
    settings.patience = validation.patience == 0 ? nil : validation.patience
    settings.validationMetric = validation.metric
    settings.scope = trainingScope
    return settings
  }

  /// What the recipe says is to stay as it is.
  private var frozenParts: [String] { training.freeze.map(RecipeList.names) ?? [] }

  /// Which parameters are trained.
  private var trainingScope: TrainingScope {
    var scope = TrainingScope()
    // The layer that pools states for a head is no part of an embedding: it has no gradient, and must not decay.
    scope.frozen = frozenParts + (task == .sentenceEmbedding ? ["pooler"] : [])
    scope.layerDecay = training.layerDecay
    if let rank = model.adapterRank {
      let targets = RecipeList.names(model.adapterTargets).compactMap { AdapterTarget(rawValue: $0) }
      scope.adapters = .init(rank: rank, alpha: Float(model.adapterAlpha), targets: Set(targets))
    }
    return scope
  }

  /// Checks that what is to stay as it is is part of the model, and that something is left to train.
  ///
  /// - Throws: `RecipeError` that names the part, or says that nothing is left.
  func checkScope(of model: some StoredModel) throws(RecipeError) {
    let (scope, paths) = (trainingScope, model.parameters.map(\.path))
    func fail(_ reason: String) -> RecipeError {
      RecipeError(origin: origins["training.freeze"], key: "training.freeze", .unusable(reason: reason))
    }
    for part in frozenParts where !paths.contains(where: { TrainingScope.lies($0, in: part) }) {
      var parts: [String] = []
      for path in paths.map({ $0.prefix { $0 != "." } }) where parts.last != String(path) {
        parts.append(String(path))
      }
      throw fail("names \(part), which the model does not have; it has \(parts.joined(separator: ", "))")
    }
    if scope.adapters == nil, !paths.contains(where: scope.trains) { throw fail("leaves nothing to train") }
  }

  /// The keys that a run may be resumed with other values of: where it ends, what is kept, and what one changes after
  /// it has diverged.
  static let keysFreeToChange: Set<String> = [
    "output", "data.directory", "training.max_steps", "training.max_epochs", "training.time_budget",
    "training.average_last", "training.learning_rate", "training.clip_norm", "validation.patience",
    "checkpoints.keep_last",
  ]

  /// Checks that a run of `earlier` can go on as this recipe says; both are resolved.
  ///
  /// - Throws: `RecipeError` with the first key that must not differ.
  public func checkContinues(_ earlier: Recipe) throws(RecipeError) {
    for key in RecipeTable.keys where !Self.keysFreeToChange.contains(key.path) {
      let (now, before) = (key.get(self), key.get(earlier))
      guard now == before else {
        throw RecipeError(
          origin: origins[key.path], key: key.path,
          .unusable(
            reason:
              "is \(now ?? "null"), but the run in the output directory was started with \(before ?? "null"); "
              + "a run that is resumed keeps it"))
      }
    }
  }
}
