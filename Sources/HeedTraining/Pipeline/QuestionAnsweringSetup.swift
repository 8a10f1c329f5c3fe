import Heed
import HeedEvaluation
import HeedLayers
import HeedModels
import HeedText

/// Encoders that learn to find answers in texts.
struct QuestionAnsweringSetup: TaskSetup {
  /// The resolved recipe.
  let recipe: Recipe

  func prepare(
    resuming run: ModelDirectory?, _ progress: SetupProgress
  ) throws -> PreparedTask<QuestionAnsweringTask> {
    let start = try StartingModel(encoder: recipe.model.startingDirectory ?? "", recipe.model)
    var initializer = ParameterInitializer(seed: recipe.training.seed)
    let model = start.model.withHead(.questionAnswering, &initializer)
    let windows = AnswerWindows(
      ExampleEncoder(start.tokenizers.source, model.configuration, length: recipe.data.maximumLength))
    let (training, validation) = try questions(progress)
    let (examples, leftOut) = windows.examples(training)
    let (heldOut, unanswerable) = windows.examples(validation)
    let needed = "questions whose texts fit into windows (data.max_length)"
    guard examples.count > 0 else { throw NoUsableText(.train, recipe, needed: needed) }
    guard heldOut.count > 0 else { throw NoUsableText(.validate, recipe, needed: needed) }

    let limit = recipe.validation.maximumSentences
    let answerer = ValidationAnswerer(
      questions: limit == 0 ? validation : Array(validation.prefix(limit)), leavingOut: Set(unanswerable),
      start.tokenizers, windows)
    if !leftOut.isEmpty {
      progress.note("\(leftOut.count) questions leave no room for their text, and are left out")
    }
    let task = QuestionAnsweringTask(
      training: examples, validation: heldOut, validationTokenBudget: recipe.validation.batchTokens,
      answering: { try answerer.answer($0) })
    progress.note("training text: \(training.count) questions in \(examples.count) windows")
    progress.note("validation text: \(validation.count) questions in \(heldOut.count) windows")
    return PreparedTask(
      task: task, model: model, writeFiles: { try start.writeFiles(to: $0) }, origin: start.directory,
      facts: [
        "training_questions": String(training.count),
        "validation_questions": String(validation.count),
      ])
  }

  /// Questions to learn from and questions held out; without a file for these, articles are held out as a whole.
  private func questions(
    _ progress: SetupProgress
  ) throws -> (training: [SQuADQuestion], validation: [SQuADQuestion]) {
    let files = try recipe.data.questions()
    var (training, validation): ([SQuADQuestion], [SQuADQuestion]) = ([], [])
    try files.training.forEach { question in
      if recipe.heldOut?.contains(number: question.article) == true {
        validation.append(question)
      } else {
        training.append(question)
      }
      try progress.checkpoint(training.count)
    }
    try files.validation?.forEach { validation.append($0) }
    return (training, validation)
  }
}

/// Cuts questions and their contexts into windows that a model can read, and finds the answers' tokens.
///
/// A context that is too long is read in windows that overlap; a window that does not hold the whole answer has none
/// (Devlin et al. 2019, as their program does it).
struct AnswerWindows {
  private let encoder: ExampleEncoder

  init(_ encoder: ExampleEncoder) { self.encoder = encoder }

  /// The most tokens of a window.
  var length: Int { encoder.length }
  /// The tokens of the context that neighbouring windows share.
  var stride: Int { min(128, encoder.length / 4) }

  /// The windows of a question that hold some of its context; none if there is no context, or no room for it.
  private func windows(_ question: SQuADQuestion) -> [Encoding] {
    let whole = encoder.tokenizer.encoding(of: question.question, pair: question.context)
    return whole.truncated(to: length, stride: stride, .onlySecond).filter { $0.texts.contains(1) }
  }

