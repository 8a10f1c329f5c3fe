import Foundation
import HeedModels
import HeedTensor
import HeedText

/// Finds answers to questions in a text.
///
///     let answerer = try QuestionAnswerer(directory: url)
///     print(try answerer.answer("Who wrote it?", context: text).best?.text ?? "no answer")
///
/// A text longer than the model reads is read in windows that overlap. A value that never changes: any number of threads
/// may use it. An answer and its score are the same to the last bit alone and in any batch, on one thread and on many.
public struct QuestionAnswerer: Sendable {
  var model: EncoderModel

  /// Loads the directory of a model for extractive question answering.
  ///
  /// - Parameters:
  ///   - directory: Where the model is.
  ///   - precision: How the weights are held; nil for as the directory has them.
  /// - Throws: `ConfigurationError`, `CheckpointError`, `TokenizerError` or `EncoderError`, which say what cannot be
  ///   used and why.
  public init(directory: URL, precision: WeightPrecision? = nil) throws {
    model = try EncoderModel(directory, precision, needed: "finds answers") { $0 == .questionAnswering }
  }

  /// Finds answers with a model that is in memory already.
  ///
  /// - Parameters:
  ///   - model: A model for extractive question answering; later changes to its parameters may or may not be seen.
  ///   - tokenizer: Cuts texts into tokens.
  ///   - specialTokens: The spellings of its special tokens.
  ///   - name: What errors call the model.
  /// - Throws: `EncoderError` for a model that finds no answers, and for a tokenizer that does not fit it.
  public init(
    model: TextEncoder, tokenizer: TextTokenizer, specialTokens: SpecialTokens, name: String = "the model"
  ) throws(EncoderError) {
    guard model.configuration.head == .questionAnswering else {
      throw .otherHead(directory: name, needed: "finds answers", found: model.configuration.head.deed)
    }
    self.model = try EncoderModel(model, tokenizer, specialTokens, name: name)
  }

  /// The architecture.
  public var configuration: TransformerConfiguration { model.network.configuration }

  /// Answers a question.
  ///
  /// - Parameters:
  ///   - question: The question.
  ///   - context: The text that holds the answer.
  ///   - options: How to look for it.
  /// - Returns: The answers.
  /// - Throws: `EncoderError`; `CancellationError` if the task is cancelled.
  public func answer(
    _ question: String, context: String, _ options: AnswerOptions = AnswerOptions()
  ) throws -> QuestionAnswer {
    try answer([question], context: context, options)[0]
  }

  /// Answers questions about one text.
  ///
  /// - Parameters:
  ///   - questions: The questions.
  ///   - context: The text that holds the answers.
  ///   - options: How to look for them.
  ///   - firstLine: The number of the first question, counted from 0, which errors name.
  /// - Returns: For each question its answers.
  /// - Throws: `EncoderError`; `CancellationError` if the task is cancelled.
  public func answer(
    _ questions: [String], context: String, _ options: AnswerOptions = AnswerOptions(), firstLine: Int = 0
  ) throws -> [QuestionAnswer] {
    let windowLength = min(options.windowLength ?? 384, model.lengthLimit)
    let stride = options.stride ?? min(windowLength / 2, 128)
    try options.validate(windowLength: windowLength, stride: stride, limit: model.lengthLimit)

    var answers: [QuestionAnswer] = []
    var pending: [PendingQuestion] = []
    var pendingTokens = 0
    for (index, question) in questions.enumerated() {
      let windows = try windows(
        question, context, length: windowLength, stride: stride, line: firstLine + index)
      pending.append(PendingQuestion(question: question, windows: windows))
      pendingTokens += windows.reduce(0) { $0 + $1.count }
      // Enough for full batches: many questions about a long text would take too much memory together.
      if pendingTokens > 1 << 16 || index == questions.count - 1 {
        answers += try answer(pending, context, options)
        (pending, pendingTokens) = ([], 0)
      }
    }
    return answers
  }

  private struct PendingQuestion {
    let question: String
    let windows: [Encoding]
  }

  private func answer(
    _ pending: [PendingQuestion], _ context: String, _ options: AnswerOptions
  ) throws -> [QuestionAnswer] {
    let windows = pending.flatMap(\.windows)
    let found = try model.run(windows, batchTokens: options.batchTokens) { hidden, sequences, batch in
      let logits = model.network.tokenLogits(hidden).scalars
      return zip(batch, sequences.ranges).map { number, range in
        AnswerWindow(
          windows[number], start: range.map { logits[2 * $0] }, end: range.map { logits[2 * $0 + 1] },
          classificationID: model.classificationID, options)
      }
    }
    var next = 0
    return pending.map { one in
      let end = next + one.windows.count
      defer { next = end }
      return QuestionAnswer(question: one.question, context: context, found[next..<end], options)
    }
  }

