import ArgumentParser
import Foundation
import Heed

/// `heed average`: a model whose weights are the means of several's (section 6.1 of the paper).
struct AverageCommand: HeedSubcommand {
  static let configuration = CommandConfiguration(
    commandName: "average", abstract: "Average checkpoints of one model.",
    discussion: """
      A checkpoint is a model directory, or a file of weights that has config.json beside it or in the directory above.
      """)

  @Argument(
    help: ArgumentHelp("Model directories or files of weights, at least one.", valueName: "checkpoint"))
  var checkpoints: [String]

  @Option(
    help: ArgumentHelp("Where the model directory is written.", valueName: "dir"), transform: outputPath)
  var output: String

  @Option(help: "How the numbers are stored.")
  var precision: WeightPrecision = .float32

  @Flag(help: "Replace a model that is there.")
  var overwrite = false

  func perform() throws {
    let inputs = try checkpoints.map { try CheckpointInput($0) }
    guard let first = inputs.first else { throw CommandError.usage("name at least one checkpoint") }
    // A file of weights below the output may be read; the directory's own model may not be replaced by its mean.
    let directories = inputs.filter(\.isDirectory).map(\.directory)
    try ModelFiles.checkOutput(output, inputs: directories, overwrites: overwrite)
    let architecture = try ModelDirectory(first.directory).translationArchitecture()
    for input in inputs.dropFirst() {
      guard try ModelDirectory(input.directory).translationArchitecture() == architecture else {
        throw CommandError(
          .data,
          "\(first.path) and \(input.path) have different configurations; only checkpoints of one model "
            + "can be averaged")
      }
    }
    let files = inputs.map(\.weights)
    func write(_ mean: some StoredModel) throws {
      try ModelFiles.write(mean, precision, to: output, companionsFrom: first.directory)
    }
    switch architecture {
    case .transformer(let configuration):
      switch configuration.family.shape {
      case .encoderDecoder: try write(EncoderDecoder.average(of: files, configuration))
      case .encoder: try write(TextEncoder.average(of: files, configuration))
      case .decoder: try write(LanguageModel.average(of: files, configuration))
      }
    case .recurrent(let configuration):
      try write(RecurrentEncoderDecoder.average(of: files, configuration))
    case .convolutional(let configuration):
      try write(ConvolutionalEncoderDecoder.average(of: files, configuration))
    }
  }
}

/// Weights, and the directory that says what they are the weights of.
private struct CheckpointInput {
  let path: String
  let directory: URL
  let weights: URL
  let isDirectory: Bool

  init(_ path: String) throws {
    self.path = path
    var isDirectory: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
      throw CommandError(
        .missingInput, "\(path): there is no such file; expected a model directory or a file of weights")
    }
    self.isDirectory = isDirectory.boolValue
    if isDirectory.boolValue {
      directory = URL(fileURLWithPath: path, isDirectory: true)
      weights = ModelDirectory(directory).weightsURL
      return
    }
    weights = URL(fileURLWithPath: path)
    let beside = weights.deletingLastPathComponent()
    guard
      let found = [beside, beside.deletingLastPathComponent()].first(where: {
        FileManager.default.fileExists(atPath: ModelDirectory($0).configurationURL.path)
      })
    else {
      throw CommandError(
        .missingInput,
        "\(path): there is no config.json beside it or in the directory above; name a model directory")
    }
    directory = found
  }
}
