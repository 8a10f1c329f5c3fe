import ArgumentParser
import Heed

/// `heed fill`: guesses hidden words.
struct FillCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "fill", abstract: "Guess hidden words: heed fill \"Paris is the [MASK] of France.\"",
    discussion: """
      Writes for each mask the likeliest words, a line each: the probability, the word, and the text with it, with \
      tabs between them. Where a text has several masks, the number of the mask comes first. An empty line stands \
      between texts.
      """)

  @OptionGroup(title: "Model") var options: EncoderOptions
  @OptionGroup(title: "Machine") var machine: MachineOptions

  @Option(name: [.customShort("k"), .long], help: "How many words are shown for each mask.")
  var topK = 5

  @Flag(help: "Write a JSON object for each text.")
  var json = false

  @Argument(help: "Texts with masks (default: standard input, a text a line).")
  var texts: [String] = []

  func perform() throws {
    Machine.exitOnInterrupt()
    try machine.apply()
    try requireAtLeastOne(topK, "--top-k")
    var filler = try MaskFiller(directory: options.directory(), precision: options.precision)
    filler.batchTokens = options.batchTokens
    var output = ResultStream()
    try InputTexts(arguments: texts).forEachWindow { lines, first in
      for (index, filled) in try filler.fill(lines, candidateCount: topK, firstLine: first).enumerated() {
        if json {
          output.append(line: try jsonLine(Record(filled, index: first + index)))
        } else {
          if first + index > 0 { output.append(line: "") }
          Self.print(filled, to: &output)
        }
      }
      try output.flush()
    }
  }

  private static func print(_ filled: FilledText, to output: inout ResultStream) {
    for (number, mask) in filled.masks.enumerated() {
      for candidate in mask.candidates {
        let columns = [column(candidate.probability), column(candidate.word), column(candidate.text)]
        let numbered = filled.masks.count > 1 ? ["\(number + 1)"] + columns : columns
        output.append(line: numbered.joined(separator: "\t"))
      }
    }
  }

  private struct Record: Encodable {
    struct Candidate: Encodable {
      let id: TokenID
      let token: String
      let word: String
      let score: Float
      let text: String
    }
    struct Mask: Encodable {
      let start: Int
      let end: Int
      let candidates: [Candidate]
    }
    let index: Int
    let source: String
    let text: String
    let masks: [Mask]

    init(_ filled: FilledText, index: Int) {
      self.index = index
      source = filled.source
      text = filled.text
      masks = filled.masks.map { mask in
        Mask(
          start: mask.range.lowerBound, end: mask.range.upperBound,
          candidates: mask.candidates.map {
            Candidate(id: $0.id, token: $0.token, word: $0.word, score: $0.probability, text: $0.text)
          })
      }
    }
  }
}
