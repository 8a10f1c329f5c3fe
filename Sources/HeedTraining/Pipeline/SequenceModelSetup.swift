import HeedGeneration
import HeedLayers
import HeedModels

/// Translation, summarisation and whatever else turns one text into another, with a recurrent or convolutional model.
struct SequenceModelSetup<Model: SequenceToSequenceModel & SearchableModel>: TaskSetup {
  /// Vocabularies and pairs, which are the same for all architectures.
  let pairs: SequenceToSequenceSetup
  /// The model's choices for its tokens.
  let configuration: @Sendable (SequenceVocabulary) -> Model.Configuration

  func prepare(
    resuming run: ModelDirectory?, _ progress: SetupProgress
  ) throws -> PreparedTask<SequenceModelTask<Model>> {
    let recipe = pairs.recipe
    let vocabularies = try pairs.vocabularies(resuming: run, progress)
    let stores = try pairs.load(vocabularies, maximumLength: recipe.data.maximumLength, progress)
    let tokens = recipe.sequenceVocabulary(
      sourceSize: vocabularies.source.vocabularySize, targetSize: vocabularies.target.vocabularySize)
    var initializer = ParameterInitializer(seed: recipe.training.seed)
    let model = Model(configuration(tokens), &initializer)
    let writer = try ValidationWriter(
      pairs.text.validation, vocabularies, recipe, maximumLength: recipe.data.maximumLength)
    let task = SequenceModelTask<Model>(
      SequenceToSequenceTask(
        training: stores.training, validation: stores.validation, .init(tokens),
        validationTokenBudget: recipe.validation.batchTokens),
      writing: { try writer.write($0) })
    let length = recipe.model.maximumPositions
    return PreparedTask(
      task: task, model: model,
      writeFiles: { try vocabularies.write(to: $0, maximumLength: length) },
      facts: pairs.facts(vocabularies, stores))
  }
}

extension Recipe {
  /// What sets up the training of this recipe's architecture, of two texts.
  func sequenceSetup(_ text: TrainingText) -> any TaskSetup {
    let pairs = SequenceToSequenceSetup(recipe: self, text: text)
    switch model.architecture {
    case .transformer: return pairs
    case .lstm, .gru:
      return SequenceModelSetup<RecurrentEncoderDecoder>(pairs: pairs) { recurrentConfiguration($0) }
    case .convolution:
      return SequenceModelSetup<ConvolutionalEncoderDecoder>(pairs: pairs) { convolutionalConfiguration($0) }
    }
  }
}
