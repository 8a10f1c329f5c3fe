import Foundation
import HeedText

/// The answers that a window of a text holds.
///
/// A span's score is the probability of its first token times that of its last one. Both are spread over the tokens of
/// the context and the token that stands for the whole, whose own score is that of no answer: as the question answering
/// of transformers does.
struct AnswerWindow: Sendable {
  /// A part of the context.
  struct Span: Sendable {
    /// The logarithm of its score.
    let logarithm: Double
    /// Where it is, in Unicode scalars of the context, from the first to the last of its words.
    let range: Range<Int>
  }

  /// The best, best first, and at most one for each part of the context.
  let spans: [Span]
  /// The logarithm of the score of no answer; −∞ where no token stands for it.
  let noAnswerLogarithm: Double

  /// Looks through a window.
  ///
  /// - Parameters:
  ///   - encoding: Question and context.
  ///   - start: The output of each token as the first of an answer.
  ///   - end: The output of each token as the last of an answer.
  ///   - classificationID: The token that stands for the whole.
  ///   - options: How many answers are wanted, and of how many tokens.
  init(
    _ encoding: Encoding, start: [Float], end: [Float], classificationID: TokenID?, _ options: AnswerOptions
  ) {
    let isContext = encoding.texts.map { $0 == 1 }
    let counts = encoding.ids.indices.map { isContext[$0] || encoding.ids[$0] == classificationID }
    let starts = Self.logProbabilities(start, counts)
    let ends = Self.logProbabilities(end, counts)
    noAnswerLogarithm = counts[0] && !isContext[0] ? starts[0] + ends[0] : -.infinity

    let words = Self.words(encoding)
    var best: [Range<Int>: Int] = [:]
    var spans: [Span] = []
    for first in isContext.indices where isContext[first] {
      let limit = min(isContext.count - first, options.maximumTokens)
      for last in first..<first + limit where isContext[last] {
        let range = words[first].lowerBound..<max(words[first].lowerBound, words[last].upperBound)
        let span = Span(logarithm: starts[first] + ends[last], range: range)
        if let known = best[range] {
          if span.logarithm > spans[known].logarithm { spans[known] = span }
        } else {
          best[range] = spans.count
          spans.append(span)
        }
      }
    }
    // Swift's sort is stable: of equal scores the earlier.
    spans.sort { $0.logarithm > $1.logarithm }
    self.spans = Array(spans.prefix(options.answerCount))
  }

  /// Logarithms of probabilities over the places that count.
  private static func logProbabilities(_ values: [Float], _ counts: [Bool]) -> [Double] {
    let places = values.indices.filter { counts[$0] }
    let largest = places.map { Double(values[$0]) }.max() ?? 0
    let total = log(places.reduce(0) { $0 + exp(Double(values[$1]) - largest) }) + largest
    return values.indices.map { counts[$0] ? Double(values[$0]) - total : -.infinity }
  }

  /// For each token of the context the place of its word, as far as the window holds it.
  private static func words(_ encoding: Encoding) -> [Range<Int>] {
    var ranges = encoding.offsets
    var first = 0
    for place in ranges.indices {
      let isSameWord =
        place > 0 && encoding.texts[place - 1] == 1 && encoding.texts[place] == 1
        && encoding.words[place] != nil && encoding.words[place - 1] == encoding.words[place]
      if !isSameWord { first = place }
      let start = encoding.offsets[first].lowerBound
      let range = start..<max(start, encoding.offsets[place].upperBound)
      for index in first...place { ranges[index] = range }
    }
    return ranges
  }
}
