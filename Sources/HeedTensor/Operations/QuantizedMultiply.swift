import CHeedKernels

extension MatrixMultiply {
  /// output = activation(left · right + bias) with quantised weights: the rows of `left` are rounded to 16 bits, and what
  /// belongs to one scale is multiplied and summed as integers, exactly.
  static func runQuantized(
    _ left: Left, _ right: PackedMatrix, into output: UnsafeMutablePointer<Float>,
    bias: UnsafePointer<Float>?, activation: Activation
  ) {
    precondition(left.innerStride == 1, "rows are quantised where they lie in one piece")
    let (rows, inner) = (left.rows, right.inner)
    guard rows > 0, right.columns > 0 else { return }
    let form = right.form.kernel
    let blocks = right.form == .int8Rows ? 1 : inner / PackedMatrix.blockLength
    let stride = (inner + 1) / 2 * 2
    let integers = Storage(count: rows * stride / 2)
    let scales = Storage(count: rows * blocks)
    let sums = right.form == .int4Blocks ? Storage(count: rows * blocks) : nil
    let a = UnsafeMutableRawPointer(integers.pointer).assumingMemoryBound(to: Int16.self)
    let (scaleBase, sumBase) = (scales.pointer, sums?.pointer)
    ThreadPool.shared.parallel(over: rows, grain: max(1, Elementwise.grain / max(1, inner))) { range in
      let first = range.lowerBound
      heed_quantize_rows(
        left.values + first * left.rowStride, left.rowStride, range.count, inner, form, a + first * stride,
        stride, scaleBase + first * blocks, sumBase.map { $0 + first * blocks })
    }

    var job = heed_quantized_job()
    job.a_stride = stride
    job.form = form
    job.packed = UnsafePointer(right.bytes)
    job.scales = right.scales.map { UnsafePointer($0.pointer) }
    job.c_row_stride = right.columns
    job.bias = bias
    job.activation = activation.kernel
    job.columns = right.columns
    job.inner = inner
    let base = job
    let panels = panelCount(right.columns)
    divide(rows: rows, panels: panels, work: rows * right.columns * inner) { rowRange, panelRange in
      let first = rowRange.lowerBound
      var job = base
      job.a = UnsafePointer(a + first * stride)
      job.a_scales = UnsafePointer(scaleBase + first * blocks)
      job.a_sums = sumBase.map { UnsafePointer($0 + first * blocks) }
      job.c = output + first * right.columns
      job.rows = rowRange.count
      heed_quantized_matmul(&job, panelRange.lowerBound, panelRange.count)
    }
    withExtendedLifetime((integers, scales, sums, right)) {}
  }
  /// output = activation(left · right + bias) with weights in bfloat16: what the same weights as floats give.
  static func runHalves(
    _ left: Left, _ right: PackedMatrix, into output: UnsafeMutablePointer<Float>,
    bias: UnsafePointer<Float>?, activation: Activation
  ) {
    guard left.rows > 0, right.columns > 0 else { return }
    var job = heed_matmul_job()
    job.a_row_stride = left.rowStride
    job.a_inner_stride = left.innerStride
    job.c_row_stride = right.columns
    job.bias = bias
    job.activation = activation.kernel
    job.columns = right.columns
    job.inner = right.inner
    let base = job
    let (panels, packed) = (panelCount(right.columns), right.halves)
    divide(rows: left.rows, panels: panels, work: left.rows * right.columns * right.inner) { rows, panels in
      var job = base
      job.a = left.values + rows.lowerBound * left.rowStride
      job.c = output + rows.lowerBound * right.columns
      job.rows = rows.count
      heed_matmul_bfloat16(&job, packed, panels.lowerBound, panels.count)
    }
    withExtendedLifetime(right) {}
  }
}
