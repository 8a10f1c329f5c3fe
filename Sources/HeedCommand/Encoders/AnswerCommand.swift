import ArgumentParser
import Foundation
import Heed
import HeedTraining

/// `heed answer`: finds answers in a text.
struct AnswerCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "answer", abstract: "Find the answers to questions in a text.",
    discussion: """
      Writes for each question its best answer: the score, where the answer begins and ends in the text, counted in \
      Unicode scalars, and the answer, with tabs between them. Where the text holds no answer, these are the score of that, \
      0, 0 and "no answer". Texts longer than the model reads are read in windows that overlap. With --top-k more \
      answers follow, and an empty line stands between questions.
      """)

  @OptionGroup(title: "Model") var options: EncoderOptions
  @OptionGroup(title: "Machine") var machine: MachineOptions

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The text that holds the answers, UTF-8.", valueName: "file"))
  var context: String

  @Option(name: [.customShort("k"), .long], help: "How many answers are shown for a question.")
  var topK = 1

  @Option(help: "The most tokens of an answer.")
  var maxAnswerTokens = 15

  @Option(help: "The tokens of a window, question included (default: 384, or what the model reads).")
  var window: Int?

  @Option(help: "The tokens that neighbouring windows share (default: 128, or half a window).")
  var stride: Int?

  @Option(
    parsing: .unconditional,
    help: """
      There is no answer where the logarithm of its score is larger than that of the best answer by more than this.
      """)
  var noAnswerThreshold: Float = 0

  @Flag(help: "Answer always, even where the model says that the text does not.")
  var alwaysAnswer = false

  @Flag(help: "Write a JSON object for each question.")
  var json = false

  @Argument(help: "Questions (default: standard input, a question a line).")
  var questions: [String] = []

  /// The most bytes of a context: hours of reading, even for a small model.
  private static let contextLimit = 1 << 24

  func perform() throws {
    Machine.exitOnInterrupt()
    try machine.apply()
    let answering = try answerOptions()
    let directory = try options.directory()
    let context = try contextText()
    let answerer = try QuestionAnswerer(directory: directory, precision: options.precision)
    var output = ResultStream()
    try InputTexts(arguments: questions).forEachWindow { lines, first in
      let found = try withFlags { try answerer.answer(lines, context: context, answering, firstLine: first) }
      for (index, answer) in found.enumerated() {
        if json {
          output.append(line: try jsonLine(Record(answer, index: first + index)))
        } else {
          if topK > 1, first + index > 0 { output.append(line: "") }
          print(answer, to: &output)
        }
      }
      try output.flush()
    }
  }

  private func answerOptions() throws -> AnswerOptions {
    guard 1...1000 ~= topK else {
      throw CommandError.usage("--top-k must be from 1 to 1000, got \(topK)")
    }
    try requireAtLeastOne(maxAnswerTokens, "--max-answer-tokens")
    if let window { try requireAtLeastOne(window, "--window") }
    if let stride, stride < 0 { throw CommandError.usage("--stride must not be negative, got \(stride)") }
    if let stride, let window, stride >= window {
      throw CommandError.usage("--stride must be less than --window \(window), got \(stride)")
    }
    guard !noAnswerThreshold.isNaN else { throw CommandError.usage("--no-answer-threshold must be a number") }
    var answering = AnswerOptions()
    answering.answerCount = topK
    answering.maximumTokens = maxAnswerTokens
    answering.windowLength = window
    answering.stride = stride
    answering.noAnswerThreshold = alwaysAnswer ? nil : noAnswerThreshold
    answering.batchTokens = options.batchTokens
    return answering
  }

  /// Calls `body`, in whose errors options are called what the command line calls them.
  private func withFlags<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch EncoderError.option(let name, let reason) {
      let flags = ["windowLength": "--window", "stride": "--stride"]
      throw CommandError.usage("\(flags[name] ?? name) \(reason)")
    }
  }

  private func contextText() throws -> String {
    if let size = POSIX.status(context)?.size, size > Self.contextLimit {
      throw CommandError(
        .data,
        "--context \(context): \(size) bytes are more than \(Self.contextLimit); cut the text into parts")
    }
    switch POSIX.readFile(context, limit: Self.contextLimit) {
    case .failure(let failure):
      throw CommandError(.missingInput, "--context \(context): cannot be read: \(failure.message)")
    case .success(let bytes):
      let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
      guard let text = String(validating: bytes.dropFirst(bytes.starts(with: mark) ? 3 : 0), as: UTF8.self)
      else {
        throw CommandError(
          .data, "--context \(context): not UTF-8; convert it first, for example with iconv -t UTF-8")
      }
      guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
        throw CommandError(.data, "--context \(context): the file holds no text to look for an answer in")
      }
      return text
    }
  }

  private func print(_ found: QuestionAnswer, to output: inout ResultStream) {
    if !found.isAnswerable {
      output.append(line: "\(column(found.noAnswerScore))\t0\t0\tno answer")
      if topK == 1 { return }
    }
    for answer in found.candidates.prefix(found.isAnswerable ? topK : topK - 1) {
      let place = "\(answer.range.lowerBound)\t\(answer.range.upperBound)"
      output.append(line: "\(column(answer.score))\t\(place)\t\(column(answer.text))")
    }
  }

  private struct Record: Encodable {
    struct Span: Encodable {
      let text: String
      let score: Float
      let start: Int
      let end: Int

      init(_ answer: Answer) {
        text = answer.text
        score = answer.score
        start = answer.range.lowerBound
        end = answer.range.upperBound
      }
    }
    let index: Int
    let question: String
    let answer: Span?
    let noAnswerScore: Float
    let candidates: [Span]

    init(_ found: QuestionAnswer, index: Int) {
      self.index = index
      question = found.question
      answer = found.best.map(Span.init)
      noAnswerScore = found.noAnswerScore
      candidates = found.candidates.map(Span.init)
    }
  }
}
