import HeedLayers

extension Recipe {
  /// Checks every value and fills in those that depend on others.
  ///
  /// What it fills in, and with what, `completed` says. Resolving a resolved recipe changes nothing.
  ///
  /// - Returns: The recipe that a run follows, and that is written into its directory.
  /// - Throws: `RecipeError` that names the key whose value cannot be used, and the reason.
  public func resolved() throws(RecipeError) -> Recipe {
    let completed = completed
    try completed.checkTask()
    try completed.checkMeaning()
    try completed.checkData()
    try completed.checkVocabulary()
    try completed.checkModel()
    try completed.checkTraining()
    try completed.checkValidation()
    return completed
  }

  /// The learning rate of each step.
  public var learningRateSchedule: LearningRateSchedule {
    let peak = training.learningRate ?? 5e-4
    let warmupSteps = training.warmupSteps
    let initial = training.initialLearningRate
    // Only schedules that end somewhere use it; without it a run ends them where its epochs or its time do.
    let totalSteps = training.maximumSteps ?? Int.max
    switch training.schedule {
    case .paper:
      // The paper's formula has its peak at (hiddenSize · warmup)^-0.5; the factor makes it the one asked for.
      let paperPeak = 1 / (Double(model.hiddenSize) * Double(max(warmupSteps, 1))).squareRoot()
      let factor = training.learningRate.map { $0 / paperPeak } ?? 1
      return .paper(factor: factor, hiddenSize: model.hiddenSize, warmupSteps: warmupSteps)
    case .inverseSquareRoot:
      return .inverseSquareRoot(peak: peak, warmupSteps: warmupSteps, initial: initial)
    case .cosine:
      return .cosine(
        peak: peak, warmupSteps: warmupSteps, initial: initial, totalSteps: totalSteps,
        floor: training.finalLearningRate)
    case .linear:
      return .linear(
        peak: peak, warmupSteps: warmupSteps, initial: initial, totalSteps: totalSteps,
        floor: training.finalLearningRate)
    case .constant: return .constant(rate: peak, warmupSteps: warmupSteps, initial: initial)
    }
  }

  /// The largest count or size that a recipe may ask for; beyond it, products of them could overflow.
  private static var largest: Int { 1 << 30 }

  private func require(_ key: String, _ condition: Bool, _ reason: String) throws(RecipeError) {
    guard condition else { throw RecipeError(origin: origins[key], key: key, .unusable(reason: reason)) }
  }

  private func requireCount(
    _ key: String, _ value: Int?, atLeast minimum: Int, atMost maximum: Int = Recipe.largest
  ) throws(RecipeError) {
    guard let value else { return }
    try require(key, value >= minimum, "must be at least \(minimum), got \(value)")
    try require(key, value <= maximum, "must be at most \(maximum), got \(value)")
  }

  private func requireProbability(_ key: String, _ value: Double) throws(RecipeError) {
    try require(key, value >= 0 && value < 1, "must be at least 0 and less than 1, got \(value)")
  }

  private func requireNotNegative(_ key: String, _ value: Double) throws(RecipeError) {
    try require(key, value >= 0 && value.isFinite, "must be 0 or more, got \(value)")
  }

