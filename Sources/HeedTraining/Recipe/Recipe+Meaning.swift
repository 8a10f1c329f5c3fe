extension Recipe {
  /// Refuses values of keys that mean nothing for the task, or for a model that is there already: an option that is
  /// accepted works.
  ///
  /// A resolved recipe names every key, so what counts is whether a value is another than the usual one.
  ///
  /// - Throws: `RecipeError` that names the key, and why it means nothing.
  func checkMeaning() throws(RecipeError) {
    var usual = Recipe()
    usual.task = task
    usual.model.startingDirectory = model.startingDirectory
    usual.vocabulary.scheme = vocabulary.scheme
    if Self.pairs.contains(task) { usual.vocabulary.joint = vocabulary.joint }
    if model.startingDirectory == nil { usual.model.apply(model.preset) }
    usual = usual.completed
    for key in RecipeTable.keys where key.get(self) != key.get(usual) {
      guard let reason = reasonForNoMeaning(of: key.path) else { continue }
      throw RecipeError(
        origin: origins[key.path], key: key.path, .unusable(reason: "has no meaning \(reason)"))
    }
  }

  /// Why a key means nothing here; nil if it means something.
  private func reasonForNoMeaning(of key: String) -> String? {
    let forTask = "for \(task.rawValue)"
    if model.startingDirectory != nil {
      if key.hasPrefix("vocabulary.") { return "with model.from, which brings its vocabulary" }
      if Self.shapeKeys.contains(key) { return "with model.from, whose shape is kept" }
      if Self.dropoutKeys.contains(key) { return nil }
    } else if Self.languageKeys.contains(key) {
      return "without model.from: new models know two languages"
    }
    if let tasks = Self.tasks[key], !tasks.contains(task) { return forTask }
    switch key {
    case "data.format" where task.readsRunningText || task == .questionAnswering:
      return "\(forTask), whose text has one form"
    case "data.format" where task == .classification && data.format == .plain:
      return "as plain \(forTask): texts with labels are tsv, csv or jsonl"
    case let key where Self.architectures[key]?.contains(model.architecture) == false:
      return "for the architecture \(model.architecture.rawValue)"
    case "model.encoder_layers" where task.shape == .decoder: return forTask
    case "model.decoder_layers" where task.shape == .encoder: return forTask
    case "model.lora_alpha", "model.lora_targets":
      return model.adapterRank == nil ? "without model.lora_rank" : nil
    default: break
    }
    if let schemes = Self.schemes[key], !schemes.contains(vocabulary.scheme) {
      return "for the scheme \(vocabulary.scheme.rawValue)"
    }
    return nil
  }

  /// Takes away what the recipe says of other architectures than the model's, after that has been changed by a flag: a
  /// recipe for a Transformer is then one for an LSTM as well. What flags say stays, and is refused.
  mutating func leaveOutOtherArchitectures() {
    var usual = Recipe()
    usual.model.apply(model.preset)
    for key in RecipeTable.keys where origins[key.path] != .override {
      guard Self.architectures[key.path]?.contains(model.architecture) == false else { continue }
      _ = key.set(&self, key.get(usual))
      origins[key.path] = nil
    }
  }

  /// The architectures that a key is for, where not all are.
  private static let architectures: [String: Set<ModelRecipe.Architecture>] = [
    "model.attention": [.lstm, .gru], "model.kernel_size": [.convolution],
    "model.decoder_layers": [.transformer, .convolution], "model.heads": [.transformer],
    "model.feed_forward_size": [.transformer], "model.norm": [.transformer],
    "model.key_size": [.transformer], "model.positions": [.transformer],
    "model.attention_dropout": [.transformer], "model.activation_dropout": [.transformer],
    "model.max_positions": [.transformer, .convolution], "model.lora_rank": [.transformer],
  ]

  private static let pairs: Set<Task> = [.translation, .summarization]

  /// What a new model is made by.
  private static let shapeKeys: Set<String> = [
    "model.architecture", "model.attention", "model.kernel_size", "model.preset", "model.encoder_layers",
    "model.decoder_layers", "model.hidden_size",
    "model.feed_forward_size",
    "model.heads", "model.key_size", "model.positions", "model.norm", "model.share_embeddings",
    "model.max_positions",
  ]

  /// What may be changed of a model that is there already; which of them its family has is known when it is read.
  private static let dropoutKeys: Set<String> = [
    "model.dropout", "model.attention_dropout", "model.activation_dropout",
  ]

  private static let languageKeys: Set<String> = ["data.source_language", "data.target_language"]

  /// The tasks that a key is for, where not all are.
  private static let tasks: [String: Set<Task>] = [
    "data.source_field": pairs.union([.classification, .sentenceEmbedding]),
    "data.target_field": pairs.union([.classification, .sentenceEmbedding]),
    "model.architecture": pairs, "model.attention": pairs, "model.kernel_size": pairs,
    "data.min_length": pairs, "data.max_ratio": pairs, "data.source_language": pairs,
    "data.target_language": pairs,
    "vocabulary.joint": pairs, "model.share_embeddings": pairs, "model.norm": pairs,
    "model.activation_dropout": pairs, "model.key_size": pairs, "model.positions": pairs,
    "model.attention_dropout": pairs.union([.languageModel, .maskedLanguageModel]),
    "masking.share": [.maskedLanguageModel, .spanCorruption], "masking.whole_words": [.maskedLanguageModel],
    "masking.next_sentence": [.maskedLanguageModel],
    "masking.mean_span_length": [.spanCorruption],
    "training.label_smoothing": Set(Task.allCases).subtracting([.questionAnswering, .sentenceEmbedding]),
    "training.temperature": [.sentenceEmbedding],
    "validation.beam_size": pairs, "validation.length_penalty": pairs,
    "validation.max_sentences": pairs.union([.questionAnswering]),
  ]

  /// The kinds of vocabulary that a key is for, where not all are.
  private static let schemes: [String: Set<VocabularyRecipe.Scheme>] = [
    "vocabulary.lowercase": [.metaspace, .byteLevel, .wordPiece, .unigram],
    "vocabulary.normalization": [.metaspace, .byteLevel, .unigram],
    "vocabulary.split_punctuation": [.metaspace, .byteLevel, .unigram],
    "vocabulary.split_digits": [.metaspace, .byteLevel, .unigram],
    "vocabulary.min_frequency": [.metaspace, .byteLevel, .wordPiece],
    "vocabulary.byte_fallback": [.metaspace, .unigram],
  ]
}
