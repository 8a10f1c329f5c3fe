import HeedText

/// Cuts questions and their contexts into windows that a model can read, and finds the answers' tokens.
///
/// A context that is too long is read in windows that overlap; a window that does not hold the whole answer has none
/// (Devlin et al. 2019, as their program does it).
package struct AnswerWindows {
  private let encoder: ExampleEncoder

  /// Windows as an encoder of examples makes them.
  package init(_ encoder: ExampleEncoder) { self.encoder = encoder }

  /// The most tokens of a window.
  var length: Int { encoder.length }
  /// The tokens of the context that neighbouring windows share.
  var stride: Int { min(128, encoder.length / 4) }

  /// A question with its whole context.
  private func whole(_ question: SQuADQuestion) -> Encoding {
    encoder.tokenizer.encoding(of: question.question, pair: question.context)
  }

  /// The windows of a question that hold some of its context; none if there is no context, or no room for it.
  private func windows(_ whole: Encoding) -> [Encoding] {
    whole.truncated(to: length, stride: stride, .onlySecond).filter { $0.texts.contains(1) }
  }

  /// The windows of all questions; the positions of those that have none, because they have no context or leave no room for
  /// it; and how many answers no window holds whole.
  package func examples(
    _ questions: [SQuADQuestion]
  ) -> (examples: QuestionAnsweringTask.Examples, leftOut: [Int], lostAnswerCount: Int) {
    var examples = QuestionAnsweringTask.Examples()
    var leftOut: [Int] = []
    var lostAnswerCount = 0
    for (index, question) in questions.enumerated() {
      // The first answer is the one to learn; the others are for judging.
      let answer = question.answers.first.map { Self.trimmed($0) }
      let whole = whole(question)
      let windows = windows(whole)
      if windows.isEmpty { leftOut.append(index) }
      let found = answer.flatMap { Self.tokens(of: $0, in: whole) }
      var isFound = false
      for window in windows {
        var ends: (first: Int, last: Int) = (0, 0)
        // A window that was cut within the answer begins or ends it elsewhere.
        if let answer, let found, let (first, last) = Self.tokens(of: answer, in: window),
          window.offsets[first] == whole.offsets[found.first],
          window.offsets[last] == whole.offsets[found.last]
        {
          ends = (first, last)
          isFound = true
        }
        encoder.add(window, to: &examples.windows)
        examples.ends += [Int32(ends.first), Int32(ends.last)]
      }
      if answer != nil, !windows.isEmpty, !isFound { lostAnswerCount += 1 }
    }
    return (examples, leftOut, lostAnswerCount)
  }

  /// Where an answer stands, without white space at its edges, which no token holds.
  private static func trimmed(_ answer: SQuADQuestion.Answer) -> Range<Int> {
    let scalars = Array(answer.text.unicodeScalars)
    let first = scalars.firstIndex { !$0.properties.isWhitespace } ?? 0
    let end = (scalars.lastIndex { !$0.properties.isWhitespace } ?? scalars.count - 1) + 1
    return answer.start + first..<answer.start + max(first, end)
  }

  /// The first and the last token of a range of the context, or nil if there is none.
  ///
  /// Tokenizers drop some characters, such as accents that stand for themselves, so that an answer's tokens need not begin and
  /// end just where it does.
  private static func tokens(of range: Range<Int>, in window: Encoding) -> (first: Int, last: Int)? {
    let context = window.texts.indices.filter { window.texts[$0] == 1 }
    guard !range.isEmpty,
      let first = context.first(where: { window.offsets[$0].upperBound > range.lowerBound }),
      let last = context.last(where: { window.offsets[$0].lowerBound < range.upperBound }),
      first <= last
    else { return nil }
    return (first, last)
  }
}