  private func checkData() throws(RecipeError) {
    try requireCount("data.min_length", data.minimumLength, atLeast: 1)
    try requireCount("data.max_length", data.maximumLength, atLeast: 1)
    try require(
      "data.max_length", data.maximumLength >= data.minimumLength,
      "is \(data.maximumLength), less than data.min_length (\(data.minimumLength))")
    try require(
      "data.max_length", data.maximumLength <= training.batchTokens,
      "is \(data.maximumLength), more than a batch may have (training.batch_tokens, \(training.batchTokens))")
    try require(
      "data.max_ratio", data.maximumRatio == 0 || data.maximumRatio >= 1 && data.maximumRatio.isFinite,
      "must be 0 (any) or at least 1, got \(data.maximumRatio)")
    // A recipe may leave the files to flags or to a generated corpus; those it names must make sense.
    for (key, column) in [("source_field", data.sourceField), ("target_field", data.targetField)] {
      try require("data.\(key)", column?.isEmpty != true, "must not be empty")
      if data.format == .tsv, let position = column.flatMap({ Int($0) }) {
        try require("data.\(key)", position >= 1, "counts columns from 1, got \(position)")
      }
    }
    if let share = data.validShare {
      try require("data.valid_share", share > 0 && share < 1, "must be between 0 and 1, got \(share)")
      try require(
        "data.valid_share", !task.hasPairs, "has no meaning for \(task.rawValue): name data.valid_source")
      try require(
        "data.valid_share", data.validSource == nil,
        "cannot be given together with valid_source, which names text for the same purpose")
    }
    try require(
      "data.passages", data.passages != .whole || task == .languageModel || data.validShare == nil,
      "cannot be whole together with valid_share: take lines or blocks, or name data.valid_source")
    try require(
      "data.pair_field", data.pairField == nil || task == .classification, "is only for classification")
    try require(
      "data.passages", data.passages == nil || task.readsRunningText,
      "has no meaning for \(task.rawValue), which learns from examples")
    try relocated { () throws(RecipeError) in try checkFiles() }
  }

  /// Whether the files that are named fit the task.
  private func checkFiles() throws(RecipeError) {
    if data.source != nil, !task.hasPairs, data.validSource == nil, data.validShare == nil {
      throw RecipeError(
        origin: nil, key: "data.valid_source",
        .unusable(
          reason:
            "is missing: name held-out text, or how much of the training text is to be held out (valid_share)"
        ))
    }
    for (key, files) in [("source", data.sources), ("valid_source", data.validSources)]
    where files.count > 1 && !task.readsRunningText {
      throw RecipeError(
        origin: nil, key: "data.\(key)",
        .unusable(reason: "must be one file for \(task.rawValue): several are for tasks of running text"))
    }
    switch task {
    case .translation, .summarization, .sentenceEmbedding:
      if data.source != nil { _ = try data.trainingCorpus(task) }
      _ = try data.validationCorpus(task)
    case .classification:
      if data.source != nil { _ = try data.labelledTexts() }
    case .languageModel, .maskedLanguageModel, .spanCorruption, .questionAnswering:
      if data.target != nil || data.validTarget != nil {
        throw RecipeError(
          origin: nil, key: data.target != nil ? "data.target" : "data.valid_target",
          .unusable(reason: "must be left out: \(task.rawValue) has no second side"))
      }
    }
  }

  /// Adds to an error where its key was given.
  private func relocated<Result>(_ body: () throws(RecipeError) -> Result) throws(RecipeError) -> Result {
    do {
      return try body()
    } catch {
      throw RecipeError(
        origin: error.origin ?? error.key.flatMap { origins[$0] }, key: error.key, error.problem)
    }
  }

  private func checkTask() throws(RecipeError) {
    try require(
      "output", output?.isEmpty != true, "must not be empty: name the run directory or leave it out")
    let known = task.metrics.map(\.rawValue).joined(separator: ", ")
    try require(
      "validation.metric", task.metrics.contains(validation.metric),
      "must be one of those that \(task.rawValue) has: \(known)")
    try require(
      "model.from", !task.needsStartingModel || model.startingDirectory != nil,
      "is missing: \(task.rawValue) goes on from a model that reads text, such as one of masked_language_model"
    )
    let schemes = task.schemes.map(\.rawValue)
    try require(
      "vocabulary.scheme", model.startingDirectory != nil || task.schemes.contains(vocabulary.scheme),
      "must be \(schemes.joined(separator: " or ")) for \(task.rawValue)")
    try checkScope()
    try require(
      "masking.share", masking.share > 0 && masking.share < 1, "must be between 0 and 1, got \(masking.share)"
    )
    try require(
      "data.passages", !masking.nextSentence || data.passages == .blocks,
      "must be blocks with masking.next_sentence: documents of which sentences follow each other")
    try require(
      "validation.metric", validation.metric != .nextSentenceAccuracy || masking.nextSentence,
      "cannot be next_sentence_accuracy without masking.next_sentence")
    try require(
      "masking.mean_span_length", masking.meanSpanLength >= 1 && masking.meanSpanLength.isFinite,
      "must be at least 1, got \(masking.meanSpanLength)")
    try require(
      "training.temperature", training.temperature > 0 && training.temperature.isFinite,
      "must be more than 0, got \(training.temperature)")
  }

