/// Weights that exist in packed form alone, for models that are no longer trained.
extension Tensor {
  /// A weight `[outputs, inputs]` that is held packed alone. Products, look-ups of rows and copies read it; nothing else
  /// can.
  package init(packed: PackedMatrix) {
    shape = [packed.columns, packed.inner]
    storage = .empty
    offset = 0
    self.packed = packed
  }

  /// A weight that is about to be replaced: it has a shape, and nothing can read its values.
  package init(hollow shape: Shape) {
    self.shape = shape
    storage = .empty
    offset = 0
  }

  /// Whether the values are there as floats in row-major order.
  package var isUnpacked: Bool { storage !== Storage.empty || count == 0 }

  /// The same weight `[outputs, inputs]` in packed form, so that each product skips the packing. Its floats are given
  /// up, unless something else holds them.
  public func packedForMultiply() -> Tensor {
    isUnpacked ? Tensor(packed: packed ?? .transpose(of: self)) : self
  }

  /// The same weight, rounded to another form. Where its rows are not whole blocks, four bits become eight; what has no
  /// columns stays as it is, and so does what would be `int8Blocks`, which are only read.
  package func packedForMultiply(as form: PackedMatrix.Form) -> Tensor {
    guard form != .float32, form != .int8Blocks, shape.columns > 0 else {
      return unpacked.packedForMultiply()
    }
    let isWhole = shape.columns.isMultiple(of: PackedMatrix.blockLength)
    let form = form == .int4Blocks && !isWhole ? .int8Rows : form
    let floats = unpacked
    let matrix = PackedMatrix(inner: shape.columns, columns: shape.rows, form)
    matrix.fill(0..<shape.rows, floats.pointer, innerStride: 1, columnStride: shape.columns)
    return Tensor(packed: matrix)
  }

  /// The same values as floats in row-major order.
  package var unpacked: Tensor {
    guard !isUnpacked, let packed else { return self }
    let result = Tensor(uninitialized: shape)
    packed.unpack(Array(0..<shape.rows), into: result)
    return result
  }

  /// Rows of a packed weight as floats, `[rows, inputs]`.
  func unpackedRows(_ rows: [Int32]) -> Tensor {
    let result = Tensor(uninitialized: [rows.count, shape.columns])
    guard let packed else { preconditionFailure("a weight \(shape) has no values yet") }
    packed.unpack(rows.map { Int($0) }, into: result)
    return result
  }
}

extension PackedMatrix {
  fileprivate func unpack(_ columns: [Int], into rows: Tensor) {
    let (target, inner) = (rows.pointer, inner)
    ThreadPool.shared.parallel(over: columns.count, grain: max(1, 4_096 / max(1, inner))) { range in
      for row in range { unpack(column: columns[row], into: target + row * inner) }
    }
  }
}
