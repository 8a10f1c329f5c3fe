import HeedLayers
import HeedTensor

/// How the numbers of a checkpoint are stored.
public enum WeightPrecision: String, Sendable, CaseIterable {
  /// Four bytes a number: what transformers and everything else opens.
  case float32
  /// Two bytes: the upper half of a float32.
  case bfloat16
  /// One byte, matrices only, with a scale for each row.
  case int8
}

/// Writes the parameters of a model under the names that its family uses.
struct WeightWriter {
  let table: WeightTable
  let precision: WeightPrecision

  /// All tensors of the checkpoint.
  func tensors(of model: EncoderDecoder) -> [SafetensorsTensor] {
    var tensors: [SafetensorsTensor] = []
    for (path, parameter) in model.parameters {
      let names = table.storedNames(of: path)
      let piece = Shape([parameter.shape[0] / names.count] + parameter.shape.dimensions.dropFirst())
      for (number, name) in names.enumerated() {
        tensors += stored(name, parameter.view(piece, at: number * piece.count))
      }
    }
    if let name = table.outputBias, let bias = model.outputBias {
      tensors.append(float32(name, bias, shape: [1, bias.count]))
    }
    return tensors
  }

  private func stored(_ name: String, _ values: Tensor) -> [SafetensorsTensor] {
    switch precision {
    case .int8 where values.shape.rank == 2:
      let quantized = values.quantizedRows()
      return [
        SafetensorsTensor(name: name, elementType: .int8, shape: values.shape.dimensions) {
          (sink) throws(FileError) in
          try quantized.values.write(to: sink)
        },
        SafetensorsTensor(name: "\(name).scale", shape: [quantized.scales.count], floats: quantized.scales),
      ]
    case .bfloat16:
      let halves = values.bfloat16Values
      return [
        SafetensorsTensor(name: name, elementType: .bfloat16, shape: values.shape.dimensions) {
          (sink) throws(FileError) in
          try halves.write(to: sink)
        }
      ]
    case .float32, .int8:
      return [float32(name, values, shape: values.shape.dimensions)]
    }
  }

  /// Straight from memory: the parameters are not copied.
  private func float32(_ name: String, _ values: Tensor, shape: [Int]) -> SafetensorsTensor {
    SafetensorsTensor(name: name, elementType: .float32, shape: shape) { (sink) throws(FileError) in
      try values.withUnsafeMutableValues { (buffer) throws(FileError) in
        try sink(UnsafeRawBufferPointer(buffer))
      }
    }
  }
}

extension Array where Element: BitwiseCopyable {
  fileprivate func write(to sink: SafetensorsTensor.Sink) throws(FileError) {
    try withUnsafeBytes { bytes in
      Result { () throws(FileError) in try sink(bytes) }
    }.get()
  }
}
