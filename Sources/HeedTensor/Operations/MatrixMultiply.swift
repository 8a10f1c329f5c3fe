import CHeedKernels

/// A matrix B, `[inner, columns]`, in the panels that the matrix multiply reads.
package final class PackedMatrix: Sendable {
  package let inner: Int
  package let columns: Int
  let storage: Storage

  /// Packs B, where B[k, j] = values[k * innerStride + j * columnStride] and one of the strides is 1.
  package init(
    _ values: UnsafePointer<Float>, inner: Int, columns: Int, innerStride: Int, columnStride: Int
  ) {
    self.inner = inner
    self.columns = columns
    storage = Storage(count: heed_packed_count(columns, inner))
    let packed = storage.pointer
    let grain = max(1, 16_384 / max(1, inner * MatrixMultiply.panel))
    ThreadPool.shared.parallel(over: MatrixMultiply.panelCount(columns), grain: grain) { panels in
      heed_pack(
        values, innerStride, columnStride, columns, inner, panels.lowerBound, panels.count, packed)
    }
  }

  /// The transpose of a weight `[outputs, inputs]`, so that rows of inputs times it give rows of outputs.
  package static func transpose(of weight: Tensor) -> PackedMatrix {
    PackedMatrix(
      weight.pointer, inner: weight.shape.columns, columns: weight.shape.rows, innerStride: 1,
      columnStride: weight.shape.columns)
  }

  /// The matrix itself, `[inner, columns]`.
  static func rows(of matrix: Tensor) -> PackedMatrix {
    PackedMatrix(
      matrix.pointer, inner: matrix.shape.rows, columns: matrix.shape.columns,
      innerStride: matrix.shape.columns, columnStride: 1)
  }
}

/// Divides products among the threads of the pool.
package enum MatrixMultiply {
  static let panel = Int(HEED_PANEL)
  /// Multiply-adds worth handing to a thread: about ten microseconds.
  private static let grainWork = 400_000

  static func panelCount(_ columns: Int) -> Int { (columns + panel - 1) / panel }

  /// The left factor A, `[rows, inner]`: A[i, k] = values[i * rowStride + k * innerStride].
  struct Left {
    let values: UnsafePointer<Float>
    let rows: Int
    let rowStride: Int
    let innerStride: Int

    /// The rows of a tensor.
    init(_ tensor: Tensor) {
      values = UnsafePointer(tensor.pointer)
      rows = tensor.shape.rows
      rowStride = tensor.shape.columns
      innerStride = 1
    }

    /// The columns of a tensor.
    init(transposed tensor: Tensor) {
      values = UnsafePointer(tensor.pointer)
      rows = tensor.shape.columns
      rowStride = 1
      innerStride = tensor.shape.columns
    }
  }

  /// The right factor B, `[inner, columns]`: packed, or in place.
  struct Right {
    let values: UnsafePointer<Float>
    let inner: Int
    let columns: Int
    /// 0 if packed; else the floats between the rows of B.
    let innerStride: Int
    /// Keeps the values alive.
    private let owner: Storage

    init(_ packed: PackedMatrix) {
      values = UnsafePointer(packed.storage.pointer)
      (inner, columns, innerStride) = (packed.inner, packed.columns, 0)
      owner = packed.storage
    }

    /// The rows of a matrix as the right factor of `leftRows` rows: in place where packing would cost more than it gives.
    init(rowsOf matrix: Tensor, leftRows: Int) {
      let inPlace = leftRows <= 16 && matrix.shape.columns.isMultiple(of: MatrixMultiply.panel)
      let packed = inPlace ? nil : PackedMatrix.rows(of: matrix)
      (inner, columns) = (matrix.shape.rows, matrix.shape.columns)
      innerStride = inPlace ? columns : 0
      owner = packed?.storage ?? matrix.storage
      values = UnsafePointer(packed?.storage.pointer ?? matrix.pointer)
    }
  }

  /// output = activation(left · right + bias), or output += left · right; `output` has `right.columns` columns.
  static func run(
    _ left: Left, _ right: PackedMatrix, into output: UnsafeMutablePointer<Float>,
    bias: UnsafePointer<Float>? = nil, activation: Activation = .none, accumulating: Bool = false
  ) {
    run(left, Right(right), into: output, bias: bias, activation: activation, accumulating: accumulating)
  }

  /// The same with a right factor that may lie in place.
  static func run(
    _ left: Left, _ right: Right, into output: UnsafeMutablePointer<Float>,
    bias: UnsafePointer<Float>? = nil, activation: Activation = .none, accumulating: Bool = false
  ) {
    let rows = left.rows
    guard rows > 0, right.columns > 0 else { return }
    var job = heed_matmul_job()
    job.a_row_stride = left.rowStride
    job.a_inner_stride = left.innerStride
    job.packed = right.values
    job.b_inner_stride = right.innerStride
    job.c_row_stride = right.columns
    job.bias = bias
    job.activation = activation.kernel
    job.accumulate = accumulating
    job.columns = right.columns
    job.inner = right.inner
    let panels = panelCount(right.columns)
    let work = rows * right.columns * right.inner
    let base = job
    func multiply(_ rowRange: Range<Int>, _ panelRange: Range<Int>) {
      var job = base
      job.a = left.values + rowRange.lowerBound * left.rowStride
      job.c = output + rowRange.lowerBound * right.columns
      job.rows = rowRange.count
      heed_matmul(&job, panelRange.lowerBound, panelRange.count)
    }
    // Rows are cut in multiples of twelve, which both the 6-row and the 12-row micro-kernels divide.
    if rows >= 24 * ThreadPool.shared.threadCount {
      let grain = max(12, min(rows, grainWork * rows / max(1, work)) / 12 * 12)
      ThreadPool.shared.parallel(over: rows, grain: grain) { multiply($0, 0..<panels) }
    } else {
      let grain = max(1, grainWork * panels / max(1, work))
      ThreadPool.shared.parallel(over: panels, grain: grain) { multiply(0..<rows, $0) }
    }
    withExtendedLifetime(right) {}
  }
}