  private func checkScope() throws(RecipeError) {
    let goesOn = model.startingDirectory != nil
    let needsModel = "is only for models that go on from another (model.from)"
    try require("model.lora_rank", model.adapterRank == nil || goesOn, needsModel)
    try requireCount("model.lora_rank", model.adapterRank, atLeast: 1, atMost: 1 << 16)
    try require(
      "model.lora_alpha", model.adapterAlpha > 0 && model.adapterAlpha.isFinite,
      "must be more than 0, got \(model.adapterAlpha)")
    let known = AdapterTarget.allCases.map(\.rawValue)
    let targets = RecipeList.names(model.adapterTargets)
    try require(
      "model.lora_targets", !targets.isEmpty && targets.allSatisfy(known.contains),
      "must be \(known.joined(separator: " or ")), or both, got \"\(model.adapterTargets)\""
    )
    try require("training.freeze", training.freeze == nil || goesOn, needsModel)
    try require("model.extend_vocabulary", model.extendVocabulary == nil || goesOn, needsModel)
    try require(
      "model.extend_vocabulary", model.extendVocabulary == nil || model.adapterRank == nil,
      "cannot be given together with lora_rank, with which no embedding would be learned")
    try require(
      "model.extend_vocabulary",
      model.extendVocabulary == nil || !(training.freeze.map(RecipeList.names) ?? []).contains("embedding"),
      "cannot be given while training.freeze keeps embeddings as they are: new tokens would learn nothing")
    try require("training.layer_decay", training.layerDecay == 1 || goesOn, needsModel)
    try require(
      "training.layer_decay", training.layerDecay > 0 && training.layerDecay <= 1,
      "must be more than 0 and at most 1, got \(training.layerDecay)")
  }

  private func checkVocabulary() throws(RecipeError) {
    // Room for special tokens and one character at the least; ids are 32-bit.
    try requireCount("vocabulary.size", vocabulary.size, atLeast: 16, atMost: 1 << 24)
    try requireCount("vocabulary.min_frequency", vocabulary.minimumFrequency, atLeast: 1)
    if vocabulary.scheme == .byteLevel, vocabulary.byteFallback, isGiven("vocabulary.byte_fallback") {
      // In a resolved recipe it is false.
      try require(
        "vocabulary.byte_fallback", false,
        "has no meaning for the scheme byte_level, which knows every byte: leave it out")
    }
  }

  private func checkModel() throws(RecipeError) {
    try requireCount("model.encoder_layers", model.encoderLayerCount, atLeast: 1, atMost: 1000)
    try requireCount("model.decoder_layers", model.decoderLayerCount, atLeast: 1, atMost: 1000)
    try requireCount("model.hidden_size", model.hiddenSize, atLeast: 2, atMost: 1 << 16)
    try requireCount("model.feed_forward_size", model.feedForwardSize, atLeast: 1, atMost: 1 << 20)
    try requireCount("model.heads", model.headCount, atLeast: 1, atMost: 1 << 16)
    try requireCount("model.max_positions", model.maximumPositions, atLeast: 2)
    try requireCount("model.kernel_size", model.kernelSize, atLeast: 1, atMost: 1024)
    try require(
      "model.heads", model.architecture != .transformer || model.hiddenSize.isMultiple(of: model.headCount),
      "must divide hidden_size (\(model.hiddenSize)), got \(model.headCount)")
    try requireCount(
      "model.key_size", model.keySize, atLeast: 1, atMost: max(1, model.hiddenSize / model.headCount))
    try require(
      "model.hidden_size", model.hiddenSize.isMultiple(of: 2),
      "must be even, because positions are pairs of sine and cosine, and a recurrent encoder's directions share it, "
        + "got \(model.hiddenSize)")
    try requireProbability("model.dropout", model.dropout ?? 0)
    try requireProbability("model.attention_dropout", model.attentionDropout ?? 0)
    try requireProbability("model.activation_dropout", model.activationDropout ?? 0)
    try require(
      "model.share_embeddings", vocabulary.joint || model.shareEmbeddings != true,
      "must not be true with separate vocabularies (vocabulary.joint is false)")
    if model.norm == .before, model.positions == .sinusoidal {
      let reason = "needs one vocabulary and one embedding table: the m2m_100 form, in which such models are "
      try require(
        "model.norm", vocabulary.joint && model.shareEmbeddings != false,
        "before \(reason)saved, has no place for two; use norm: after")
    }
    try require(
      "model.max_positions",
      model.startingDirectory != nil || model.architecture.isRecurrent
        || model.maximumPositions >= data.maximumLength,
      "is \(model.maximumPositions), less than data.max_length (\(data.maximumLength))")
  }

