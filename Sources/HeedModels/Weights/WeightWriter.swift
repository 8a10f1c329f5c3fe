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
  func tensors(of model: some TransformerModel) -> [SafetensorsTensor] {
    var model = model
    var visitor = WritingVisitor(writer: self)
    do {
      try model.visitParameters(&visitor)
      visitor.areConstants = true
      try model.visitConstants(&visitor)
    } catch {
      preconditionFailure("writing a parameter failed: \(error)")
    }
    return visitor.tensors
  }

  /// The tensors of the checkpoint that a parameter, or something of its form, is cut into.
  func pieces(of path: String, _ values: Tensor) -> [(name: String, shape: [Int], values: Tensor)] {
    let pieces = table.pieces(of: path)
    let shares = pieces.reduce(0) { $0 + $1.share }
    var next = 0
    return pieces.map { piece in
      let shape = Shape([values.shape[0] / shares * piece.share] + values.shape.dimensions.dropFirst())
      defer { next += shape.count }
      let stored = piece.form.stored(shape.dimensions)
      let view = values.view(shape, at: next)
      guard piece.form == .transposed else { return (piece.name, stored, view) }
      let transposed = Tensor(zeros: Shape(stored))
      transposed.copyTransposed(from: view)
      return (piece.name, stored, transposed)
    }
  }

  fileprivate func stored(
    _ name: String, _ shape: [Int], _ values: Tensor, isConstant: Bool
  ) -> [SafetensorsTensor] {
    switch precision {
    case .int8 where values.shape.rank == 2:
      let quantized = values.quantizedRows()
      return [
        SafetensorsTensor(name: name, elementType: .int8, shape: shape) { (sink) throws(FileError) in
          try quantized.values.write(to: sink)
        },
        SafetensorsTensor(name: "\(name).scale", shape: [quantized.scales.count], floats: quantized.scales),
      ]
    case .bfloat16 where !isConstant:
      let halves = values.bfloat16Values
      return [
        SafetensorsTensor(name: name, elementType: .bfloat16, shape: shape) { (sink) throws(FileError) in
          try halves.write(to: sink)
        }
      ]
    case .float32, .int8, .bfloat16:
      return [float32(name, values, shape: shape)]
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

private struct WritingVisitor: ParameterVisitor {
  var path: [String] = []
  let writer: WeightWriter
  var areConstants = false
  var tensors: [SafetensorsTensor] = []

  mutating func visit(path: String, _ parameter: inout Tensor) throws {
    for piece in writer.pieces(of: path, parameter) {
      tensors += writer.stored(piece.name, piece.shape, piece.values, isConstant: areConstants)
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