  /// The question with each part of the context.
  private func windows(
    _ question: String, _ context: String, length: Int, stride: Int, line: Int
  ) throws(EncoderError) -> [Encoding] {
    let whole = model.tokenizer.encoding(of: question, pair: context)
    guard whole.texts.contains(1) else { throw .emptyContext }
    let windows = whole.truncated(to: length, stride: stride, .onlySecond)
    guard !windows.isEmpty else {
      throw .questionTooLong(
        line: line + 1, tokenCount: whole.texts.count { $0 == 0 }, window: length, stride: stride)
    }
    return windows
  }
}

/// How to look for answers.
public struct AnswerOptions: Sendable, Hashable {
  /// How many answers are wanted.
  public var answerCount = 1
  /// The most tokens of an answer.
  public var maximumTokens = 15
  /// The tokens of a window, question and special tokens among them; by default 384, or what the model reads.
  public var windowLength: Int?
  /// The tokens of the context that neighbouring windows share; by default 128, or half a window.
  public var stride: Int?
  /// There is no answer where the logarithm of the score of "no answer" is larger than that of the best answer by more
  /// than this; nil to answer always.
  ///
  /// Source: Rajpurkar et al., "Know What You Don't Know: Unanswerable Questions for SQuAD" (2018), whose script calls it
  /// `null_score_diff_threshold`.
  public var noAnswerThreshold: Float? = 0
  /// The most tokens of a batch. Results do not depend on it.
  public var batchTokens = 2048

  /// The usual settings.
  public init() {}

  func validate(windowLength: Int, stride: Int, limit: Int) throws(EncoderError) {
    try EncoderError.require(
      1...1000 ~= answerCount, "answerCount", "must be from 1 to 1000, got \(answerCount)")
    try EncoderError.require(maximumTokens >= 1, "maximumTokens", "must be at least 1, got \(maximumTokens)")
    try EncoderError.require(batchTokens >= 1, "batchTokens", "must be at least 1, got \(batchTokens)")
    if let asked = self.windowLength {
      try EncoderError.require(
        asked >= 1 && asked <= limit, "windowLength",
        "must be from 1 to \(limit), which is what the model reads, got \(asked)")
    }
    try EncoderError.require(
      stride >= 0 && stride < windowLength, "stride",
      "must be from 0 to \(windowLength - 1), less than a window, got \(stride)")
    if let noAnswerThreshold {
      try EncoderError.require(!noAnswerThreshold.isNaN, "noAnswerThreshold", "must be a number")
    }
  }
}

/// What was found for a question.
public struct QuestionAnswer: Sendable, Hashable {
  /// The question.
  public let question: String
  /// The best answers, best first, whether or not one of them holds.
  public let candidates: [Answer]
  /// How likely it is that the text does not answer the question; 0 where the model cannot say so.
  public let noAnswerScore: Float
  /// Whether the text answers the question.
  public let isAnswerable: Bool

  /// The best answer, if the text answers the question.
  public var best: Answer? { isAnswerable ? candidates.first : nil }

  init(question: String, context: String, _ windows: ArraySlice<AnswerWindow>, _ options: AnswerOptions) {
    self.question = question
    var spans = windows.flatMap(\.spans)
    // Swift's sort is stable: of equal scores the earlier window, and in it the earlier span.
    spans.sort { $0.logarithm > $1.logarithm }
    var seen: Set<Range<Int>> = []
    var candidates: [Answer] = []
    for span in spans where seen.insert(span.range).inserted {
      candidates.append(
        Answer(text: context.part(span.range), score: Float(exp(span.logarithm)), range: span.range))
      if candidates.count == options.answerCount { break }
    }
    self.candidates = candidates
    let null = windows.map(\.noAnswerLogarithm).min() ?? -.infinity
    noAnswerScore = Float(exp(null))
    if let threshold = options.noAnswerThreshold, let best = spans.first, null > -.infinity {
      isAnswerable = !(null - best.logarithm > Double(threshold))
    } else {
      isAnswerable = !candidates.isEmpty
    }
  }
}

/// A part of a text that may answer a question.
public struct Answer: Sendable, Hashable {
  /// The part.
  public let text: String
  /// How likely it begins here times how likely it ends there, in the window that it was found in.
  public let score: Float
  /// Where the part is, in Unicode scalars of the context.
  public let range: Range<Int>
}
