import ArgumentParser
import Foundation
import Heed

extension WeightPrecision: ExpressibleByArgument {}

/// `heed convert`: the same model with its numbers stored otherwise.
struct ConvertCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "convert",
    abstract: "Write a model as a Hugging Face directory, with the precision asked for.",
    discussion: """
      Reads model directories with weights and tokenizers in any form, and GGUF files. float32 and bfloat16 are opened \
      by transformers; int8 is Heed's own form, a quarter of the size.
      """)

  @Argument(help: ArgumentHelp("A model directory, ORG/NAME on the hub, or a GGUF file.", valueName: "model"))
  var directory: String

  @Option(help: ArgumentHelp("Where the new model directory is written.", valueName: "dir"))
  var output: String

  @Option(help: "How the numbers are stored.")
  var precision: WeightPrecision = .float32

  @Flag(help: "Replace a model that is there.")
  var overwrite = false

  func perform() throws {
    if let file = ggufFile(directory) { return try convert(gguf: file) }
    let url = try modelDirectory(directory)
    try ModelFiles.checkOutput(output, inputs: [url], overwrites: overwrite)
    switch try ModelDirectory(url).loadAny() {
    case .encoderDecoder(let model):
      try ModelFiles.write(model, precision, to: output, companionsFrom: url)
    case .encoder(let model):
      try ModelFiles.write(model, precision, to: output, companionsFrom: url)
    case .decoder(let model):
      try ModelFiles.write(model, precision, to: output, companionsFrom: url)
    }
  }

  private func convert(gguf file: URL) throws {
    try ModelFiles.checkOutput(output, inputs: [file], overwrites: overwrite)
    let gguf = try GGUFModel(try GGUFFile(url: file))
    let description = gguf.description.tokenizer
    let tokenizer = try TextTokenizer.gguf(GGUFTokenizerFields(description))
    var specials: [String: String] = [:]
    for role in SpecialTokens.Role.allCases { specials[role.rawValue] = tokenizer.specialTokens[role] }
    try ModelFiles.write(try gguf.model(), precision, to: output)
    try ModelFiles.write(
      tokenizer.tokenizer, specialTokens: specials, chatTemplate: description.chatTemplate, to: output)
  }
}
