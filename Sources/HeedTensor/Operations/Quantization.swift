import CHeedKernels

/// A matrix in eight bits: one scale for each row, symmetric about zero.
package struct QuantizedRows: Sendable {
  /// The values divided by their row's scale and rounded, `[rows, columns]`.
  package let values: [Int8]
  /// The scale of each row: its largest magnitude / 127.
  package let scales: [Float]
}

extension Tensor {
  /// Each row as int8 with a scale.
  package func quantizedRows() -> QuantizedRows {
    let (rows, columns, x) = (shape.rows, shape.columns, pointer)
    var scales = [Float](repeating: 0, count: rows)
    let values = [Int8](unsafeUninitializedCapacity: rows * columns) { buffer, count in
      if let base = buffer.baseAddress {
        for row in 0..<rows {
          heed_quantize_int8_row(x + row * columns, base + row * columns, &scales[row], columns)
        }
      }
      count = rows * columns
    }
    return QuantizedRows(values: values, scales: scales)
  }

  /// Each row as 4-bit blocks of 32, as GGUF's Q4_1: a scale and a minimum in half precision, then half a byte for each.
  package func quantizedBlocks() -> [UInt8] {
    let blocks = count / Int(HEED_BLOCK)
    precondition(shape.columns.isMultiple(of: Int(HEED_BLOCK)), "rows \(shape) are not whole blocks")
    return [UInt8](unsafeUninitializedCapacity: blocks * 20) { buffer, count in
      if let base = buffer.baseAddress { heed_quantize_q4_1(pointer, base, blocks) }
      count = blocks * 20
    }
  }

  /// Fills this matrix with int8 rows times their scales.
  package func dequantizeRows(_ bytes: UnsafeRawBufferPointer, scales: [Float]) {
    let (rows, columns, y) = (shape.rows, shape.columns, pointer)
    precondition(
      bytes.count == rows * columns && scales.count == rows, "int8 rows do not fill a tensor \(shape)")
    guard let base = bytes.bindMemory(to: Int8.self).baseAddress else { return }
    for row in 0..<rows {
      heed_dequantize_int8_row(base + row * columns, scales[row], y + row * columns, columns)
    }
  }
}

extension Tensor {
  /// The upper halves of the values, rounded to nearest even.
  package var bfloat16Values: [UInt16] {
    [UInt16](unsafeUninitializedCapacity: count) { buffer, initialized in
      if let base = buffer.baseAddress { heed_float_to_bfloat16(pointer, base, count) }
      initialized = count
    }
  }
}
