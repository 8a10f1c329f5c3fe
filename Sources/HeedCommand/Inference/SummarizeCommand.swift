import ArgumentParser
import Foundation
import Heed
import HeedTraining

/// `heed summarize`: texts in, summaries out.
struct SummarizeCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "summarize", abstract: "Summarise texts with an encoder-decoder.",
    discussion: """
      Each argument, each --file, or each line of standard input is a text; a summary a line, in their order. What a \
      model cannot read, because it reads only so many tokens, is said on standard error.
      """)

  @Option(
    name: [.customShort("m"), .long],
    help: ArgumentHelp("A model directory: bart, t5, or trained with Heed.", valueName: "dir"))
  var model: String

  @Option(
    name: [.customLong("prefix"), .customLong("source-prefix")],
    help: ArgumentHelp(
      "What every text begins with (default: what the model's task_specific_params say).", valueName: "text"))
  var prefix: String?

  @Option(help: ArgumentHelp("A file with one text; may be repeated.", valueName: "file"))
  var file: [String] = []

  @OptionGroup var weights: PrecisionOptions
  @OptionGroup(title: "Search") var flags: GenerationFlags
  @OptionGroup(title: "Machine") var machine: MachineOptions

  @Flag(help: "Write a JSON object for each text.")
  var json = false

  @Argument(help: "Texts to summarise (default: standard input, a text a line).")
  var texts: [String] = []

  private static let windowTextCount = 16
  private static let windowBytes = 1 << 18

  func perform() throws {
    Machine.exitOnInterrupt()
    try machine.apply()
    guard texts.isEmpty || file.isEmpty else {
      throw CommandError.usage("give texts as arguments or with --file, not both")
    }
    let given = try texts + file.map { try read($0) }
    let summarizer = try Summarizer(
      directory: try modelDirectory(model), prefix: prefix, flags.source, precision: weights.precision)
    let options = try flags.options(summarizer.defaults)
    try withFlagNames { _ = try summarizer.summarize([], options) }
    guard given.isEmpty else { return try write(given, first: 0, summarizer, options) }
    var input = LineSource.standardInput
    var first = 0
    while true {
      let lines = try input.window(maximumCount: Self.windowTextCount, maximumBytes: Self.windowBytes)
      if lines.isEmpty { return }
      try write(lines, first: first, summarizer, options)
      first += lines.count
    }
  }

  private func read(_ path: String) throws -> String {
    switch POSIX.readFile(path, limit: 1 << 28) {
    case .success(let bytes):
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw CommandError(.data, "\(path): not UTF-8; convert it first, for example with iconv -t UTF-8")
      }
      return text
    case .failure(let failure):
      throw CommandError(.missingInput, "\(path): cannot be read: \(failure.message)")
    }
  }

  private func write(
    _ texts: [String], first: Int, _ summarizer: Summarizer, _ options: GenerationOptions
  ) throws {
    var output = ResultStream()
    for (number, summary) in try summarizer.summarize(texts, options, first: first).enumerated() {
      if summary.unreadTokenCount > 0 {
        StandardError.say(
          "text \(first + number + 1): the model reads \(summarizer.lengthLimit) tokens; the last "
            + "\(summary.unreadTokenCount) were not read")
      }
      let record = SummaryRecord(
        index: first + number, summary: summary.text, score: summary.score,
        unreadTokens: summary.unreadTokenCount)
      output.append(line: json ? try jsonLine(record) : summary.text.replacing("\n", with: " "))
    }
    try output.flush()
  }
}

/// What `--json` writes for a text.
private struct SummaryRecord: Encodable {
  let index: Int
  let summary: String
  let score: Float
  let unreadTokens: Int
}
