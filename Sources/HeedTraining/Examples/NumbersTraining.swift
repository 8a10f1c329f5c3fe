/// The numbers example as a run: its recipe, the text to train and validate on, and the numbers to be judged by.
public struct NumbersTraining: Sendable {
  /// Numbers that are neither trained nor validated on.
  public let heldOut: [NumbersExample.Pair]
  /// What the model learns from.
  public let text: TrainingText

  /// Pairs to learn from: some 60 thousand of the million, so that rules must be learned and not numbers.
  private static let trainCount = 60_000
  private static let heldOutCount = 1_000
  private static let validationCount = 300

  /// Makes the text, the same each time.
  public init() {
    let split = NumbersExample.split(
      trainCount: Self.trainCount, heldOutCount: Self.heldOutCount + Self.validationCount, seed: 1)
    heldOut = Array(split.heldOut.prefix(Self.heldOutCount))
    func pairs(_ numbers: some Sequence<NumbersExample.Pair>) -> TrainingText.Pairs {
      .inMemory(
        numbers.enumerated().map { SentencePair(source: $1.english, target: $1.german, line: $0 + 1) })
    }
    text = TrainingText(
      training: pairs(split.train), validation: pairs(split.heldOut.dropFirst(Self.heldOutCount)),
      separatedWords: Self.separatedWords)
  }

  /// The parts of numbers, each alone and at the start of a word, where the vocabulary has a mark before it.
  static var separatedWords: [String] {
    let parts = NumbersExample.englishParts.filter { $0 != "-" } + NumbersExample.germanParts
    return parts + parts.map { "▁" + $0 }
  }

  /// A small Transformer that learns it in about a minute on two cores.
  public static var recipe: Recipe {
    var recipe = Recipe()
    recipe.vocabulary.size = 400
    recipe.vocabulary.byteFallback = false
    recipe.model.apply(.tiny)
    recipe.model.encoderLayerCount = 2
    recipe.model.decoderLayerCount = 2
    recipe.model.dropout = 0
    recipe.data.maximumLength = 64
    recipe.training.batchTokens = 2048
    recipe.training.schedule = .linear
    recipe.training.learningRate = 2e-3
    recipe.training.warmupSteps = 100
    recipe.training.maximumSteps = 600
    // Nothing here is uncertain, so there is nothing to smooth.
    recipe.training.labelSmoothing = 0
    recipe.validation.everySteps = 200
    recipe.validation.patience = 0
    recipe.checkpoints.keepLastCount = 1
    return recipe
  }
}
