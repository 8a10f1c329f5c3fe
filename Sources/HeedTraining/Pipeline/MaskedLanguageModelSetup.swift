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
      let start = try StartingModel(encoder: path)
      guard let id = start.tokenizers.id(.mask) else {
        throw ConfigurationError(
          file: path, nil,
          "has a tokenizer without a token that hides words (mask_token), which this task needs")
      }
      (tokenizer, mask, origin) = (start.tokenizers.source, id, start.directory)
      model = start.model.withHead(.maskedLanguageModel, &initializer)
      writeFiles = { try start.writeFiles(to: $0) }
    } else {
      let vocabulary = try passages.vocabulary(resuming: run, progress)
      (tokenizer, mask) = (vocabulary.tokenizer, vocabulary.id(.mask))
      model = TextEncoder(try recipe.maskedModelConfiguration(vocabulary), &initializer)
      let length = recipe.model.maximumPositions
      writeFiles = { try vocabulary.write(to: $0, maximumLength: length) }
    }

    // Whatever the tokenizer puts round a text is put round each part of it.
    let frame = tokenizer.frame
    let length =
      min(recipe.data.maximumLength, model.configuration.lengthLimit ?? .max)
      - frame.before.count - frame.after.count
    guard length > 1 else {
      throw NoUsableText(.train, recipe, needed: "room for tokens beside the special ones (data.max_length)")
    }
    let text = try passages.sequences(tokenizer, length: length, frame: frame, progress)

    var masking = WordMasking(
      mask: mask, specialTokens: tokenizer.specialTokenIDs, continuesWord: tokenizer.continuesWord,
      masksWholeWords: recipe.masking.wholeWords)
    masking.share = recipe.masking.share
    let task = MaskedLanguageModelTask(
      training: text.training, validation: text.validation, masking,
      validationTokenBudget: recipe.validation.batchTokens, seed: recipe.training.seed,
      decode: { tokenizer.decode($0, skippingSpecialTokens: false) })
    return PreparedTask(
      task: task, model: model, writeFiles: writeFiles, origin: origin, facts: text.facts)
  }
}

extension TextTokenizer {
  /// What the tokenizer puts before and after a single text.
  var frame: (before: [Int32], after: [Int32]) {
    let encoding = encoding(of: "a")
    let first = encoding.texts.firstIndex { $0 != nil } ?? encoding.count
    let last = encoding.texts.lastIndex { $0 != nil } ?? first - 1
    return (Array(encoding.ids[..<first]), Array(encoding.ids[(last + 1)...]))
  }

  /// For each token whether it continues a word: one that begins with "##", or, in vocabularies that mark the beginning
  /// of words, one that lacks the mark and begins with a letter or digit.
  var continuesWord: [Bool] {
    let spellings = (0..<vocabularySize).map { token(for: TokenID($0)) ?? "" }
    let marks: [Character] = ["▁", "Ġ"]
    let marksBeginnings = spellings.contains { $0.count > 1 && $0.first.map(marks.contains) == true }
    return spellings.map { spelling in
      if spelling.hasPrefix("##") { return true }
      guard marksBeginnings, let first = spelling.first else { return false }
      return !marks.contains(first) && (first.isLetter || first.isNumber)
    }
  }
}
