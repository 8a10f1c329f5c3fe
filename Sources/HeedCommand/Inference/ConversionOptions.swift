import ArgumentParser
import Foundation
import Heed

extension WeightPrecision: ExpressibleByArgument, Encodable {}

/// What is converted, and where to: for `heed convert` and `heed quantize`.
struct ConversionOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("A model directory, ORG/NAME on the hub, or a GGUF file.", valueName: "model"))
  var model: String

  @Option(
    help: ArgumentHelp("Where the new model directory is written.", valueName: "dir"), transform: outputPath)
  var output: String

  @Flag(help: "Replace a model that is there.")
  var overwrite = false

  /// Writes the model as a Hugging Face directory.
  ///
  /// - Parameter precision: How its numbers are stored.
  /// - Returns: The file of its weights.
  /// - Throws: `CommandError` if the output cannot be written to, and what reading and writing throw.
  @discardableResult
  func run(_ precision: WeightPrecision) throws -> URL {
    let location = try ModelLocation(model)
    try ModelFiles.checkOutput(output, inputs: [location.url], overwrites: overwrite)
    switch location {
    case .directory(let url): try convert(url, precision)
    case .gguf(let file): try convert(gguf: file, precision)
    }
    return ModelDirectory(URL(fileURLWithPath: output, isDirectory: true)).weightsURL
  }

  private func convert(_ url: URL, _ precision: WeightPrecision) throws {
    let files = ModelDirectory(url)
    switch try files.translationArchitecture() {
    case .transformer: break
    case .recurrent:
      return try ModelFiles.write(
        try RecurrentEncoderDecoder(from: files), precision, to: output, companionsFrom: url)
    case .convolutional:
      return try ModelFiles.write(
        try ConvolutionalEncoderDecoder(from: files), precision, to: output, companionsFrom: url)
    }
    switch try files.loadAny() {
    case .encoderDecoder(let model):
      try ModelFiles.write(model, precision, to: output, companionsFrom: url)
    case .encoder(let model):
      try ModelFiles.write(model, precision, to: output, companionsFrom: url)
    case .decoder(let model):
      try ModelFiles.write(model, precision, to: output, companionsFrom: url)
    }
  }

  private func convert(gguf file: URL, _ precision: WeightPrecision) throws {
    let gguf = try GGUFModel(try GGUFFile(url: file))
    let description = gguf.description.tokenizer
    let tokenizer = try TextTokenizer.gguf(GGUFTokenizerFields(description))
    try ModelFiles.write(try gguf.model(), precision, to: output)
    try ModelFiles.write(
      tokenizer.tokenizer, specialTokens: tokenizer.specialTokens.byName,
      chatTemplate: description.chatTemplate, to: output)
  }
}
