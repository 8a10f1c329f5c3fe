import HeedModels

/// To find the answer to a question in a text (Devlin et al. 2019, sections 4.2 and 4.3).
public struct QuestionAnsweringTask: TrainingTask {
  /// Answers held-out questions with a model and measures the answers.
  public typealias Answering = @Sendable (TextEncoder) throws -> ValidationTexts

  /// Windows of question and text, with the ends of their answers.
  public struct Examples: Sendable {
    /// The windows.
    public var windows = EncoderInputStore()
    /// The first and the last token of each answer, counted from the window's start.
    public var ends: [Int32] = []

    /// No examples.
    public init() {}

    /// How many there are.
    public var count: Int { windows.count }
  }

  private let training: Examples
  private let validation: Examples
  private let validationTokenBudget: Int
  private let answering: Answering?
  /// The sizes of all windows.
  public let exampleSizes: [ExampleSize]

  /// A task.
  ///
  /// - Parameters:
  ///   - training: The windows to learn from.
  ///   - validation: The windows to validate on.
  ///   - validationTokenBudget: The most tokens of a batch of the validation set.
  ///   - answering: Answers and measures; without it validation computes the loss alone.
  public init(
    training: Examples, validation: Examples, validationTokenBudget: Int = 4096, answering: Answering? = nil
  ) {
    self.training = training
    self.validation = validation
    self.validationTokenBudget = validationTokenBudget
    self.answering = answering
    exampleSizes = training.windows.exampleSizes
  }

  /// What tells the windows and answers from others.
  public var fingerprint: String {
    var fingerprint = Fingerprint()
    fingerprint.mix(training.windows.tokens)
    fingerprint.mix(training.ends)
    return fingerprint.text
  }

  /// Lays out some windows.
  public func batch(_ examples: [Int], epoch: Int) -> AnswerBatch { batch(examples, of: training) }

  /// The loss on the held-out windows, and what the answers are worth.
  public func validate(_ model: TextEncoder) throws -> ValidationFigures {
    let batches = validation.windows.exampleSizes.inOrder(tokenBudget: validationTokenBudget)
    let loss = AnswerBatch.loss(of: model, on: batches.lazy.map { batch(Array($0), of: validation) })
    return try ValidationFigures(loss: loss) { try answering?(model) }
  }

  private func batch(_ examples: [Int], of store: Examples) -> AnswerBatch {
    AnswerBatch(
      input: store.windows.input(examples), ends: examples.flatMap { store.ends[2 * $0...2 * $0 + 1] })
  }
}
