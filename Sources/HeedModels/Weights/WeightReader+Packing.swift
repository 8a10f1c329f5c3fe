import CHeedKernels
import HeedLayers
import HeedTensor

/// Weights from the file into the layout of the matrix multiply, without a copy between where that can be.
extension WeightReader {
  typealias Pieces = [(piece: WeightName.Piece, shape: Shape)]

  /// A packed weight, in the precision asked for or in that of the file.
  func weight(
    _ path: String, _ shape: Shape, _ precision: WeightPrecision?
  ) throws(CheckpointError) -> Tensor {
    let pieces = pieces(of: path, shape)
    let stored = storedForm(of: pieces)
    let wanted: PackedMatrix.Form =
      switch precision {
      case .float32: .float32
      case .bfloat16: .bfloat16
      case .int8: .int8Rows
      case .int4: Int4Blocks.fit(columns: shape.columns) ? .int4Blocks : .float32
      case nil: stored
      }
    let starts = pieces.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.shape[0]) }
    let isDirect =
      (wanted == stored || stored == .float32)
      && starts.dropLast().allSatisfy(PackedMatrix.isPanelStart)
      && (wanted == .float32 || pieces.allSatisfy { $0.piece.form == .same })
    guard isDirect else { return try tensor(path, shape).packedForMultiply(as: wanted) }
    let matrix = PackedMatrix(inner: shape.columns, columns: shape[0], wanted)
    for ((piece, shape), start) in zip(pieces, starts) {
      try fill(matrix, start..<start + shape[0], from: piece, storedAs: stored)
      discard(piece.name)
    }
    return Tensor(packed: matrix)
  }

  /// The packed form that holds all pieces without loss.
  private func storedForm(of pieces: Pieces) -> PackedMatrix.Form {
    let forms = Set(
      pieces.map { piece, _ -> PackedMatrix.Form in
        switch file.entry(piece.name)?.elementType {
        case .int8: .int8Rows
        case .uint8: .int4Blocks
        case .bfloat16: .bfloat16
        case let type: (type?.blockFormat).flatMap { PackedMatrix.Form($0) } ?? .float32
        }
      })
    return forms.count == 1 ? forms.first ?? .float32 : .float32
  }

  private func fill(
    _ matrix: PackedMatrix, _ columns: Range<Int>, from piece: WeightName.Piece,
    storedAs stored: PackedMatrix.Form
  ) throws(CheckpointError) {
    guard let entry = file.entry(piece.name) else {
      preconditionFailure("\(piece.name) was checked to be there")
    }
    switch stored {
    case .int8Rows:
      let scales = try scales(of: piece.name)
      file.withBytes(of: entry) { bytes in
        guard let base = bytes.baseAddress else { return }
        matrix.fill(columns, base.assumingMemoryBound(to: Int8.self), scales: scales)
      }
    case .int8Blocks, .int4Blocks:
      let type = entry.elementType == .uint8 ? Int4Blocks.type : entry.elementType
      guard let format = type.blockFormat else { preconditionFailure("\(piece.name) has no blocks") }
      file.withBytes(of: entry) { bytes in
        if let base = bytes.baseAddress { matrix.fill(columns, format, base) }
      }
    case .bfloat16:
      file.withBytes(of: entry) { bytes in
        let halves = bytes.bindMemory(to: UInt16.self)
        if bytes.isAligned(to: UInt16.self), let base = halves.baseAddress {
          matrix.fill(columns, base)
        } else {
          let copy = (0..<bytes.count / 2).map {
            bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)
          }
          copy.withUnsafeBufferPointer { if let base = $0.baseAddress { matrix.fill(columns, base) } }
        }
      }
    case .float32:
      try withFloats(of: entry) { values in
        if piece.form == .transposed {
          matrix.fill(columns, values, innerStride: columns.count, columnStride: 1)
        } else {
          matrix.fill(columns, values, innerStride: 1, columnStride: matrix.inner)
        }
      }
    }
  }

  /// The elements as floats: where they lie in the file, if they are that already.
  private func withFloats(
    of entry: TensorEntry, _ body: (UnsafePointer<Float>) -> Void
  ) throws(CheckpointError) {
    let isInPlace = file.withBytes(of: entry) { bytes in
      guard entry.elementType == .float32, let base = bytes.baseAddress,
        bytes.isAligned(to: Float.self)
      else { return false }
      body(base.assumingMemoryBound(to: Float.self))
      return true
    }
    if !isInPlace { (try file.floats(of: entry)).withUnsafeBufferPointer { $0.baseAddress.map(body) } }
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func isAligned<Element>(to type: Element.Type) -> Bool {
    Int(bitPattern: baseAddress).isMultiple(of: MemoryLayout<Element>.alignment)
  }
}

extension ElementType {
  /// The kernels' name for the layout of quantised blocks.
  var blockFormat: heed_block_format? {
    switch self {
    case .q4Scaled: HEED_BLOCKS_Q4_0
    case .q4Shifted: HEED_BLOCKS_Q4_1
    case .q5Scaled: HEED_BLOCKS_Q5_0
    case .q5Shifted: HEED_BLOCKS_Q5_1
    case .q8Scaled: HEED_BLOCKS_Q8_0
    case .q4Nested: HEED_BLOCKS_Q4_K
    case .q5Nested: HEED_BLOCKS_Q5_K
    case .q6Nested: HEED_BLOCKS_Q6_K
    default: nil
    }
  }
}
