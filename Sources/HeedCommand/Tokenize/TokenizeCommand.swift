import ArgumentParser
import Foundation
import HeedModels
import HeedText
import HeedTraining

/// `heed tokenize`: vocabularies by themselves.
struct TokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "Learn a vocabulary, turn text into tokens and back, compare tokenizers.",
    subcommands: [TokenizeTrain.self, TokenizeEncode.self, TokenizeDecode.self, TokenizeDiff.self])
}

/// Which tokenizer is meant.
struct TokenizerOptions: ParsableArguments {
  @Option(
    help: """
      A tokenizer.json, a SentencePiece model, or the directory of a model, whose tokenizer may come in any form of its \
      family.
      """)
  var tokenizer: String
  @Flag(help: "Use the tokenizer of the target side, where a directory has one of its own (Marian).")
  var target = false
  @Option(help: "The language of the text, for models that are told it (M2M100).")
  var sourceLanguage: String?
  @Option(help: "The language that it is translated into, for models that are told it (M2M100, Marian).")
  var targetLanguage: String?

  func load() throws -> TextTokenizer {
    guard POSIX.status(tokenizer)?.isDirectory ?? false else {
      if target || sourceLanguage != nil || targetLanguage != nil {
        throw CommandError.usage("--target and the languages need the directory of a model, and \(tokenizer) is a file")
      }
      return try TokenizerLoader.load(tokenizer)
    }
    let directory = try TokenizerDirectory(
      URL(fileURLWithPath: tokenizer), modelType: TokenizerLoader.modelType(tokenizer))
    if sourceLanguage == nil, targetLanguage == nil { return target ? directory.target : directory.source }
    let pair = try directory.translation(from: sourceLanguage, to: targetLanguage)
    return target ? pair.target : pair.source
  }
}

/// Finds tokenizers.
enum TokenizerLoader {
  /// The tokenizer of a file or of a model's directory.
  static func load(_ path: String) throws -> TextTokenizer {
    try TextTokenizer.load(URL(fileURLWithPath: path), modelType: modelType(path))
  }

  /// The family that `config.json` names, if there is one that can be read: the tokenizer's own files come first.
  static func modelType(_ directory: String) -> String? {
    let url = URL(fileURLWithPath: directory).appending(path: "config.json")
    guard let data = try? Data(contentsOf: url) else { return nil }
    let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
    return object?["model_type"] as? String
  }
}

/// Lines of files, or of standard input as they arrive.
enum TextLines {
  /// Calls `body` with each line, its file and its number; what it writes is flushed before waiting for more.
  ///
  /// - Throws: `CorpusError` or `CommandError` for a file that cannot be read, is not UTF-8 or has an overlong line.
  static func forEach(
    in files: [String], flushing output: inout ResultStream,
    _ body: (String, String, Int, inout ResultStream) throws -> Void
  ) throws {
    for file in files.isEmpty ? ["-"] : files {
      if file == "-" {
        try forEachArrivingLine(flushing: &output, body)
      } else {
        try forEachLine(of: file, flushing: &output, body)
      }
    }
    try output.flush()
  }

  private static func forEachArrivingLine(
    flushing output: inout ResultStream, _ body: (String, String, Int, inout ResultStream) throws -> Void
  ) throws {
    var source = LineSource.standardInput
    var number = 0
    while true {
      let lines = try source.window(maximumCount: 1024, maximumBytes: 1 << 20)
      if lines.isEmpty { return }
      for line in lines {
        number += 1
        try body(line, source.name, number, &output)
      }
      try output.flush()
    }
  }

  private static func forEachLine(
    of file: String, flushing output: inout ResultStream,
    _ body: (String, String, Int, inout ResultStream) throws -> Void
  ) throws {
    let reader = try LineReader(file)
    var bytes: [UInt8] = []
    while true {
      switch try reader.next(into: &bytes) {
      case .end: return
      case .tooLong:
        throw CorpusError(
          file: file, line: reader.lineCount, .lineTooLong(limit: reader.maximumLineLength))
      case .line:
        if let offset = bytes.withUnsafeBytes(UTF8Validation.firstInvalidOffset) {
          throw CorpusError(file: file, line: reader.lineCount, .notUTF8(byte: offset + 1))
        }
        try body(String(decoding: bytes, as: UTF8.self), file, reader.lineCount, &output)
        if reader.lineCount.isMultiple(of: 1024) { try output.flush() }
      }
    }
  }
}