  /// The windows of all questions, and the positions of those that have none: they have no context, or leave no room for it.
  func examples(
    _ questions: [SQuADQuestion]
  ) -> (examples: QuestionAnsweringTask.Examples, leftOut: [Int]) {
    var examples = QuestionAnsweringTask.Examples()
    var leftOut: [Int] = []
    for (index, question) in questions.enumerated() {
      // The first answer is the one to learn; the others are for judging.
      let answer = question.answers.first.map { Self.trimmed($0) }
      let windows = windows(question)
      if windows.isEmpty { leftOut.append(index) }
      for window in windows {
        let (first, last) = answer.flatMap { Self.tokens(of: $0, in: window) } ?? (0, 0)
        encoder.add(window, to: &examples.windows)
        examples.ends += [Int32(first), Int32(last)]
      }
    }
    return (examples, leftOut)
  }

  /// Where an answer stands, without white space at its edges, which no token holds.
  private static func trimmed(_ answer: SQuADQuestion.Answer) -> Range<Int> {
    let scalars = Array(answer.text.unicodeScalars)
    let first = scalars.firstIndex { !$0.properties.isWhitespace } ?? 0
    let end = (scalars.lastIndex { !$0.properties.isWhitespace } ?? scalars.count - 1) + 1
    return answer.start + first..<answer.start + max(first, end)
  }

  /// The first and the last token that hold a range of the context, or nil if the window does not hold all of it.
  private static func tokens(of range: Range<Int>, in window: Encoding) -> (Int, Int)? {
    let context = window.texts.indices.filter { window.texts[$0] == 1 }
    guard !range.isEmpty,
      let first = context.first(where: { window.offsets[$0].upperBound > range.lowerBound }),
      let last = context.last(where: { window.offsets[$0].lowerBound < range.upperBound }),
      first <= last, window.offsets[first].lowerBound <= range.lowerBound,
      window.offsets[last].upperBound >= range.upperBound
    else { return nil }
    return (first, last)
  }
}

/// Answers held-out questions as the finished model will, and measures the answers as SQuAD does.
private struct ValidationAnswerer: Sendable {
  let questions: [SQuADQuestion]
  /// Those of them that fit into windows; the others count as answered by nothing.
  private let answerable: [SQuADQuestion]
  private let tokenizers: TokenizerDirectory
  private let windowLength: Int
  private let stride: Int

  private static let sampleCount = 4

  /// Takes note of questions; `unanswerable` are the positions of those that fit into no window.
  init(
    questions: [SQuADQuestion], leavingOut unanswerable: Set<Int>, _ tokenizers: TokenizerDirectory,
    _ windows: AnswerWindows
  ) {
    self.questions = questions
    answerable = questions.indices.filter { !unanswerable.contains($0) }.map { questions[$0] }
    self.tokenizers = tokenizers
    windowLength = windows.length
    stride = windows.stride
  }

  func answer(_ model: TextEncoder) throws -> ValidationTexts {
    let answerer = try QuestionAnswerer(
      model: model, tokenizer: tokenizers.source, specialTokens: tokenizers.specialTokens)
    let hasImpossible = questions.contains { $0.isImpossible }
    var options = AnswerOptions()
    options.windowLength = windowLength
    options.stride = stride
    options.maximumTokens = 30
    if hasImpossible { options.noAnswerThreshold = 0 }

    var predictions: [String: String] = [:]
    for question in questions { predictions[question.id] = "" }
    var start = 0
    while start < answerable.count {
      let context = answerable[start].context
      let end = answerable[start...].firstIndex { $0.context != context } ?? answerable.count
      let found = try answerer.answer(answerable[start..<end].map(\.question), context: context, options)
      for (question, answer) in zip(answerable[start..<end], found) {
        predictions[question.id] = answer.best?.text ?? ""
      }
      start = end
    }
    let judged = questions.map { SQuAD.Question(id: $0.id, answers: $0.answers.map(\.text)) }
    let score = SQuAD(rules: hasImpossible ? .v2 : .v1).score(judged, predictions: predictions)
    let count = min(Self.sampleCount, questions.count)
    let samples = (0..<count).map { number in
      let question = questions[number * questions.count / count]
      return ValidationReport.Sample(
        source: "\(question.question) | \(question.context)",
        reference: question.answers.first?.text ?? "(no answer)",
        hypothesis: predictions[question.id].flatMap { $0.isEmpty ? nil : $0 } ?? "(no answer)")
    }
    return ValidationTexts(
      scores: [.exactMatch: score.all.exactMatch, .f1: score.all.f1], samples: samples)
  }
}
