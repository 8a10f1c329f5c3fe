import HeedLayers
import HeedModels
import HeedTensor

/// To continue text: each token is predicted from those before it (Radford et al. 2019).
///
/// The text is one long row of tokens, cut into windows of equal length. Each epoch cuts it at other places, so that no
/// token is always the first of its window.
public struct LanguageModelTask: TrainingTask {
  /// Continues held-out text with a model.
  public typealias Writing = @Sendable (LanguageModel) throws -> [ValidationReport.Sample]

  private let training: [Int32]
  private let validation: [Int32]
  private let contextLength: Int
  private let validationTokenBudget: Int
  private let seed: UInt64
  private let writing: Writing?
  /// The windows of an epoch; all have the same length.
  public let exampleSizes: [ExampleSize]

  /// A task.
  ///
  /// - Parameters:
  ///   - training: The text to learn from, at least two tokens.
  ///   - validation: The text to validate on, at least two tokens.
  ///   - contextLength: The tokens of a window.
  ///   - validationTokenBudget: The most tokens of a batch of the validation text.
  ///   - seed: What the places of the cuts follow from.
  ///   - writing: Continues held-out text; without it validation shows nothing.
  public init(
    training: [Int32], validation: [Int32], contextLength: Int, validationTokenBudget: Int = 4096,
    seed: UInt64,
    writing: Writing? = nil
  ) {
    precondition(
      training.count > 1 && validation.count > 1, "LanguageModelTask: a text has less than two tokens")
    precondition(contextLength > 0, "LanguageModelTask: contextLength must be positive")
    self.training = training
    self.validation = validation
    self.contextLength = min(contextLength, training.count - 1)
    self.validationTokenBudget = validationTokenBudget
    self.seed = seed
    self.writing = writing
    // So many windows fit wherever the first one begins.
    let count = max(1, (training.count - 1) / self.contextLength - 1)
    exampleSizes = Array(repeating: ExampleSize(source: self.contextLength), count: count)
  }

  /// What tells the text from others.
  public var fingerprint: String {
    var fingerprint = Fingerprint()
    fingerprint.mix(training)
    return fingerprint.text
  }

  /// Lays out some windows.
  public func batch(_ examples: [Int], epoch: Int) -> LanguageModelBatch {
    let room = training.count - 1 - exampleSizes.count * contextLength
    var random = SplitMix64(seed: seed, epoch: epoch, example: -1)
    let first = random.next(below: min(room, contextLength - 1) + 1)
    return LanguageModelBatch(
      examples.map { index in
        let start = first + index * contextLength
        return training[start...start + contextLength]
      })
  }

  /// The loss on the held-out text, in windows one behind the other: each of its tokens but the first is predicted once.
  public func validate(_ model: LanguageModel) throws -> ValidationFigures {
    let windows = stride(from: 0, to: validation.count - 1, by: contextLength).map { start in
      validation[start...min(start + contextLength, validation.count - 1)]
    }
    let batches = windows.map { ExampleSize(source: $0.count - 1) }.inOrder(
      tokenBudget: validationTokenBudget)
    let loss = LanguageModelBatch.loss(
      of: model, on: batches.lazy.map { LanguageModelBatch(Array(windows[$0])) })
    return ValidationFigures(loss: loss, samples: try writing?(model) ?? [])
  }
}

/// Windows of text laid end to end, each token with the one that follows it.
public struct LanguageModelBatch: TrainingBatch {
  /// What the model reads.
  public let sequences: TokenSequences
  /// What follows each token.
  public let labels: [Int32]

  /// Lays out windows; each has one token more than the model reads of it.
  public init(_ windows: [ArraySlice<Int32>]) {
    sequences = TokenSequences(windows.map { $0.dropLast() })
    labels = windows.flatMap { $0.dropFirst() }
  }

  /// Each token but the first of a window is predicted.
  public var labelCount: Int { labels.count }
  /// The tokens that are read.
  public var tokenCount: Int { labels.count }

  /// The loss of predicting what follows.
  public func loss(
    of model: LanguageModel, smoothing: Float, scale: Float, _ context: inout ForwardContext
  ) -> LossResult {
    model.loss(sequences, labels: labels, smoothing: smoothing, scale: scale, &context)
  }
}
