import ArgumentParser
import Foundation
import Heed
import HeedLayers
import HeedTensor

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

  @Option(help: ArgumentHelp("Where the model directory is written.", valueName: "dir"))
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
    let configuration = try ModelDirectory(first.directory).configuration()
    var mean = try first.load(configuration)
    let scale = 1 / Double(inputs.count)
    var sums = mean.parameters.map { $0.value.scalars.map { Double($0) * scale } }
    var biasSum = (mean.outputBias?.scalars ?? []).map { Double($0) * scale }
    for input in inputs.dropFirst() {
      let other = try ModelDirectory(input.directory).configuration()
      guard other == configuration else {
        throw CommandError(
          .data,
          "\(first.path) and \(input.path) have different configurations; only checkpoints of one model "
            + "can be averaged")
      }
      let model = try input.load(configuration)
      for (index, parameter) in model.parameters.enumerated() {
        parameter.value.withUnsafeValues { add($0, scale, to: &sums[index]) }
      }
      model.outputBias?.withUnsafeValues { add($0, scale, to: &biasSum) }
    }
    var next = 0
    mean.forEachParameter { _, parameter in
      parameter = Tensor(sums[next].map { Float($0) }, parameter.shape)
      next += 1
    }
    if mean.outputBias != nil { mean.outputBias = Tensor(biasSum.map { Float($0) }, [biasSum.count]) }
    try ModelFiles.write(mean, precision, to: output, companionsFrom: first.directory)
  }

  private func add(_ values: UnsafeBufferPointer<Float>, _ scale: Double, to sums: inout [Double]) {
    for index in values.indices { sums[index] += Double(values[index]) * scale }
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

  func load(_ configuration: TransformerConfiguration) throws -> EncoderDecoder {
    try ModelReader.model(configuration, try SafetensorsFile(url: weights))
  }
}
