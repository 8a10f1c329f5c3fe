import ArgumentParser
import Foundation
import HeedText

/// `heed tokenize diff`.
struct TokenizeDiff: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Show where two tokenizers first differ on a text.",
    discussion: """
      Ends with status 0 if they give the same tokens for every line, and with 1 if not. Tokens are compared by their \
      spelling, or by their numbers with --ids.
      """)

  @Argument(help: "A tokenizer.json, a SentencePiece model, or the directory of a model.")
  var first: String
  @Argument(help: "Another one.")
  var second: String
  @Option(
    name: .long, parsing: .upToNextOption,
    help: "Text, gzipped or not (default: standard input).")
  var input: [String] = []
  @Flag(help: "Compare the numbers of tokens too.")
  var ids = false
  @Flag(
    name: .customLong("no-special-tokens"), help: "Leave out tokens such as </s> that are added to the text.")
  var withoutSpecialTokens = false
  @Option(help: "How many differing lines to show.")
  var show = 1
  @Flag(help: "Print one object with everything.")
  var json = false

  /// What was found.
  private struct Report: Encodable {
    var lines = 0
    var differingLines = 0
    var firstTokens = 0
    var secondTokens = 0
    var differences: [Difference] = []
  }

  /// A line on which the two differ.
  private struct Difference: Encodable {
    let file: String
    let line: Int
    /// How many tokens are equal before they differ.
    let equalTokens: Int
    /// Where in the line the first token that differs begins, in Unicode scalars; nil if the line ends there.
    let offset: Int?
    let text: String
    let first: [String]
    let second: [String]
  }

  mutating func perform() throws {
    guard show >= 0 else { throw CommandError.usage("--show must not be negative, got \(show)") }
    let one = try TokenizerLoader.load(first)
    let other = try TokenizerLoader.load(second)
    var report = Report()
    var output = ResultStream()
    try TextLines.forEach(in: input, flushing: &output) { line, file, number, _ in
      let left = one.encode(line, addingSpecialTokens: !withoutSpecialTokens)
      let right = other.encode(line, addingSpecialTokens: !withoutSpecialTokens)
      report.lines += 1
      report.firstTokens += left.count
      report.secondTokens += right.count
      guard let equal = equalCount(left, one, right, other) else { return }
      report.differingLines += 1
      guard report.differences.count < show else { return }
      report.differences.append(
        Difference(
          file: file, line: number, equalTokens: equal,
          offset: offset(equal, one, line) ?? offset(equal, other, line), text: line,
          first: left.map { name($0, one) }, second: right.map { name($0, other) }))
    }
    if json {
      try ResultStream.write(json: report)
    } else {
      try write(report)
    }
    if report.differingLines > 0 { throw ExitCode(1) }
  }

  /// Where a token begins in a line, or nil if there is no such token, or it was added.
  private func offset(_ position: Int, _ tokenizer: TextTokenizer, _ line: String) -> Int? {
    let encoding = tokenizer.encoding(of: line, addingSpecialTokens: !withoutSpecialTokens)
    guard position < encoding.count, !encoding.isSpecial[position] else { return nil }
    return encoding.offsets[position].lowerBound
  }

  private func name(_ id: TokenID, _ tokenizer: TextTokenizer) -> String {
    let spelling = tokenizer.token(for: id) ?? ""
    return ids ? "\(spelling)(\(id))" : spelling
  }

  /// How many tokens are equal before the first that differs; nil if none does.
  private func equalCount(
    _ left: [TokenID], _ one: TextTokenizer, _ right: [TokenID], _ other: TextTokenizer
  ) -> Int? {
    for (position, (leftID, rightID)) in zip(left, right).enumerated() {
      if ids, leftID != rightID { return position }
      // Byte by byte: strings would be equal that are only composed in different ways.
      let (leftToken, rightToken) = (one.token(for: leftID) ?? "", other.token(for: rightID) ?? "")
      guard leftToken.utf8.elementsEqual(rightToken.utf8) else { return position }
    }
    return left.count == right.count ? nil : min(left.count, right.count)
  }

  private func write(_ report: Report) throws {
    var output = ResultStream()
    for difference in report.differences {
      let place = difference.offset.map { ", at character \($0)" } ?? ""
      output.append(
        line: "\(difference.file), line \(difference.line), differs\(place), after \(difference.equalTokens) "
          + "equal tokens:")
      output.append(line: "  text    \(difference.text)")
      for (label, tokens) in [("first ", difference.first), ("second", difference.second)] {
        output.append(line: "  \(label)  \(excerpt(tokens, around: difference.equalTokens))")
      }
    }
    output.append(
      line: "\(report.differingLines) of \(report.lines) lines differ; "
        + "\(report.firstTokens) tokens in the first, \(report.secondTokens) in the second")
    try output.flush()
  }

  /// The tokens near a place, which a bar marks.
  private func excerpt(_ tokens: [String], around place: Int) -> String {
    let start = max(place - 4, 0)
    let end = min(place + 8, tokens.count)
    return (start > 0 ? "… " : "") + tokens[start..<place].joined(separator: " ")
      + (start < place ? " | " : "| ")
      + tokens[place..<end].joined(separator: " ") + (end < tokens.count ? " …" : "")
  }
}
