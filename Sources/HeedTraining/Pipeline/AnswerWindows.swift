import HeedText

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