extension Tensor {
  /// The matrix product of rows `[…, inner]` with a matrix `[inner, columns]`.
  public func matmul(_ right: Tensor) -> Tensor {
    precondition(
      right.shape.rank == 2 && right.shape[0] == shape.columns, "matmul of \(shape) and \(right.shape)")
    let output = Tensor(uninitialized: Shape(shape.dimensions.dropLast() + [right.shape.columns]))
    MatrixMultiply.run(
      .init(self), MatrixMultiply.Right(rowsOf: right, leftRows: shape.rows), into: output.pointer)
    return output.recorded(as: "matmul", inputs: [self, right]) { gradient in
      var leftGradient: Tensor?
      if self.requiresGradient {
        let result = Tensor(uninitialized: self.shape)
        MatrixMultiply.run(.init(gradient), .transpose(of: right), into: result.pointer)
        leftGradient = result
      }
      return [leftGradient, self.weightGradient(of: right, gradient, transposed: false)]
    }
  }

  /// inputᵀ · gradient, or its transpose, added to the parameter's gradient if `weight` is one; else returned.
  func weightGradient(of weight: Tensor, _ gradient: Tensor, transposed: Bool) -> Tensor? {
    guard let node = weight.node else { return nil }
    let direct = node.parameterGradient
    let result = direct ?? Tensor(uninitialized: weight.shape)
    let (left, right) = transposed ? (gradient, self) : (self, gradient)
    MatrixMultiply.run(
      .init(transposed: left.reshapedWithoutGradient([left.shape.rows, left.shape.columns])),
      .rows(of: right.reshapedWithoutGradient([right.shape.rows, right.shape.columns])), into: result.pointer,
      accumulating: direct != nil)
    return direct == nil ? result : nil
  }

  func reshapedWithoutGradient(_ shape: Shape) -> Tensor {
    Tensor(shape: shape, storage: storage, offset: offset)
  }
}

extension Tensor {
  /// The same weight `[outputs, inputs]` with its packed form beside it, so that each product skips the packing.
  ///
  /// The packed form does not follow later changes of the values: for weights that are no longer trained.
  public func packedForMultiply() -> Tensor {
    var copy = detached
    copy.packed = .transpose(of: self)
    return copy
  }
}
