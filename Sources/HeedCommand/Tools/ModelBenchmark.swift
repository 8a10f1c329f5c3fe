import ArgumentParser
import Foundation
import Heed
import HeedTensor

/// Which model a benchmark runs, and on what.
struct ModelBenchmarkOptions: ParsableArguments {
  @Option(name: [.customShort("m"), .long], help: ArgumentHelp("The model.", valueName: "path"))
  var model: String

  @OptionGroup var weights: PrecisionOptions
  @OptionGroup var machine: MachineOptions
  @OptionGroup var output: BenchmarkOptions

  /// Loads an encoder-decoder; its directory needs no tokenizer.
  func loadEncoderDecoder() throws -> SequenceGenerator<EncoderDecoder> {
    try SequenceGenerator([
      try ModelDirectory(modelDirectory(model)).loadModel(for: .inference(weights.precision))
    ])
  }

  /// Loads a language model with its tokenizer.
  func loadLanguageModel() throws -> TextGenerator {
    try textGenerator(model, .ignored, weights.precision)
  }

  /// Loads a text encoder with its tokenizer; vectors are divided by their length unless its files say otherwise.
  func loadEncoder() throws -> TextEmbedder {
    var settings = try EmbeddingSettings(directory: try modelDirectory(model))
    if !settings.isDeclared { settings.normalizes = true }
    return try TextEmbedder(settings, precision: weights.precision)
  }

  /// Prints the figures of a benchmark with what is said of each run.
  func report(_ figures: some BenchmarkFigures, secondsToLoad: Double) throws {
    let run = ModelRun(
      isa: Machine.instructionSet, peakMemoryBytes: Machine.peakMemoryBytes,
      precision: weights.precision?.rawValue ?? "stored",
      secondsToLoad: secondsToLoad, threads: ThreadPool.shared.threadCount)
    if output.json {
      try output.printJSON(ModelReport(figures: figures, run: run))
    } else {
      for line in figures.lines { print(line) }
      print(run.line)
    }
  }
}

/// What a benchmark of a model found.
protocol BenchmarkFigures: Encodable {
  /// The same for people.
  var lines: [String] { get }
}

/// What is said of every run of a model.
private struct ModelRun: Encodable {
  let isa: String
  let peakMemoryBytes: Int
  let precision: String
  let secondsToLoad: Double
  let threads: Int

  var line: String {
    "loaded in \(secondsToLoad.fixed(2)) s  peak memory \(peakMemoryBytes.megabytes) MB  "
      + "threads \(threads)  \(isa)  \(precision)"
  }
}

/// Both in one object.
private struct ModelReport<Figures: BenchmarkFigures>: Encodable {
  let figures: Figures
  let run: ModelRun

  func encode(to encoder: any Encoder) throws {
    try figures.encode(to: encoder)
    try run.encode(to: encoder)
  }
}
