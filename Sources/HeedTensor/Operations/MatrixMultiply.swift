import CHeedKernels

/// Divides products among the threads of the pool.
package enum MatrixMultiply {
  static let panel = Int(HEED_PANEL)
  /// Multiply-adds worth handing to a thread: some five microseconds, or twenty where weights come from memory.
  private static let grainWork = 100_000

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
      precondition(packed.form == .float32, "a matrix of \(packed.form) cannot be read as floats")
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
    switch right.form {
    case .float32:
      run(left, Right(right), into: output, bias: bias, activation: activation, accumulating: accumulating)
    case .bfloat16, .int8Rows, .int8Blocks, .int4Blocks:
      precondition(!accumulating, "products with rounded weights are not added to anything")
      if right.form == .bfloat16 {
        runHalves(left, right, into: output, bias: bias, activation: activation)
      } else {
        runQuantized(left, right, into: output, bias: bias, activation: activation)
      }
    }
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
    divide(rows: rows, panels: panels, work: work) { rowRange, panelRange in multiply(rowRange, panelRange) }
    withExtendedLifetime(right) {}
  }

  /// Calls `body` for parts of a product of so many rows and panels, of `work` multiply-adds in all.
  static func divide(rows: Int, panels: Int, work: Int, _ body: (Range<Int>, Range<Int>) -> Void) {
    // Rows are cut in multiples of twelve, which both the 6-row and the 12-row micro-kernels divide.
    if rows >= 24 * ThreadPool.shared.threadCount {
      let grain = max(12, min(rows, grainWork * rows / max(1, work)) / 12 * 12)
      ThreadPool.shared.parallel(over: rows, grain: grain, multiple: 12) { body($0, 0..<panels) }
    } else {
      let grain = max(1, grainWork * panels / max(1, work))
      ThreadPool.shared.parallel(over: panels, grain: grain, multiple: 1) { body(0..<rows, $0) }
    }
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
