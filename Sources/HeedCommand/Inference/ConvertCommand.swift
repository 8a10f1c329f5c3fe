import ArgumentParser
import Foundation
import Heed

extension WeightPrecision: ExpressibleByArgument {}

/// `heed convert`: the same model with its numbers stored otherwise.
struct ConvertCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "convert", abstract: "Write a model directory with another precision.",
    discussion:
      "float32 and bfloat16 are opened by transformers; int8 is Heed's own form, a quarter of the size.")

  @Argument(help: ArgumentHelp("A model directory.", valueName: "dir"))
  var directory: String

  @Option(help: ArgumentHelp("Where the new model directory is written.", valueName: "dir"))
  var output: String

  @Option(help: "How the numbers are stored.")
  var precision: WeightPrecision

  @Flag(help: "Replace a model that is there.")
  var overwrite = false

  func perform() throws {
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
}
