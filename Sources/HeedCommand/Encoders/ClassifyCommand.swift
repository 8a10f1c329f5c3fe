import ArgumentParser
import Foundation
import Heed

/// `heed classify`: puts labels on texts, or on their words.
struct ClassifyCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "classify", abstract: "Put labels on texts, or on their words, as the model does.",
    discussion: """
      For a model of texts, writes a line for each text: its label and the probability, and with --top-k or --all more \
      of them, with tabs between them. For a model of tokens, writes a line for each labelled part of a text: label, \
      probability, where the part begins and ends in the text, counted in Unicode scalars, and the part; an empty line \
      stands behind each text.
      """)

  @OptionGroup(title: "Model") var options: EncoderOptions
  @OptionGroup(title: "Machine") var machine: MachineOptions

  @Flag(help: "Each line is a pair of texts with a tab between them.")
  var pair = false

  @Option(name: [.customShort("k"), .long], help: "How many labels are shown for a text (default: 1).")
  var topK: Int?

  @Flag(help: "Show all labels of a text.")
  var all = false

  @Option(
    help:
      "What becomes of the outputs: softmax, sigmoid or none (default: what config.json says of the labels).")
  var function: TextClassifier.Scoring?

  @Option(help: "What labels of tokens are put on: none, simple, first, average or max (default: simple).")
  var aggregate: TokenClassifier.Aggregation?

  @Flag(help: "Cut texts that are too long for the model; otherwise they are refused.")
  var truncate = false

  @Flag(help: "Write a JSON object for each text.")
  var json = false

  @Argument(help: "Texts (default: standard input, a text a line).")
  var texts: [String] = []

  func perform() throws {
    Machine.exitOnInterrupt()
    try machine.apply()
    if let topK { try requireAtLeastOne(topK, "--top-k") }
    if all, topK != nil { throw CommandError.usage("--all and --top-k exclude each other") }
    let directory = try options.directory()
    if case .tokenClassification = try ModelDirectory(directory).configuration().head {
      try labelTokens(directory)
    } else {
      try labelTexts(directory)
    }
  }

  private func labelTexts(_ directory: URL) throws {
    guard aggregate == nil else {
      throw CommandError.usage("--aggregate is for models that label tokens, and this one labels texts")
    }
    var classifier = try TextClassifier(directory: directory, precision: options.precision)
    classifier.batchTokens = options.batchTokens
    classifier.cutsLongTexts = truncate
    if let function { classifier.scoring = function }
    let shown = all ? Int.max : topK ?? 1
    var output = ResultStream()
    try InputTexts(arguments: texts).forEachWindow { lines, first in
      let inputs = try lines.enumerated().map { try input($1, line: first + $0 + 1) }
      for (index, found) in try classifier.classify(inputs, firstLine: first).enumerated() {
        if json {
          output.append(line: try jsonLine(TextRecord(inputs[index], found, index: first + index)))
        } else {
          let columns = found.scores.prefix(shown).flatMap { [column($0.label), column($0.score)] }
          output.append(line: columns.joined(separator: "\t"))
        }
      }
      try output.flush()
    }
  }

  private func input(_ line: String, line number: Int) throws -> TextClassifier.Input {
    guard pair else { return TextClassifier.Input(line) }
    let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
    guard parts.count == 2 else {
      throw CommandError(
        .data, "line \(number): expected two texts with a tab between them, found \(parts.count - 1) tabs")
    }
    return TextClassifier.Input(String(parts[0]), pair: String(parts[1]))
  }

  private func labelTokens(_ directory: URL) throws {
    let unused = [
      ("--pair", pair), ("--top-k", topK != nil), ("--all", all), ("--function", function != nil),
    ]
    for (flag, isGiven) in unused where isGiven {
      throw CommandError.usage("\(flag) is for models that label texts, and this one labels tokens")
    }
    var classifier = try TokenClassifier(directory: directory, precision: options.precision)
    classifier.batchTokens = options.batchTokens
    classifier.cutsLongTexts = truncate
    var output = ResultStream()
    try InputTexts(arguments: texts).forEachWindow { lines, first in
      let found = try classifier.label(lines, aggregate ?? .simple, firstLine: first)
      for (index, spans) in found.enumerated() {
        if json {
          output.append(line: try jsonLine(SpanRecord(lines[index], spans, index: first + index)))
          continue
        }
        for span in spans {
          let columns = [
            column(span.label), column(span.score), "\(span.range.lowerBound)", "\(span.range.upperBound)",
            column(span.text),
          ]
          output.append(line: columns.joined(separator: "\t"))
        }
        output.append(line: "")
      }
      try output.flush()
    }
  }

  private struct TextRecord: Encodable {
    struct Score: Encodable {
      let label: String
      let score: Float
    }
    let index: Int
    let text: String
    let pair: String?
    let label: String
    let scores: [Score]

    init(_ input: TextClassifier.Input, _ found: Classification, index: Int) {
      self.index = index
      text = input.text
      pair = input.pair
      label = found.label
      scores = found.scores.map { Score(label: $0.label, score: $0.score) }
    }
  }

  private struct SpanRecord: Encodable {
    struct Span: Encodable {
      let label: String
      let score: Float
      let start: Int
      let end: Int
      let text: String
    }
    let index: Int
    let text: String
    let spans: [Span]

    init(_ text: String, _ spans: [LabeledSpan], index: Int) {
      self.index = index
      self.text = text
      self.spans = spans.map {
        Span(
          label: $0.label, score: $0.score, start: $0.range.lowerBound, end: $0.range.upperBound,
          text: $0.text)
      }
    }
  }
}

extension TextClassifier.Scoring: ExpressibleByArgument {}
extension TokenClassifier.Aggregation: ExpressibleByArgument {}
