import Foundation
import Heed
import HeedEvaluation
import HeedModels
import HeedText

/// Answers questions as a finished model does, and measures the answers as SQuAD does.
public struct AnswerEvaluation: Sendable {
  /// The questions.
  let questions: [SQuADQuestion]
  /// Those of them that fit into windows; the others count as answered by nothing.
  private let answerable: [SQuADQuestion]
  private let tokenizers: TokenizerDirectory
  private let windowLength: Int
  private let stride: Int
  private var batchTokens = AnswerOptions().batchTokens

  private static let sampleCount = 4

  /// Takes note of questions; `unanswerable` are the positions of those that fit into no window.
  init(
    _ questions: [SQuADQuestion], leavingOut unanswerable: Set<Int>, _ tokenizers: TokenizerDirectory,
    _ windows: AnswerWindows
  ) {
    self.questions = questions
    answerable = questions.indices.filter { !unanswerable.contains($0) }.map { questions[$0] }
    self.tokenizers = tokenizers
    windowLength = windows.length
    stride = windows.stride
  }

  /// Measures the answers of a model in a directory.
  ///
  /// Questions by the rules of SQuAD 2, some of which have no answer, may be left unanswered.
  ///
  /// - Parameters:
  ///   - directory: The model's directory.
  ///   - questions: The questions.
  ///   - maximumLength: The most tokens of a window, the question included.
  ///   - batchTokens: The most tokens of a batch. Results do not depend on it.
  /// - Returns: Exact match and F1, and each question's answer, which is empty where there is none.
  /// - Throws: What loading a model gives cause for, `EncoderError` for one that finds no answers.
  public static func measure(
    directory: String, on questions: [SQuADQuestion], maximumLength: Int = 384, batchTokens: Int = 2048
  ) throws -> (score: SQuADScore, answers: [String: String]) {
    let start = try StartingModel(encoder: directory, .unchanged)
    let windows = AnswerWindows(
      ExampleEncoder(start.tokenizers.source, start.model.configuration, length: maximumLength))
    let unanswerable = Set(windows.examples(questions).leftOut)
    var evaluation = AnswerEvaluation(questions, leavingOut: unanswerable, start.tokenizers, windows)
    evaluation.batchTokens = batchTokens
    let answers = try evaluation.answers(of: start.model, name: directory)
    return (evaluation.score(answers), answers)
  }

  /// The figures of a model, and some of its answers.
  func answer(_ model: TextEncoder) throws -> ValidationTexts {
    let answers = try answers(of: model, name: "the model")
    let score = score(answers)
    let count = min(Self.sampleCount, questions.count)
    let samples = (0..<count).map { number in
      let question = questions[number * questions.count / count]
      return ValidationReport.Sample(
        source: "\(question.question) | \(question.context)",
        reference: question.answers.first?.text ?? "(no answer)",
        hypothesis: answers[question.id].flatMap { $0.isEmpty ? nil : $0 } ?? "(no answer)")
    }
    return ValidationTexts(
      scores: [.exactMatch: score.all.exactMatch, .f1: score.all.f1], samples: samples)
  }

  private var hasImpossible: Bool { questions.contains { $0.isImpossible } }

  private func score(_ answers: [String: String]) -> SQuADScore {
    let judged = questions.map { SQuAD.Question(id: $0.id, answers: $0.answers.map(\.text)) }
    return SQuAD(rules: hasImpossible ? .v2 : .v1).score(judged, predictions: answers)
  }

  /// The best answer to each question, by its identifier; empty where there is none.
  private func answers(of model: TextEncoder, name: String) throws -> [String: String] {
    let answerer = try QuestionAnswerer(
      model: model, tokenizer: tokenizers.source, specialTokens: tokenizers.specialTokens, name: name)
    var options = AnswerOptions()
    options.windowLength = windowLength
    options.stride = stride
    options.batchTokens = batchTokens
    options.maximumTokens = 30
    options.noAnswerThreshold = hasImpossible ? 0 : nil

    var answers: [String: String] = [:]
    for question in questions { answers[question.id] = "" }
    var start = 0
    while start < answerable.count {
      let context = answerable[start].context
      let end = answerable[start...].firstIndex { $0.context != context } ?? answerable.count
      let found = try answerer.answer(answerable[start..<end].map(\.question), context: context, options)
      for (question, answer) in zip(answerable[start..<end], found) {
        answers[question.id] = answer.best?.text ?? ""
      }
      start = end
    }
    return answers
  }
}
