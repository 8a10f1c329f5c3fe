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
  func tensors(of model: some StoredModel) -> [SafetensorsTensor] {
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

  /// What a parameter, or something of its form, is in the checkpoint: all of it, or some of its rows.
  struct Piece {
    let name: String
    /// The shape in the checkpoint.
    let shape: [Int]
    /// Makes the values. They are a part of the parameter's own, except where those lie otherwise: packed, or transposed.
    let values: () -> Tensor
  }

  /// The tensors of the checkpoint that a parameter, or something of its form, is cut into.
  ///
  /// - Parameters:
  ///   - path: The parameter.
  ///   - values: Its values.
  ///   - transposing: Whether pieces that a checkpoint has transposed become so.
  /// - Returns: The pieces, in the order of the rows.
  func pieces(of path: String, _ values: Tensor, transposing: Bool = true) -> [Piece] {
    let pieces = index.pieces(of: path)
    let shares = pieces.reduce(0) { $0 + $1.share }
    var next = 0
    return pieces.map { piece in
      let shape = Shape([values.shape[0] / shares * piece.share] + values.shape.dimensions.dropFirst())
      let start = next
      next += shape.count
      let form = piece.form == .transposed && !transposing ? .same : piece.form
      let stored = form.stored(shape.dimensions)
      return Piece(name: piece.name, shape: stored) {
        let view = values.unpacked.view(shape, at: start)
        guard form == .transposed else { return view }
        let transposed = Tensor(uninitialized: Shape(stored))
        transposed.copyTransposed(from: view)
        return transposed
      }
    }
  }

  /// A parameter that is no weight of products, or a constant.
  fileprivate func plain(_ path: String, _ values: Tensor, isConstant: Bool) -> [SafetensorsTensor] {
    pieces(of: path, values).map { precision == .bfloat16 && !isConstant ? bfloat16($0) : float32($0) }
  }

  /// A weight that products and look-ups read, in the precision wanted.
  fileprivate func weight(_ path: String, _ values: Tensor) -> [SafetensorsTensor] {
    switch precision {
    case .int8:
      pieces(of: path, values, transposing: false).flatMap { int8($0) }
    case .int4:
      pieces(of: path, values, transposing: false).flatMap { piece in
        // A block's minimum is in half precision.
        Int4Blocks.fit(columns: piece.shape[1]) && piece.values().isWithinHalfPrecision
          ? [int4(piece)] : int8(piece)
      }
    case .float32, .bfloat16:
      plain(path, values, isConstant: false)
    }
  }

  // Tensors are rounded when they are written, one after another: a model is not held twice.

  /// Scales stand far from their values in the file, so that each is rounded twice: that takes less than the writing, and
  /// nothing is held in between.
  private func int8(_ piece: Piece) -> [SafetensorsTensor] {
    [
      SafetensorsTensor(name: piece.name, elementType: .int8, shape: piece.shape) {
        (sink) throws(FileError) in try piece.values().quantizedRows().values.write(to: sink)
      },
      SafetensorsTensor(name: "\(piece.name).scale", elementType: .float32, shape: [piece.shape[0]]) {
        (sink) throws(FileError) in try piece.values().quantizedRows().scales.write(to: sink)
      },
    ]
  }

  private func int4(_ piece: Piece) -> SafetensorsTensor {
    let shape = [piece.shape[0], Int4Blocks.byteCount(columns: piece.shape[1])]
    return SafetensorsTensor(name: piece.name, elementType: .uint8, shape: shape) {
      (sink) throws(FileError) in try piece.values().quantizedBlocks().write(to: sink)
    }
  }

  private func bfloat16(_ piece: Piece) -> SafetensorsTensor {
    SafetensorsTensor(name: piece.name, elementType: .bfloat16, shape: piece.shape) {
      (sink) throws(FileError) in try piece.values().bfloat16Values.write(to: sink)
    }
  }

  /// Straight from memory, where the parameter lies there as it is stored.
  private func float32(_ piece: Piece) -> SafetensorsTensor {
    SafetensorsTensor(name: piece.name, elementType: .float32, shape: piece.shape) {
      (sink) throws(FileError) in
      try piece.values().withUnsafeMutableValues { (buffer) throws(FileError) in
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

extension Tensor {
  fileprivate var isWithinHalfPrecision: Bool {
    withUnsafeValues { $0.allSatisfy { abs($0) <= 65_504 } }
  }
}

extension Array where Element: BitwiseCopyable {
  fileprivate func write(to sink: SafetensorsTensor.Sink) throws(FileError) {
    try withUnsafeBytes { bytes in
      Result { () throws(FileError) in try sink(bytes) }
    }.get()
  }
}
