/// Joins tokens with probabilities of labels to spans, as the token classification of transformers does.
struct LabelAggregator {
  /// A token of a text.
  struct Token {
    /// Its place in the text, in Unicode scalars.
    let range: Range<Int>
    /// A probability for each label.
    let probabilities: [Float]
    /// Whether it is not the first of its word.
    let continuesWord: Bool
  }

  /// A part of the text with a label.
  struct Span: Hashable {
    var label: String
    var score: Float
    var range: Range<Int>
  }

  let labels: [String]
  let aggregation: TokenClassifier.Aggregation

  init(labels: [String], _ aggregation: TokenClassifier.Aggregation) {
    self.labels = labels
    self.aggregation = aggregation
  }

  /// The spans of a text, those without any meaning too.
  func spans(_ tokens: [Token]) -> [Span] {
    switch aggregation {
    case .none: tokens.map { span([$0], $0.probabilities) }
    case .simple: groups(tokens.map { span([$0], $0.probabilities) })
    case .first, .average, .max: groups(words(tokens).map { span($0, probabilities($0)) })
    }
  }

  private func words(_ tokens: [Token]) -> [[Token]] {
    var words: [[Token]] = []
    for token in tokens {
      if token.continuesWord, let last = words.indices.last {
        words[last].append(token)
      } else {
        words.append([token])
      }
    }
    return words
  }

  /// What the tokens of a word say together.
  private func probabilities(_ word: [Token]) -> [Float] {
    switch aggregation {
    case .average:
      return labels.indices.map { label in
        word.reduce(0) { $0 + $1.probabilities[label] } / Float(word.count)
      }
    case .max:
      var best = word[0].probabilities
      for token in word.dropFirst() where token.probabilities.max() ?? 0 > best.max() ?? 0 {
        best = token.probabilities
      }
      return best
    case .none, .simple, .first:
      return word[0].probabilities
    }
  }

  private func span(_ tokens: [Token], _ probabilities: [Float]) -> Span {
    var best = 0
    for label in probabilities.indices where probabilities[label] > probabilities[best] { best = label }
    let start = tokens.first?.range.lowerBound ?? 0
    return Span(
      label: labels[best], score: probabilities[best],
      range: start..<max(start, tokens.last?.range.upperBound ?? 0))
  }

  /// Joins neighbours with one label, unless the later begins a span of its own.
  private func groups(_ spans: [Span]) -> [Span] {
    var groups: [[Span]] = []
    for span in spans {
      let (begins, kind) = Self.parts(span.label)
      if let last = groups.last?.last, !begins, Self.parts(last.label).kind == kind {
        groups[groups.count - 1].append(span)
      } else {
        groups.append([span])
      }
    }
    return groups.compactMap { group in
      guard let first = group.first, let last = group.last else { return nil }
      // What stands behind the first hyphen, whatever is before it.
      let label = first.label.firstIndex(of: "-").map { first.label[first.label.index(after: $0)...] }
      let start = first.range.lowerBound
      return Span(
        label: label.map(String.init) ?? first.label,
        score: group.reduce(0) { $0 + $1.score } / Float(group.count),
        range: start..<max(start, last.range.upperBound))
    }
  }

  private static func parts(_ label: String) -> (begins: Bool, kind: Substring) {
    if label.hasPrefix("B-") { return (true, label.dropFirst(2)) }
    if label.hasPrefix("I-") { return (false, label.dropFirst(2)) }
    return (false, label[...])
  }
}
