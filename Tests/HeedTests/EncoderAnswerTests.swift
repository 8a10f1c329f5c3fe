import Foundation
import Heed
import TestSupport
import Testing

@Suite struct EncoderAnswerTests {
  private static let directory = EncoderFixture.directory("answerer")

  @Test func answersAreThoseOfTransformers() throws {
    let answerer = try QuestionAnswerer(directory: Self.directory)
    for expected in try EncoderFixture.load().answerer {
      var options = AnswerOptions()
      options.answerCount = 6
      options.windowLength = expected.window
      options.stride = expected.stride
      options.maximumTokens = expected.longest
      let found = try answerer.answer(expected.question, context: expected.context, options)
      #expect(found.candidates.map(\.range) == expected.answers.map { $0.start..<$0.end })
      #expect(found.candidates.map(\.text) == expected.answers.map(\.text))
      // A product of two probabilities of outputs that are about ten units large.
      expectClose(found.candidates.map(\.score), expected.answers.map(\.score), relative: 5e-5)
      expectClose([found.noAnswerScore], [expected.null], relative: 5e-5)
      #expect(found.isAnswerable == (expected.null <= expected.answers[0].score))
      #expect(found.best == found.candidates[0])

      options.answerCount = 1
      let best = try answerer.answer(expected.question, context: expected.context, options)
      #expect(best.candidates == [found.candidates[0]])
    }
  }

  @Test func theThresholdDecides() throws {
    let answerer = try QuestionAnswerer(directory: Self.directory)
    let expected = try EncoderFixture.load().answerer[0]
    let margin = log(expected.null / expected.answers[0].score)
    var options = AnswerOptions()
    for (threshold, isAnswerable) in [(margin + 0.01, true), (margin - 0.01, false), (nil, true)] {
      options.noAnswerThreshold = threshold
      let found = try answerer.answer(expected.question, context: expected.context, options)
      #expect(found.isAnswerable == isAnswerable)
      #expect((found.best == nil) != isAnswerable)
      #expect(found.candidates.count == 1)
    }
  }

  @Test(arguments: [1, 64, 4096])
  func questionsAreTheSameAloneAndTogether(_ batchTokens: Int) throws {
    let answerer = try QuestionAnswerer(directory: Self.directory)
    let context = try EncoderFixture.load().answerer[2].context
    let questions = ["Who reads a book?", "What is red?", "Where do dogs run?"]
    var options = AnswerOptions()
    options.answerCount = 3
    let alone = try questions.map { try answerer.answer($0, context: context, options) }
    options.batchTokens = batchTokens
    #expect(try answerer.answer(questions, context: context, options) == alone)
  }

  @Test func whatCannotBeAnsweredIsRefused() throws {
    let answerer = try QuestionAnswerer(directory: Self.directory)
    #expect(throws: EncoderError.emptyContext) { try answerer.answer("Who?", context: " ") }
    let question = String(repeating: "the ", count: 62)
    #expect(throws: EncoderError.questionTooLong(line: 2, tokenCount: 62, window: 64, stride: 32)) {
      try answerer.answer(["Who?", question], context: "It rains.")
    }
  }

  @Test(arguments: [
    (\AnswerOptions.answerCount, "answerCount", "must be from 1 to 1000, got 0"),
    (\.maximumTokens, "maximumTokens", "must be at least 1, got 0"),
    (\.batchTokens, "batchTokens", "must be at least 1, got 0"),
  ])
  func optionsAreChecked(
    _ path: WritableKeyPath<AnswerOptions, Int> & Sendable, _ name: String, _ reason: String
  ) throws {
    let answerer = try QuestionAnswerer(directory: Self.directory)
    var options = AnswerOptions()
    options[keyPath: path] = 0
    #expect(throws: EncoderError.option(name: name, reason: reason)) {
      try answerer.answer("Who?", context: "It rains.", options)
    }
  }

  @Test(arguments: [(65, 0), (0, 0), (32, 32), (32, -1)])
  func windowsAreChecked(_ length: Int, _ stride: Int) throws {
    let answerer = try QuestionAnswerer(directory: Self.directory)
    var options = AnswerOptions()
    options.windowLength = length
    options.stride = stride
    #expect(throws: EncoderError.self) { try answerer.answer("Who?", context: "It rains.", options) }
  }
}
