import ArgumentParser
import Foundation
import HeedModels
import HeedText
import HeedTraining

/// `heed tokenize`: vocabularies by themselves.
struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Learn a vocabulary, or turn text into tokens and back.",
    subcommands: [TokenizeTrain.self, TokenizeEncode.self, TokenizeDecode.self])
}

/// `heed tokenize train`.
struct TokenizeTrain: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Learn a byte-pair encoding from text and write it as tokenizer.json.")

  /// How text is cut into words, by its name on the command line.
  enum Scheme: String, ExpressibleByArgument, CaseIterable {
    case metaspace
    case byteLevel = "byte-level"
  }
  /// The normal form of text, by its name on the command line.
  enum Normalization: String, ExpressibleByArgument, CaseIterable {
    case none, nfc, nfkc
  }

  @Option(
    name: .long, parsing: .upToNextOption,
    help: "Text, a sentence a line, gzipped or not (default: standard input).")
  var input: [String] = []
  @Option(help: "The file to write.")
  var output: String
  @Option(help: "Tokens of the vocabulary, special ones included.")
  var vocabularySize = 8000
  @Option(help: "metaspace: characters, words begin with ▁; byte-level: bytes, as GPT-2.")
  var scheme = Scheme.metaspace
  @Option(help: "The normal form of text: none, nfc or nfkc.")
  var normalization = Normalization.nfc
  @Option(help: "How often a pair must occur to be merged.")
  var minFrequency = 2
  @Flag(help: "Bring text into lower case.")
  var lowercase = false
  @Flag(inversion: .prefixedNo, help: "Keep punctuation marks apart from words.")
  var splitPunctuation = true
  @Flag(help: "Make each digit a token.")
  var splitDigits = false
  @Flag(inversion: .prefixedNo, help: "Spell unknown characters in bytes (metaspace only).")
  var byteFallback = true
  @Flag(help: "Replace an existing file.")
  var overwrite = false

  mutating func perform() throws {
    guard (16...1 << 24).contains(vocabularySize) else {
      throw CommandError.usage("--vocabulary-size must be from 16 to \(1 << 24), got \(vocabularySize)")
    }
    guard minFrequency >= 1 else {
      throw CommandError.usage("--min-frequency must be at least 1, got \(minFrequency)")
    }
    guard overwrite || POSIX.status(output) == nil else {
      throw CommandError.usage("\(output) exists; replace it with --overwrite, or choose another file")
    }
    var recipe = VocabularyRecipe()
    recipe.size = vocabularySize
    recipe.minimumFrequency = minFrequency
    recipe.lowercase = lowercase
    recipe.splitPunctuation = splitPunctuation
    recipe.splitDigits = splitDigits
    recipe.scheme = scheme == .metaspace ? .metaspace : .byteLevel
    recipe.byteFallback = byteFallback && scheme == .metaspace
    recipe.normalization =
      switch normalization {
      case .none: .none
      case .nfc: .nfc
      case .nfkc: .nfkc
      }
    var trainer = BPETrainer(Vocabularies.options(recipe))
    try TextLines.forEach(in: input) { line, _, _ in trainer.add(line) }
    let tokenizer = try trainer.train()
    try AtomicFile.write(tokenizer.json, to: URL(fileURLWithPath: output))
    StandardError.say("\(trainer.lineCount) lines, \(tokenizer.vocabularySize) tokens, written to \(output)")
  }
}

/// `heed tokenize encode`.
struct TokenizeEncode: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Turn each line into the numbers of its tokens, with spaces between them.")

  @Option(help: "A tokenizer.json, or the directory of a model.")
  var tokenizer: String
  @Argument(help: "Text, gzipped or not (default: standard input).")
  var files: [String] = []
  @Flag(help: "Print the tokens themselves.")
  var tokens = false
  @Flag(
    name: .customLong("no-special-tokens"), help: "Leave out tokens such as </s> that are added to the text.")
  var withoutSpecialTokens = false

  mutating func perform() throws {
    let tokenizer = try TextLines.tokenizer(tokenizer)
    try TextLines.forEach(in: files) { line, _, _ in
      let ids = tokenizer.encode(line, addingSpecialTokens: !withoutSpecialTokens)
      let words = ids.map { tokens ? tokenizer.token(for: $0) ?? "" : String($0) }
      print(words.joined(separator: " "))
    }
  }
}

/// `heed tokenize decode`.
struct TokenizeDecode: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "decode", abstract: "Turn each line of token numbers back into text.")

  @Option(help: "A tokenizer.json, or the directory of a model.")
  var tokenizer: String
  @Argument(help: "Lines of token numbers with spaces between them (default: standard input).")
  var files: [String] = []
  @Flag(help: "Keep tokens such as </s> in the text.")
  var keepSpecialTokens = false

  mutating func perform() throws {
    let tokenizer = try TextLines.tokenizer(tokenizer)
    try TextLines.forEach(in: files) { line, file, number in
      let ids = try line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map { word -> TokenID in
        guard let id = TokenID(word), id >= 0, Int(id) < tokenizer.vocabularySize else {
          throw CommandError(
            .data,
            "\(file):\(number): expected token numbers from 0 to \(tokenizer.vocabularySize - 1), found \"\(word.prefix(40))\""
          )
        }
        return id
      }
      print(tokenizer.decode(ids, skippingSpecialTokens: !keepSpecialTokens))
    }
  }
}

/// Lines of files or of standard input.
private enum TextLines {
  /// Calls `body` with each line, its file and its number.
  ///
  /// - Throws: `CorpusError` for a file that cannot be read, is not UTF-8 or has an overlong line.
  static func forEach(in files: [String], _ body: (String, String, Int) throws -> Void) throws {
    for file in files.isEmpty ? ["/dev/stdin"] : files {
      let reader = try LineReader(file == "-" ? "/dev/stdin" : file)
      var bytes: [UInt8] = []
      while true {
        switch try reader.next(into: &bytes) {
        case .end: break
        case .tooLong:
          throw CorpusError(
            file: file, line: reader.lineCount, .lineTooLong(limit: reader.maximumLineLength))
        case .line:
          if let offset = bytes.withUnsafeBytes(UTF8Validation.firstInvalidOffset) {
            throw CorpusError(file: file, line: reader.lineCount, .notUTF8(byte: offset + 1))
          }
          try body(String(decoding: bytes, as: UTF8.self), file, reader.lineCount)
          continue
        }
        break
      }
    }
  }

  /// The tokenizer of a file or of a model's directory.
  static func tokenizer(_ path: String) throws -> TextTokenizer {
    let url = URL(fileURLWithPath: path)
    let isDirectory = POSIX.status(path)?.isDirectory ?? false
    return try TextTokenizer(contentsOf: isDirectory ? ModelDirectory(url).tokenizerURL : url)
  }
}
