import Foundation
import HeedLayers
import HeedModels
import HeedTensor

/// The tiny recurrent and convolutional models of Fixtures/Sequence.
public enum SequenceFixture {
  /// The directories with a recurrent model.
  public static let recurrent = ["lstm", "lstm-additive", "gru-multiplicative"]
  /// All of them.
  public static let all = recurrent + ["convolutional"]

  /// Where one of them is.
  public static func directory(_ name: String) -> ModelDirectory {
    ModelDirectory(fixturesDirectory.appending(path: "Sequence/\(name)"))
  }

  /// Loads one of them.
  public static func model(_ name: String, for use: ModelUse = .training) throws
    -> any SequenceToSequenceModel
  {
    name == "convolutional"
      ? try ConvolutionalEncoderDecoder(from: directory(name), for: use)
      : try RecurrentEncoderDecoder(from: directory(name), for: use)
  }

  /// A model of every kind with random weights: all cells and attentions, and a convolution.
  public static func random(seed: UInt64) -> [(name: String, model: any SequenceToSequenceModel)] {
    var initializer = ParameterInitializer(seed: seed)
    var models: [(name: String, model: any SequenceToSequenceModel)] = []
    for cell in RecurrentCell.allCases {
      for attention in RecurrentConfiguration.Attention.allCases {
        let configuration = RecurrentConfiguration(
          SequenceVocabulary(sourceSize: 29, targetSize: cell == .gru ? 31 : nil), cell: cell,
          attention: attention, embeddingSize: 20, hiddenSize: 18, layerCount: 2, dropout: 0.3)
        models.append(
          ("\(cell), \(attention)", RecurrentEncoderDecoder(configuration, &initializer)))
      }
    }
    for kernelSize in [1, 2, 5] {
      let configuration = ConvolutionalConfiguration(
        SequenceVocabulary(sourceSize: 29), embeddingSize: 20, hiddenSize: 18, encoderLayerCount: 2,
        decoderLayerCount: 2, kernelSize: kernelSize, maximumPositions: 7, dropout: 0.3)
      models.append(
        ("convolutional \(kernelSize)", ConvolutionalEncoderDecoder(configuration, &initializer)))
    }
    return models
  }
}