  private func checkTraining() throws(RecipeError) {
    try requireCount("training.batch_tokens", training.batchTokens, atLeast: 1)
    try requireCount("training.accumulate", training.accumulationCount, atLeast: 1)
    try requireCount("training.max_steps", training.maximumSteps, atLeast: 1)
    try requireCount("training.max_epochs", training.maximumEpochs, atLeast: 1)
    if let budget = training.timeBudget {
      try require("training.time_budget", budget.seconds > 0, "must be more than 0 seconds")
    }
    let rate = training.learningRate ?? 1
    try require("training.learning_rate", rate > 0 && rate.isFinite, "must be more than 0, got \(rate)")
    try requireCount("training.warmup_steps", training.warmupSteps, atLeast: 0)
    try requireNotNegative("training.initial_learning_rate", training.initialLearningRate)
    try requireNotNegative("training.final_learning_rate", training.finalLearningRate)
    let hasEnd = training.schedule == .cosine || training.schedule == .linear
    try require(
      "training.max_steps",
      !hasEnd || training.maximumSteps != nil || training.maximumEpochs != nil || training.timeBudget != nil,
      "or max_epochs or time_budget must be given for the schedule \(training.schedule.rawValue), which ends there"
    )
    try require(
      "training.final_learning_rate", hasEnd || training.finalLearningRate == 0,
      "has no meaning for the schedule \(training.schedule.rawValue), which has no end")
    try require(
      "training.initial_learning_rate", training.schedule != .paper || training.initialLearningRate == 0,
      "has no meaning for the schedule paper, which starts at 0; use inverse_square_root")
    try requireProbability("training.adam_beta1", training.adamBeta1)
    try requireProbability("training.adam_beta2", training.adamBeta2)
    try require(
      "training.adam_epsilon", training.adamEpsilon > 0, "must be more than 0, got \(training.adamEpsilon)")
    try requireNotNegative("training.weight_decay", training.weightDecay)
    try require(
      "training.weight_decay", training.weightDecay == 0 || training.optimizer == .adamw,
      "needs training.optimizer: adamw")
    try requireProbability("training.label_smoothing", training.labelSmoothing ?? 0)
    try requireNotNegative("training.clip_norm", training.clipNorm)
    try requireProbability("training.ema_decay", training.emaDecay)
    try requireCount("training.average_last", training.averageLastCount, atLeast: 0)
    try require(
      "training.average_last", training.averageLastCount <= checkpoints.keepLastCount,
      "is \(training.averageLastCount), more than checkpoints.keep_last (\(checkpoints.keepLastCount))")
  }

  private func checkValidation() throws(RecipeError) {
    try requireCount("validation.every_steps", validation.everySteps, atLeast: 1)
    try requireCount("validation.every_epochs", validation.everyEpochs, atLeast: 1)
    try require(
      "validation.every_steps", validation.everySteps == nil || validation.everyEpochs == nil,
      "cannot be given together with every_epochs; set one of them to null")
    try requireCount("validation.patience", validation.patience, atLeast: 0)
    try requireCount("validation.beam_size", validation.beamSize, atLeast: 1, atMost: 1000)
    try requireNotNegative("validation.length_penalty", validation.lengthPenalty)
    try requireCount("validation.max_sentences", validation.maximumSentences, atLeast: 0)
    try requireCount("validation.batch_tokens", validation.batchTokens, atLeast: data.maximumLength)
    try requireCount("checkpoints.every_steps", checkpoints.everySteps, atLeast: 1)
    try requireCount("checkpoints.keep_last", checkpoints.keepLastCount, atLeast: 1)
  }
}
