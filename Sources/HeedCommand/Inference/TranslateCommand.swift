import ArgumentParser
import Foundation
import Heed
import HeedTraining

/// `heed translate`: lines in, translations out.
struct TranslateCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "translate", abstract: "Translate lines of standard input, or the arguments.",
    discussion: """
      Writes as many results as there are lines, in their order, as soon as they are ready. Lines without text stay \
      as they are.
      """)

  @OptionGroup(title: "Model") var model: ModelOptions
  @OptionGroup(title: "Search") var search: SearchFlags
  @OptionGroup(title: "Drawing") var sampling: SamplingFlags
  @OptionGroup(title: "Machine") var machine: MachineOptions

  @Option(
    name: [.customLong("n-best"), .customLong("nbest")],
    help: "Write so many translations of each line, as Moses does: line ||| text ||| score.")
  var nBest: Int?

  @Flag(help: "Write the score and a tab before each translation.")
  var scores = false

  @Flag(
    help: "Write ||| and the pairs of words that belong together, source-target, behind each translation.")
  var alignments = false

  @Option(help: "The decoder layer, from 0, that alignments are read off (default: the last but one).")
  var attentionLayer: Int?

  @Flag(help: "Write a JSON object for each line.")
  var json = false

  @Option(help: "What every translation begins with.")
  var prefix = ""

  @Option(
    help: ArgumentHelp(
      "Write the log-probability of each given translation instead of searching for one.", valueName: "file"))
  var scoreReferences: String?

  @Argument(help: "Texts to translate (default: standard input, a text a line).")
  var texts: [String] = []

  /// Lines that are translated together; large enough for full batches, small enough that results flow.
  private static let windowLineCount = 512
  private static let windowBytes = 1 << 16

  func perform() throws {
    Machine.exitOnInterrupt()
    try machine.apply()
    let printer = try printer()
    let translator = try model.translator()
    let options = try translationOptions(translator)
    // Wrong options are wrong before any line is read.
    try withFlagNames { _ = try translator.translate([], options) }

    var output = ResultStream()
    var references = try scoreReferences.map { try GivenTranslations($0) }
    var input = LineSource.standardInput
    // A paragraph, or a page; a line of a megabyte is a file without its line ends.
    input.longestLine = 1 << 18
    var index = 0
    while true {
      let lines =
        texts.isEmpty
        ? try input.window(maximumCount: Self.windowLineCount, maximumBytes: Self.windowBytes)
        : Array(texts.dropFirst(index).prefix(Self.windowLineCount))
      if lines.isEmpty { break }
      let translations =
        if references != nil {
          try translator.score(
            lines, translations: try references?.next(lines.count) ?? [], options, firstLine: index)
        } else {
          try translator.translate(lines, options, firstLine: index)
        }
      for translation in translations {
        try printer.print(translation, index: index, to: &output)
        index += 1
      }
      try output.flush()
    }
    try references?.finish()
  }

  private func printer() throws -> TranslationPrinter {
    if let nBest, nBest < 1 { throw CommandError.usage("--n-best must be at least 1, got \(nBest)") }
    if scoreReferences != nil {
      guard nBest == nil else { throw CommandError.usage("--n-best cannot be used with --score-references") }
      guard prefix.isEmpty else {
        throw CommandError.usage("--prefix cannot be used with --score-references")
      }
    }
    let form: TranslationPrinter.Form =
      if json {
        .json
      } else if let nBest {
        .nBest(nBest)
      } else if scoreReferences != nil && !scores {
        .logProbability
      } else {
        .text(withScore: scores)
      }
    return TranslationPrinter(form: form, showsAlignments: alignments)
  }

  private func translationOptions(_ translator: Translator) throws -> TranslationOptions {
    var options = try search.translationOptions(translator)
    let draws = sampling.isAsked || sampling.seed != nil
    options.sampling = draws ? try sampling.options(translator.defaults.sampling) : nil
    options.hypothesisCount = nBest ?? 1
    options.alignsWords = alignments
    options.attentionLayer = attentionLayer
    options.prefix = prefix
    if let attentionLayer {
      guard alignments else { throw CommandError.usage("--attention-layer is only for --alignments") }
      guard let count = translator.configuration?.decoderLayerCount else {
        throw CommandError.usage("--attention-layer is only for Transformers, and the model is none")
      }
      guard (0..<count).contains(attentionLayer) else {
        throw CommandError.usage("--attention-layer must be from 0 to \(count - 1), got \(attentionLayer)")
      }
    }
    return options
  }
}

/// The translations that are to be scored, read along with the sources.
private struct GivenTranslations {
  private let reader: LineReader
  private var line: [UInt8] = []

  init(_ file: String) throws {
    reader = try LineReader(file, maximumLineLength: 1 << 26)
  }

  /// The next `count` lines.
  mutating func next(_ count: Int) throws -> [String] {
    var lines: [String] = []
    for _ in 0..<count {
      guard try reader.next(into: &line) == .line else {
        throw CommandError(
          .data,
          "\(reader.file): there is no line \(reader.lineCount + 1); expected a translation for each source")
      }
      guard let text = String(validating: line, as: UTF8.self) else {
        throw CommandError(.data, "\(reader.file):\(reader.lineCount): not UTF-8; convert the file first")
      }
      lines.append(text)
    }
    return lines
  }

  /// Checks that nothing is left over.
  mutating func finish() throws {
    guard try reader.next(into: &line) == .end else {
      throw CommandError(
        .data, "\(reader.file): there are more lines than sources; expected a translation for each source")
    }
  }
}
