/// A sign that text was not brought back to its ordinary form before scoring, so that the score means little.
public enum EvaluationWarning: Hashable, Sendable, CustomStringConvertible {
  /// Hypotheses hold marks of subwords; `line` is the first of them, counted from 1.
  case leftoverSubwords(mark: String, lineCount: Int, line: Int)
  /// References hold marks of subwords; `stream` counts from 1.
  case leftoverSubwordsInReferences(stream: Int, mark: String, lineCount: Int, line: Int)
  /// Hypotheses have punctuation set apart as a tokenizer does.
  case tokenizedHypotheses(lineCount: Int, line: Int)
  /// References have punctuation set apart as a tokenizer does; `stream` counts from 1.
  case tokenizedReferences(stream: Int, lineCount: Int, line: Int)

  /// One sentence: what was found, where, and what to do.
  public var description: String {
    switch self {
    case .leftoverSubwords(let mark, let lineCount, let line):
      "\(lineCount) hypotheses hold the subword mark \"\(mark)\" (first on line \(line)); join the pieces to words "
        + "before scoring."
    case .leftoverSubwordsInReferences(let stream, let mark, let lineCount, let line):
      "\(lineCount) lines of reference \(stream) hold the subword mark \"\(mark)\" (first on line \(line)); use the "
        + "original text, or join the pieces to words before scoring."
    case .tokenizedHypotheses(let lineCount, let line):
      "\(lineCount) hypotheses look tokenised (first on line \(line)); detokenise them, or the score cannot be "
        + "compared with others."
    case .tokenizedReferences(let stream, let lineCount, let line):
      "\(lineCount) lines of reference \(stream) look tokenised (first on line \(line)); use the original text, or the "
        + "score cannot be compared with others."
    }
  }
}

/// Looks for signs that lines are not fit to be scored.
///
/// - Parameters:
///   - hypotheses: The lines to judge.
///   - references: Streams of references.
/// - Returns: What looks wrong; empty if nothing does.
public func warnings(hypotheses: [String], references: [[String]]) -> [EvaluationWarning] {
  var warnings = subwordWarnings(hypotheses: hypotheses, references: references)
  if let (count, line) = tokenizedLines(hypotheses) {
    warnings.append(.tokenizedHypotheses(lineCount: count, line: line))
  }
  for (index, stream) in references.enumerated() {
    if let (count, line) = tokenizedLines(stream) {
      warnings.append(.tokenizedReferences(stream: index + 1, lineCount: count, line: line))
    }
  }
  return warnings
}

/// Looks for marks of subwords in lines that are to be scored; all of `warnings` that concerns metrics which pass over
/// punctuation.
///
/// - Parameters:
///   - hypotheses: The lines to judge.
///   - references: Streams of references.
/// - Returns: What looks wrong; empty if nothing does.
public func subwordWarnings(hypotheses: [String], references: [[String]]) -> [EvaluationWarning] {
  subwordMarks(hypotheses).map { .leftoverSubwords(mark: $0.mark, lineCount: $0.count, line: $0.line) }
    + references.enumerated().flatMap { index, stream in
      subwordMarks(stream).map {
        .leftoverSubwordsInReferences(stream: index + 1, mark: $0.mark, lineCount: $0.count, line: $0.line)
      }
    }
}

/// The marks of subwords that lines hold, in how many, and which is the first.
private func subwordMarks(_ lines: [String]) -> [(mark: String, count: Int, line: Int)] {
  [("@@ ", Scalars([0x40, 0x40])), ("▁", [0x2581])].compactMap { mark, scalars in
    let marked = lines.indices.filter { index in
      lines[index].scalarValues.words().contains { word in
        mark == "▁" ? word.contains(scalars[0]) : word.count > 2 && word.suffix(2) == scalars[...]
      }
    }
    return marked.first.map { (mark, marked.count, $0 + 1) }
  }
}

/// How many lines look tokenised and which is the first, or nil if the stream as a whole does not.
///
/// A stream looks tokenised if, of the lines that have a comma or end in a full stop, more than half have white space
/// before it. French puts a space before question marks, so they tell something only where there is nothing else to go by: a
/// stream without commas and full stops looks tokenised if more than half of its questions and exclamations have one.
private func tokenizedLines(_ lines: [String]) -> (count: Int, line: Int)? {
  var (punctuatedCount, askingCount) = (0, 0)
  var (tokenized, asking): ([Int], [Int]) = ([], [])
  for (index, line) in lines.enumerated() {
    let words = line.scalarValues.words()
    guard let last = words.last else { continue }
    if last.last == 0x2E || words.contains(where: { $0.last == 0x2C }) { punctuatedCount += 1 }
    if words.count > 1, last == [0x2E] || words.contains([0x2C]) { tokenized.append(index) }
    if last.last == 0x3F || last.last == 0x21 {
      askingCount += 1
      if words.count > 1, last.count == 1 { asking.append(index) }
    }
  }
  if punctuatedCount == 0 { (punctuatedCount, tokenized) = (askingCount, asking) }
  guard let first = tokenized.first, tokenized.count * 2 > punctuatedCount else { return nil }
  return (tokenized.count, first + 1)
}
