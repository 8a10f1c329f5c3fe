extension Recipe {
  /// The recipe with the values that depend on others filled in, where it says nothing of them: vocabulary and passages by
  /// the task, label smoothing by whether texts are written, the learning rate by its schedule, and all that is usual for a
  /// model that has been trained before where the run goes on from one.
  var completed: Recipe {
    var recipe = self
    if let passages = task.usualPassages, data.passages == nil {
      recipe.data.passages = masking.nextSentence ? .blocks : passages
    }
    if let start = model.startingDirectory {
      recipe.completeFineTuning(of: start)
    } else {
      if !isGiven("vocabulary.scheme"), !task.schemes.contains(vocabulary.scheme),
        let scheme = task.schemes.first
      {
        recipe.vocabulary.scheme = scheme
      }
      if recipe.vocabulary.scheme == .byteLevel { recipe.vocabulary.byteFallback = false }
      recipe.model.dropout = model.dropout ?? ModelRecipe(model.preset).dropout
      recipe.model.attentionDropout = model.attentionDropout ?? 0
      recipe.model.activationDropout = model.activationDropout ?? 0
    }
    recipe.training.labelSmoothing = training.labelSmoothing ?? (task.writesTexts ? 0.1 : 0)
    if recipe.training.learningRate == nil {
      let product = Double(model.hiddenSize) * Double(max(training.warmupSteps, 1))
      recipe.training.learningRate = recipe.training.schedule == .paper ? 1 / product.squareRoot() : 5e-4
    }
    if recipe.model.shareEmbeddings == nil { recipe.model.shareEmbeddings = vocabulary.joint }
    if validation.everySteps == nil, validation.everyEpochs == nil { recipe.validation.everyEpochs = 1 }
    return recipe
  }

  /// A model that knows something forgets it at the rates that new ones learn at; these are BERT's (Devlin et al. 2019,
  /// appendix A.3), and Hu et al.'s (2022) for adapters.
  private mutating func completeFineTuning(of directory: String) {
    let usual = TrainingRecipe()
    if !isGiven("training.schedule"), training.schedule == usual.schedule {
      training.schedule = .inverseSquareRoot
    }
    if !isGiven("training.warmup_steps"), training.warmupSteps == usual.warmupSteps {
      training.warmupSteps = 100
    }
    if !isGiven("training.adam_beta2"), training.adamBeta2 == usual.adamBeta2 { training.adamBeta2 = 0.999 }
    if !isGiven("training.adam_epsilon"), training.adamEpsilon == usual.adamEpsilon {
      training.adamEpsilon = 1e-8
    }
    // What nobody asked for is not what a new model would have, but what the model has.
    let model = ModelRecipe()
    if !isGiven("model.dropout"), self.model.dropout == model.dropout { self.model.dropout = nil }
    if !isGiven("model.attention_dropout"), self.model.attentionDropout == model.attentionDropout {
      self.model.attentionDropout = nil
    }
    if !isGiven("model.activation_dropout"), self.model.activationDropout == model.activationDropout {
      self.model.activationDropout = nil
    }
    if training.learningRate == nil { training.learningRate = self.model.adapterRank == nil ? 5e-5 : 2e-4 }
  }
}

extension Recipe.Task {
  /// Whether its examples are pairs of texts.
  var hasPairs: Bool { [.translation, .summarization, .sentenceEmbedding].contains(self) }

  /// Whether it writes a text for another, with search and label smoothing.
  var writesTexts: Bool { [.translation, .summarization].contains(self) }

  /// Whether it learns from running text, rather than from examples.
  var readsRunningText: Bool { usualPassages != nil }

  /// How it cuts running text, where it learns from that.
  var usualPassages: DataRecipe.Passages? {
    switch self {
    case .languageModel: .whole
    case .maskedLanguageModel, .spanCorruption: .lines
    default: nil
    }
  }

  /// The kinds of vocabulary that it learns with, the usual one first; none where it goes on from a model.
  var schemes: [VocabularyRecipe.Scheme] {
    switch self {
    case .translation, .summarization: [.metaspace, .byteLevel]
    case .languageModel: [.byteLevel, .characters]
    case .maskedLanguageModel: [.wordPiece]
    case .spanCorruption: [.unigram]
    case .classification, .questionAnswering, .sentenceEmbedding: []
    }
  }

  /// Whether it cannot begin with a model that knows nothing: there is no text to learn a vocabulary from.
  var needsStartingModel: Bool { schemes.isEmpty }
}
