import ArgumentParser
import Foundation
import Heed

/// Which text encoder is run, and how much of a text at a time.
struct EncoderOptions: ParsableArguments {
  @Option(
    name: [.customShort("m"), .long],
    help: ArgumentHelp("A model directory (BERT, RoBERTa, DistilBERT).", valueName: "dir"))
  var model: String

  @Option(help: "The most tokens that are computed together; results do not depend on it.")
  var batchTokens = 2048

  @OptionGroup var weights: PrecisionOptions

  /// How the weights are held.
  var precision: WeightPrecision? { weights.precision }

  /// The directory, which must be there.
  func directory() throws -> URL {
    try requireAtLeastOne(batchTokens, "--batch-tokens")
    return try modelDirectory(model)
  }
}

/// Checks a count that a flag was given.
func requireAtLeastOne(_ value: Int, _ flag: String) throws {
  guard value >= 1 else { throw CommandError.usage("\(flag) must be at least 1, got \(value)") }
}

/// Texts of the arguments, or of standard input, a text a line.
struct InputTexts {
  /// The arguments; none for standard input.
  let arguments: [String]

  /// Lines that are computed together; large enough for full batches, small enough that results flow.
  private static let windowLineCount = 512
  private static let windowBytes = 1 << 16

  /// Calls `body` with the next texts and the number of the first of them, counted from 0, until there are no more.
  func forEachWindow(_ body: ([String], Int) throws -> Void) throws {
    var input = LineSource.standardInput
    var index = 0
    while true {
      let lines =
        arguments.isEmpty
        ? try input.window(maximumCount: Self.windowLineCount, maximumBytes: Self.windowBytes)
        : Array(arguments.dropFirst(index).prefix(Self.windowLineCount))
      if lines.isEmpty { return }
      try body(lines, index)
      index += lines.count
    }
  }
}

/// A text on one line, fit for a column between tabs.
func column(_ text: String) -> String {
  guard text.utf8.contains(where: { $0 == 0x09 || $0 == 0x0A || $0 == 0x0D }) else { return text }
  return String(
    String.UnicodeScalarView(
      text.unicodeScalars.map { $0 == "\n" || $0 == "\r" || $0 == "\t" ? " " : $0 }))
}

/// A probability as a column shows it.
func column(_ probability: Float) -> String { Double(probability).formatted(5) }
