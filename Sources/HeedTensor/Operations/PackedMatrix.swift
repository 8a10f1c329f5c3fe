import CHeedKernels

/// A matrix B, `[inner, columns]`, in the panels that the matrix multiply reads: as floats, or quantised.
///
/// It is filled once, when it is made, and then only read.
package final class PackedMatrix: Sendable {
  /// How the numbers are held.
  package enum Form: Sendable, Hashable, CaseIterable {
    /// As they are.
    case float32
    /// The upper halves of the floats.
    case bfloat16
    /// Eight bits and a scale for each column.
    case int8Rows
    /// Eight bits and a scale for each column and 32 steps of `inner`, as GGUF's Q8_0 and Q5_0.
    case int8Blocks
    /// Four bits, a scale and a minimum for each column and 32 steps of `inner`, as GGUF's Q4_0 and Q4_1.
    case int4Blocks

    var kernel: heed_quantized_form {
      switch self {
      case .float32, .bfloat16: preconditionFailure("\(self) is not quantised")
      case .int8Rows: HEED_QUANTIZED_INT8_ROWS
      case .int8Blocks: HEED_QUANTIZED_INT8_BLOCKS
      case .int4Blocks: HEED_QUANTIZED_INT4_BLOCKS
      }
    }

    /// Whether steps of `inner` share scales, so that there must be whole blocks of them.
    package var hasBlocks: Bool { self == .int8Blocks || self == .int4Blocks }

    /// The bytes of a panel of 16 columns.
    func panelByteCount(inner: Int) -> Int {
      switch self {
      case .float32: inner * MatrixMultiply.panel * MemoryLayout<Float>.stride
      case .bfloat16: inner * MatrixMultiply.panel * MemoryLayout<UInt16>.stride
      case .int8Rows, .int8Blocks, .int4Blocks: heed_quantized_panel_size(kernel, inner)
      }
    }
  }

  /// Steps of `inner` that share a scale in the forms with blocks.
  package static let blockLength = Int(HEED_BLOCK)

  package let inner: Int
  package let columns: Int
  package let form: Form
  let storage: Storage
  /// The scale of each column, for `int8Rows`.
  let scales: Storage?

  /// Room for a matrix, of unknown content.
  package init(inner: Int, columns: Int, _ form: Form) {
    precondition(
      !form.hasBlocks || inner.isMultiple(of: Self.blockLength),
      "\(inner) is not a number of whole blocks")
    self.inner = inner
    self.columns = columns
    self.form = form
    let panels = MatrixMultiply.panelCount(columns)
    storage = Storage(count: (panels * form.panelByteCount(inner: inner) + 3) / MemoryLayout<Float>.stride)
    scales = form == .int8Rows ? Storage(count: panels * MatrixMultiply.panel) : nil
    scales?.pointer.update(repeating: 0, count: panels * MatrixMultiply.panel)
  }

  /// Packs B, where B[k, j] = values[k * innerStride + j * columnStride] and one of the strides is 1.
  package convenience init(
    _ values: UnsafePointer<Float>, inner: Int, columns: Int, innerStride: Int, columnStride: Int
  ) {
    self.init(inner: inner, columns: columns, .float32)
    fill(0..<columns, values, innerStride: innerStride, columnStride: columnStride)
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

  /// Column `index` as floats, `inner` of them.
  func unpack(column index: Int, into target: UnsafeMutablePointer<Float>) {
    precondition(index >= 0 && index < columns, "column \(index) of \(columns)")
    let panel = MatrixMultiply.panel
    let first = index / panel * panel * inner + index % panel
    switch form {
    case .float32:
      for k in 0..<inner { target[k] = storage.pointer[first + k * panel] }
    case .bfloat16:
      for k in 0..<inner { target[k] = Float(bitPattern: UInt32(halves[first + k * panel]) << 16) }
    case .int8Rows, .int8Blocks, .int4Blocks:
      heed_unpack_column(form.kernel, bytes, scales?.pointer, inner, index, target)
    }
  }

  var halves: UnsafeMutablePointer<UInt16> {
    UnsafeMutableRawPointer(storage.pointer).assumingMemoryBound(to: UInt16.self)
  }

  var bytes: UnsafeMutablePointer<UInt8> {
    UnsafeMutableRawPointer(storage.pointer).assumingMemoryBound(to: UInt8.self)
  }
}

// Columns are filled by ranges that start with a panel, so that a weight that a checkpoint holds in several tensors needs
// no copy that joins them.

extension PackedMatrix {
  /// Whether columns from `index` on can be filled by themselves.
  package static func isPanelStart(_ index: Int) -> Bool { index.isMultiple(of: MatrixMultiply.panel) }

  /// Fills columns from floats: B[k, range.lowerBound + j] = values[k * innerStride + j * columnStride].
  package func fill(
    _ range: Range<Int>, _ values: UnsafePointer<Float>, innerStride: Int, columnStride: Int
  ) {
    let (inner, count) = (inner, range.count)
    switch form {
    case .float32:
      let packed = panels(of: range).assumingMemoryBound(to: Float.self)
      parallelPanels(of: range) { panels in
        heed_pack(values, innerStride, columnStride, count, inner, panels.lowerBound, panels.count, packed)
      }
    case .bfloat16, .int8Rows, .int4Blocks:
      precondition(innerStride == 1, "columns are rounded where they lie in one piece")
      fillRounding(range, values, columnStride: columnStride)
    case .int8Blocks:
      preconditionFailure("blocks of eight bits are packed, not made")
    }
  }

  /// Fills columns from the upper halves of floats, `inner` for each column.
  package func fill(_ range: Range<Int>, _ values: UnsafePointer<UInt16>) {
    precondition(form == .bfloat16, "\(form) has no halves of floats")
    let (inner, count) = (inner, range.count)
    let packed = panels(of: range).assumingMemoryBound(to: UInt16.self)
    parallelPanels(of: range) { panels in
      heed_pack_bfloat16(values, count, inner, panels.lowerBound, panels.count, packed)
    }
  }

  /// Fills columns from int8 values, `inner` for each column, and their scales.
  package func fill(_ range: Range<Int>, _ values: UnsafePointer<Int8>, scales columnScales: [Float]) {
    precondition(form == .int8Rows && columnScales.count == range.count, "\(columnScales.count) scales")
    let (inner, count) = (inner, range.count)
    let packed = panels(of: range).assumingMemoryBound(to: UInt8.self)
    parallelPanels(of: range) { panels in
      heed_pack_int8(values, count, inner, panels.lowerBound, panels.count, packed)
    }
    for (index, scale) in columnScales.enumerated() { scales?.pointer[range.lowerBound + index] = scale }
  }

  /// Fills columns from GGUF's blocks: for each column the blocks of a row of the weight.
  package func fill(_ range: Range<Int>, _ format: heed_block_format, _ blocks: UnsafeRawPointer) {
    precondition(form == Form(format), "\(form) has not the blocks of \(format)")
    let (inner, count) = (inner, range.count)
    let packed = panels(of: range).assumingMemoryBound(to: UInt8.self)
    let source = SendableAddress(blocks)
    parallelPanels(of: range) { panels in
      heed_pack_blocks(format, source.pointer, count, inner, panels.lowerBound, panels.count, packed)
    }
  }

  /// Rounds floats to the form, a panel at a time.
  private func fillRounding(_ range: Range<Int>, _ values: UnsafePointer<Float>, columnStride: Int) {
    let (inner, count, panel) = (inner, range.count, MatrixMultiply.panel)
    let packed = panels(of: range)
    let panelByteCount = form.panelByteCount(inner: inner)
    let scales = scales.map { $0.pointer + range.lowerBound }
    let blocks = inner / Self.blockLength
    parallelPanels(of: range) { panels in
      withUnsafeTemporaryAllocation(byteCount: panel * inner * 2, alignment: 16) { buffer in
        guard let base = buffer.baseAddress else { return }
        for index in panels {
          let target = packed + index * panelByteCount
          let columns = index * panel..<min(count, index * panel + panel)
          switch form {
          case .bfloat16:
            let halves = base.assumingMemoryBound(to: UInt16.self)
            for (j, column) in columns.enumerated() {
              heed_float_to_bfloat16(values + column * columnStride, halves + j * inner, inner)
            }
            heed_pack_bfloat16(
              halves, columns.count, inner, 0, 1, target.assumingMemoryBound(to: UInt16.self))
          case .int8Rows:
            let bytes = base.assumingMemoryBound(to: Int8.self)
            guard let scales else { return }
            for (j, column) in columns.enumerated() {
              heed_quantize_int8_row(
                values + column * columnStride, bytes + j * inner, scales + column, inner)
            }
            heed_pack_int8(bytes, columns.count, inner, 0, 1, target.assumingMemoryBound(to: UInt8.self))
          case .int4Blocks:
            for (j, column) in columns.enumerated() {
              heed_quantize_q4_1(values + column * columnStride, base + j * blocks * 20, blocks)
            }
            heed_pack_blocks(
              HEED_BLOCKS_Q4_1, base, columns.count, inner, 0, 1, target.assumingMemoryBound(to: UInt8.self))
          case .float32, .int8Blocks:
            preconditionFailure("\(form) is not made by rounding")
          }
        }
      }
    }
  }

  private func panels(of range: Range<Int>) -> UnsafeMutableRawPointer {
    precondition(
      Self.isPanelStart(range.lowerBound) && range.upperBound <= columns
        && (range.upperBound == columns || Self.isPanelStart(range.upperBound)),
      "columns \(range) of \(columns) are not whole panels")
    return UnsafeMutableRawPointer(storage.pointer)
      + range.lowerBound / MatrixMultiply.panel * form.panelByteCount(inner: inner)
  }

  private func parallelPanels(of range: Range<Int>, _ body: (Range<Int>) -> Void) {
    let grain = max(1, 16_384 / max(1, inner * MatrixMultiply.panel))
    ThreadPool.shared.parallel(over: MatrixMultiply.panelCount(range.count), grain: grain, body)
  }
}

/// An address that another thread may read from.
private struct SendableAddress: @unchecked Sendable {
  // Unchecked, because what it points to is not written while it is used.
  let pointer: UnsafeRawPointer
  init(_ pointer: UnsafeRawPointer) { self.pointer = pointer }
}

extension PackedMatrix.Form {
  /// The form that holds blocks of that format without loss, if there is one.
  package init?(_ format: heed_block_format) {
    switch format {
    case HEED_BLOCKS_Q4_0, HEED_BLOCKS_Q4_1: self = .int4Blocks
    case HEED_BLOCKS_Q5_0, HEED_BLOCKS_Q8_0: self = .int8Blocks
    default: return nil
    }
  }
}
