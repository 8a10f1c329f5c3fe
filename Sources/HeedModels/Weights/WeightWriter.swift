import HeedLayers
import HeedTensor

/// How the numbers of a checkpoint are stored, and how a model for inference holds them.
public enum WeightPrecision: String, Sendable, CaseIterable {
  /// Four bytes a number: what transformers and everything else opens.
  case float32
  /// Two bytes: the upper half of a float32.
  case bfloat16
  /// One byte, weights of products and tables of tokens only, with a scale for each row.
  case int8
  /// Half a byte, the same weights as far as their rows are multiples of 32, with a scale and a minimum for every 32.
  case int4
}

/// Writes the parameters of a model under the names that its family uses.
struct WeightWriter {
  private let index: WeightIndex
  private let precision: WeightPrecision

  init(table: WeightTable, precision: WeightPrecision) {
    index = table.index
    self.precision = precision
  }

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
  ///
  /// - Parameters:
  ///   - path: The parameter.
  ///   - values: Its values.
  ///   - transposing: Whether pieces that a checkpoint has transposed become so.
  /// - Returns: Their names, shapes in the checkpoint, and values.
  func pieces(
    of path: String, _ values: Tensor, transposing: Bool = true
  ) -> [(name: String, shape: [Int], values: Tensor)] {
    let pieces = index.pieces(of: path)
    let values = values.unpacked
    let shares = pieces.reduce(0) { $0 + $1.share }
    var next = 0
    return pieces.map { piece in
      let shape = Shape([values.shape[0] / shares * piece.share] + values.shape.dimensions.dropFirst())
      defer { next += shape.count }
      let view = values.view(shape, at: next)
      if piece.form == .transposed, !transposing { return (piece.name, shape.dimensions, view) }
      let stored = piece.form.stored(shape.dimensions)
      guard piece.form == .transposed else { return (piece.name, stored, view) }
      let transposed = Tensor(zeros: Shape(stored))
      transposed.copyTransposed(from: view)
      return (piece.name, stored, transposed)
    }
  }

  /// A parameter that is no weight of products, or a constant.
  fileprivate func plain(_ path: String, _ values: Tensor, isConstant: Bool) -> [SafetensorsTensor] {
    pieces(of: path, values).map { name, shape, values in
      precision == .bfloat16 && !isConstant
        ? bfloat16(name, values, shape: shape) : float32(name, values, shape: shape)
    }
  }

  /// A weight that products and look-ups read, in the precision wanted.
  fileprivate func weight(_ path: String, _ values: Tensor) -> [SafetensorsTensor] {
    switch precision {
    case .int8:
      pieces(of: path, values, transposing: false).flatMap { int8($0.name, $0.values) }
    case .int4:
      pieces(of: path, values, transposing: false).flatMap { name, _, values in
        Int4Blocks.fit(columns: values.shape.columns) ? [int4(name, values)] : int8(name, values)
      }
    case .float32, .bfloat16:
      plain(path, values, isConstant: false)
    }
  }

  private func int8(_ name: String, _ values: Tensor) -> [SafetensorsTensor] {
    let quantized = values.quantizedRows()
    return [
      SafetensorsTensor(name: name, elementType: .int8, shape: values.shape.dimensions) {
        (sink) throws(FileError) in try quantized.values.write(to: sink)
      },
      SafetensorsTensor(name: "\(name).scale", shape: [quantized.scales.count], floats: quantized.scales),
    ]
  }

  private func int4(_ name: String, _ values: Tensor) -> SafetensorsTensor {
    let blocks = values.quantizedBlocks()
    let shape = [values.shape[0], Int4Blocks.byteCount(columns: values.shape[1])]
    return SafetensorsTensor(name: name, elementType: .uint8, shape: shape) { (sink) throws(FileError) in
      try blocks.write(to: sink)
    }
  }

  private func bfloat16(_ name: String, _ values: Tensor, shape: [Int]) -> SafetensorsTensor {
    let halves = values.bfloat16Values
    return SafetensorsTensor(name: name, elementType: .bfloat16, shape: shape) { (sink) throws(FileError) in
      try halves.write(to: sink)
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

  mutating func visit(path: String, _ parameter: inout Tensor) {
    tensors += writer.plain(path, parameter, isConstant: areConstants)
  }

  mutating func visit(weightPath path: String, _ parameter: inout Tensor) {
    tensors += writer.weight(path, parameter)
  }
}

extension Array where Element: BitwiseCopyable {
  fileprivate func write(to sink: SafetensorsTensor.Sink) throws(FileError) {
    try withUnsafeBytes { bytes in
      Result { () throws(FileError) in try sink(bytes) }
    }.get()
  }
}
