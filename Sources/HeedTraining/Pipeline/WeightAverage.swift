import Foundation
import HeedLayers
import HeedModels
import HeedTensor

extension EncoderDecoder {
  /// The model whose parameters are the means of those that files of weights hold.
  ///
  /// Source: Vaswani et al., "Attention Is All You Need" (2017), section 6.1, which averages the last checkpoints.
  ///
  /// - Parameters:
  ///   - files: Weights of one architecture, as `ModelDirectory.saveWeights` writes them; at least one.
  ///   - configuration: Their architecture.
  /// - Returns: A model of its own.
  /// - Throws: `CheckpointError` if a file cannot be read or holds another architecture.
  public static func average(
    of files: [URL], _ configuration: TransformerConfiguration
  ) throws(CheckpointError) -> EncoderDecoder {
    precondition(!files.isEmpty, "there is no average of no checkpoints")
    var mean = try ModelReader.model(configuration, try SafetensorsFile(url: files[0]))
    for (number, file) in files.enumerated().dropFirst() {
      let model = try ModelReader.model(configuration, try SafetensorsFile(url: file))
      let values = model.parameters.map(\.value)
      var next = 0
      mean.forEachParameter { _, parameter in
        // mean of n + 1 = mean of n · n / (n + 1) + value / (n + 1)
        parameter.moveAverage(towards: values[next], decay: Float(number) / Float(number + 1))
        next += 1
      }
    }
    return mean
  }
}
