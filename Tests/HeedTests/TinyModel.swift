import Foundation
import Heed
import HeedLayers
import HeedTensor

/// A model directory with random weights and a vocabulary learned from a few lines: what it says means nothing, and the
/// laws of a translator hold for it all the same.
struct TinyModel {
  static let lines = [
    "The old house stands behind the red church.", "Where is the train station?",
    "She reads a book, and he drinks coffee.", "Two dogs run across the green field.",
    "I would like a cup of tea, please.", "It rains.", "Nobody knows the answer to this question yet.",
  ]

  let directory: URL

  /// Writes a model to a new directory, calls `body` and removes the directory.
  static func with<Result>(
    _ placement: NormPlacement = .after, seed: UInt64 = 1, vocabularySize: Int = 420,
    _ body: (TinyModel) throws -> Result
  ) throws -> Result {
    let url = FileManager.default.temporaryDirectory.appending(path: "heed-translator-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    let model = TinyModel(directory: url)
    try model.write(placement, seed: seed, vocabularySize: vocabularySize)
    return try body(model)
  }

  private func write(_ placement: NormPlacement, seed: UInt64, vocabularySize: Int) throws {
    var options = BPETrainer.Options()
    options.vocabularySize = vocabularySize
    options.minimumFrequency = 1
    var trainer = BPETrainer(options)
    for line in Self.lines { trainer.add(line) }
    let tokenizer = try trainer.train()
    let block = BlockConfiguration(
      hiddenSize: 16, headCount: 2, feedForwardSize: 32, normPlacement: placement)
    let configuration = try TransformerConfiguration(
      block, encoderLayerCount: 2, decoderLayerCount: 2, vocabularySize: tokenizer.vocabularySize,
      maximumPositions: 48)
    var initializer = ParameterInitializer(seed: seed)
    var model = EncoderDecoder(configuration, &initializer)
    // Larger than usual, so that the likeliest token stands out and sentences differ.
    model.forEachParameter { _, parameter in
      if parameter.shape.rank == 2 { parameter = Tensor(parameter.scalars.map { $0 * 2 }, parameter.shape) }
    }
    try ModelDirectory(directory).save(model)
    try tokenizer.write(to: ModelDirectory(directory).tokenizerURL)
  }

  func translator() throws -> Translator { try Translator(directory: directory) }
}
