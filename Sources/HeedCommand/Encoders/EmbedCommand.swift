import ArgumentParser
import Foundation
import Heed

/// `heed embed`: turns texts into vectors.
struct EmbedCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "embed", abstract: "Turn lines into vectors, or say how near two texts are to each other.",
    discussion: """
      Reads directories of sentence-transformers as it does: texts are cut to max_seq_length, and pooled and normalised \
      as modules.json says. Of other encoders the mean of the tokens' states is taken. Writes a JSON object for each \
      line, or with --output FILE.npy an array of float32, a row for each line.
      """)

  @OptionGroup(title: "Model") var options: EncoderOptions
  @OptionGroup(title: "Machine") var machine: MachineOptions

  @Flag(help: "Write the cosine of the two texts that are given as arguments.")
  var similarity = false

  @Option(
    name: .shortAndLong, help: ArgumentHelp("Where vectors go: FILE.npy or FILE.jsonl.", valueName: "file"))
  var output: String?

  @Option(
    help: "What becomes of the tokens' states: mean, cls, max or mean-sqrt (default: what the model says).")
  var pooling: EmbeddingPooling?

  @Flag(inversion: .prefixedNo, help: "Divide vectors by their length (default: what the model says).")
  var normalize: Bool?

  @Option(help: "Cut texts to so many tokens, special tokens included (default: what the model says).")
  var maxLength: Int?

  @Option(help: "What is put before every text, such as \"query: \" (default: what the model says).")
  var prompt: String?

  @Argument(help: "Texts (default: standard input, a text a line).")
  var texts: [String] = []

  func perform() throws {
    Machine.exitOnInterrupt()
    try machine.apply()
    if similarity {
      guard texts.count == 2 else {
        throw CommandError.usage("--similarity takes two texts as arguments, got \(texts.count)")
      }
      guard output == nil else { throw CommandError.usage("--similarity and --output exclude each other") }
    }
    let form = try form()
    let embedder = try embedder()
    if similarity {
      return try ResultStream.write("\(try embedder.similarity(texts[0], texts[1]))")
    }
    switch form {
    case .standardOutput:
      var stream = ResultStream()
      try forEachLine(embedder, flushing: { try stream.flush() }) { stream.append(line: $0) }
    case .lines(let path):
      let file = try ReplacedFile(path)
      var bytes: [UInt8] = []
      try forEachLine(
        embedder,
        flushing: {
          try bytes.withUnsafeBytes { try file.write($0) }
          bytes.removeAll(keepingCapacity: true)
        }, { bytes += Array("\($0)\n".utf8) })
      try file.finish()
    case .numpy(let path): try writeArray(embedder, path)
    }
  }

  private enum Form {
    case standardOutput
    case lines(String)
    case numpy(String)
  }

  private func form() throws -> Form {
    guard let output else { return .standardOutput }
    if output.hasSuffix(".npy") { return .numpy(output) }
    if output.hasSuffix(".jsonl") { return .lines(output) }
    throw CommandError.usage("--output \(output): the name must end with .npy or .jsonl")
  }

  private func embedder() throws -> TextEmbedder {
    if let maxLength { try requireAtLeastOne(maxLength, "--max-length") }
    var settings = try EmbeddingSettings(directory: options.directory())
    if let pooling { settings.poolings = [pooling] }
    if let normalize { settings.normalizes = normalize }
    if let maxLength { settings.maximumTokens = maxLength }
    if let prompt { settings.prompt = prompt }
    var embedder = try TextEmbedder(settings, precision: options.precision)
    embedder.batchTokens = options.batchTokens
    if let maxLength, maxLength > embedder.maximumTokens {
      throw CommandError.usage(
        "--max-length must be at most \(embedder.maximumTokens), which is what the model reads, got \(maxLength)"
      )
    }
    if pooling == nil, !settings.isDeclared {
      StandardError.say(
        "\(options.model): there is no modules.json; taking the mean of the tokens' states"
          + (normalize == true ? "" : ", not normalised"))
    }
    return embedder
  }

  /// Calls `append` with the line of each text, and `flush` whenever those of a window are there.
  private func forEachLine(
    _ embedder: TextEmbedder, flushing flush: () throws -> Void, _ append: (String) -> Void
  ) throws {
    try InputTexts(arguments: texts).forEachWindow { lines, first in
      for (index, vector) in try embedder.embed(lines, firstLine: first).enumerated() {
        append(try jsonLine(Record(index: first + index, text: lines[index], embedding: vector)))
      }
      try flush()
    }
  }

  private func writeArray(_ embedder: TextEmbedder, _ path: String) throws {
    let file = try ReplacedFile(path)
    var array = try NumPyWriter(file, columnCount: embedder.dimension)
    try InputTexts(arguments: texts).forEachWindow { lines, first in
      try array.append(try embedder.embed(lines, firstLine: first))
    }
    try array.finish()
    try file.finish()
  }

  private struct Record: Encodable {
    let index: Int
    let text: String
    let embedding: [Float]
  }
}

extension EmbeddingPooling: ExpressibleByArgument {}
