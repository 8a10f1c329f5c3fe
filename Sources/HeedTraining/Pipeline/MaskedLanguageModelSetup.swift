import HeedLayers
import HeedModels
import HeedText

/// Encoders that learn by finding hidden words, new ones or such as go on from others.
struct MaskedLanguageModelSetup: TaskSetup {
  /// The resolved recipe.
  let recipe: Recipe
  private var passages: TextPassages { TextPassages(recipe: recipe) }

  func prepare(
    resuming run: ModelDirectory?, _ progress: SetupProgress
  ) throws -> PreparedTask<MaskedLanguageModelTask> {
    var initializer = ParameterInitializer(seed: recipe.training.seed)
    let model: TextEncoder
    let tokenizer: TextTokenizer
    let mask: Int32
    let writeFiles: @Sendable (ModelDirectory) throws -> Void
    var origin: ModelDirectory?
    if let path = recipe.model.startingDirectory {
      let start = try StartingModel(encoder: path, recipe.model)
      guard let id = start.tokenizers.id(.mask) else {
        throw ConfigurationError(
          file: path, nil,
          "has a tokenizer without a token that hides words (mask_token), which this task needs")
      }
      (tokenizer, mask, origin) = (start.tokenizers.source, id, start.directory)
      if recipe.masking.nextSentence, start.model.configuration.family != .bert {
        throw ConfigurationError(
          file: path, nil,
          "is of the family \(start.model.configuration.family.rawValue), which does not learn what goes on "
            + "from what (masking.next_sentence); bert does")
      }
      model = start.model.withHead(head, &initializer)
      writeFiles = { try start.writeFiles(to: $0) }
    } else {
      let vocabulary = try passages.vocabulary(resuming: run, progress)
      (tokenizer, mask) = (vocabulary.tokenizer, vocabulary.id(.mask))
      model = TextEncoder(try recipe.maskedModelConfiguration(vocabulary), &initializer)
      let length = recipe.model.maximumPositions
      writeFiles = { try vocabulary.write(to: $0, maximumLength: length) }
    }

    var masking = WordMasking(
      mask: mask, specialTokens: tokenizer.specialTokenIDs, continuesWord: tokenizer.continuesWord,
      masksWholeWords: recipe.masking.wholeWords)
    masking.share = recipe.masking.share
    let most = min(recipe.data.maximumLength, model.configuration.lengthLimit ?? .max)
    let texts = try texts(tokenizer, length: most, progress)
    let task = MaskedLanguageModelTask(
      training: texts.training, validation: texts.validation, masking,
      validationTokenBudget: recipe.validation.batchTokens, seed: recipe.training.seed,
      decode: { tokenizer.decode($0, skippingSpecialTokens: false) })
    guard task.canBeValidated else {
      throw NoUsableText(
        .validate, recipe, needed: "words that the vocabulary, which is of the training text, knows")
    }
    return PreparedTask(
      task: task, model: model, writeFiles: writeFiles, origin: origin, facts: texts.facts)
  }

  /// What the encoder ends with.
  private var head: EncoderHead { recipe.masking.nextSentence ? .preTraining : .maskedLanguageModel }

  /// Sequences or, where the model learns what goes on from what, documents to draw pairs from.
  private func texts(
    _ tokenizer: TextTokenizer, length: Int, _ progress: SetupProgress
  ) throws -> (
    training: MaskedLanguageModelTask.Texts, validation: MaskedLanguageModelTask.Texts,
    facts: [String: String]
  ) {
    let frame = tokenizer.frame
    let pairFrame = tokenizer.pairFrame
    let frameLength =
      recipe.masking.nextSentence ? pairFrame.length : frame.before.count + frame.after.count
    guard length - frameLength > 1 else {
      throw NoUsableText(
        .train, recipe, needed: "room for two tokens beside the special ones", key: "data.max_length")
    }
    if recipe.masking.nextSentence {
      let found = try passages.documents(tokenizer, length: length, frame: pairFrame, progress)
      return (.pairs(found.training), .pairs(found.validation), found.facts)
    }
    // Whatever the tokenizer puts round a text is put round each part of it.
    let found = try passages.sequences(tokenizer, length: length - frameLength, frame: frame, progress)
    return (.sequences(found.training), .sequences(found.validation), found.facts)
  }
}
