import Foundation
import HeedLayers
import HeedModels
import HeedTensor
import HeedText

/// Model directories of the architectures that came before the Transformer, with random weights and a vocabulary learned from
/// a few lines: what they say means nothing, and the laws of a translator hold for it all the same.
public enum OlderModelDirectory {
  /// Sentences of the vocabulary.
  public static let lines = [
    "The old house stands behind the red church.", "Where is the train station?",
    "She reads a book, and he drinks coffee.", "It rains.",
  ]
  /// The kinds that have attention.
  public static let attending = ["additive", "multiplicative", "convolutional"]

  /// Writes a model: `none`, `additive` and `multiplicative` are recurrent ones with such attention.
  public static func write(_ kind: String, to url: URL, seed: UInt64 = 1) throws {
    var options = BPETrainer.Options()
    options.vocabularySize = 420
    options.minimumFrequency = 1
    var trainer = BPETrainer(options)
    for line in lines { trainer.add(line) }
    let tokenizer = try trainer.train()
    let tokens = SequenceVocabulary(sourceSize: tokenizer.vocabularySize)
    var initializer = ParameterInitializer(seed: seed)
    let directory = ModelDirectory(url)
    if kind == "convolutional" {
      let configuration = ConvolutionalConfiguration(
        tokens, embeddingSize: 16, hiddenSize: 18, encoderLayerCount: 2, decoderLayerCount: 3,
        maximumPositions: 40)
      try ConvolutionalEncoderDecoder(configuration, &initializer).write(to: directory)
    } else {
      let configuration = RecurrentConfiguration(
        tokens, cell: kind == "multiplicative" ? .gru : .lstm,
        attention: RecurrentConfiguration.Attention(rawValue: kind) ?? .none, embeddingSize: 16,
        hiddenSize: 18)
      try RecurrentEncoderDecoder(configuration, &initializer).write(to: directory)
    }
    try tokenizer.write(to: directory.tokenizerURL)
  }
}
