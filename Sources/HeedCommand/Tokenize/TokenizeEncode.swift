import ArgumentParser
import Foundation
import HeedText

/// `heed tokenize encode`.
struct TokenizeEncode: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Turn each line into the numbers of its tokens, with spaces between them.")

  @OptionGroup var options: TokenizerOptions
  @Argument(help: "Text, gzipped or not (default: standard input).")
  var files: [String] = []
  @Flag(help: "Print the tokens themselves.")
  var tokens = false
  @Flag(
    help: """
      Print an object a line: ids, tokens, and offsets: for each token where its text begins and ends in the line, \
      counted in Unicode scalars.
      """)
  var json = false
  @Flag(
    name: .customLong("no-special-tokens"), help: "Leave out tokens such as </s> that are added to the text.")
  var withoutSpecialTokens = false

  mutating func perform() throws {
    if tokens, json { throw CommandError.usage("--tokens and --json exclude each other") }
    let tokenizer = try options.load()
    var output = ResultStream()
    try TextLines.forEach(in: files, flushing: &output) { line, _, _, output in
      if json {
        output.append(line: try jsonLine(Encoded(tokenizer, line, addingSpecialTokens: !withoutSpecialTokens)))
        return
      }
      let ids = tokenizer.encode(line, addingSpecialTokens: !withoutSpecialTokens)
      let words = ids.map { tokens ? tokenizer.token(for: $0) ?? "" : String($0) }
      output.append(line: words.joined(separator: " "))
    }
  }

  /// A line and its tokens.
  private struct Encoded: Encodable {
    let ids: [TokenID]
    let tokens: [String]
    let offsets: [[Int]]

    init(_ tokenizer: TextTokenizer, _ line: String, addingSpecialTokens: Bool) {
      let encoding = tokenizer.encoding(of: line, addingSpecialTokens: addingSpecialTokens)
      ids = encoding.ids
      tokens = encoding.tokens
      offsets = encoding.offsets.map { [$0.lowerBound, $0.upperBound] }
    }
  }
}

/// `heed tokenize decode`.
struct TokenizeDecode: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "decode", abstract: "Turn each line of token numbers back into text.")

  @OptionGroup var options: TokenizerOptions
  @Argument(help: "Lines of token numbers with spaces between them (default: standard input).")
  var files: [String] = []
  @Flag(help: "Keep tokens such as </s> in the text.")
  var keepSpecialTokens = false

  mutating func perform() throws {
    let tokenizer = try options.load()
    var output = ResultStream()
    try TextLines.forEach(in: files, flushing: &output) { line, file, number, output in
      let ids = try line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map { word -> TokenID in
        guard let id = TokenID(word), id >= 0, Int(id) < tokenizer.vocabularySize else {
          throw CommandError(
            .data,
            "\(file):\(number): expected token numbers from 0 to \(tokenizer.vocabularySize - 1), found "
              + "\"\(word.prefix(40))\"")
        }
        return id
      }
      output.append(line: tokenizer.decode(ids, skippingSpecialTokens: !keepSpecialTokens))
    }
  }
}
