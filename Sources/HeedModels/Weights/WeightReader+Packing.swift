import CHeedKernels
import HeedLayers
import HeedTensor

/// Weights from the file into the layout of the matrix multiply, without a copy between where that can be.
extension WeightReader {
  typealias Pieces = [(piece: WeightName.Piece, shape: Shape)]

  /// A packed weight, in the precision asked for or in that of the file.
  func weight(
    _ path: String, _ shape: Shape, _ precision: InferencePrecision?
  ) throws(CheckpointError) -> Tensor {
    let pieces = pieces(of: path, shape)
    let stored = storedForm(of: pieces)
    let wanted: PackedMatrix.Form =
      switch precision {
      case .float32: .float32
      case .int8: .int8Rows
      case nil: stored
      }
    let starts = pieces.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.shape[0]) }
    let isDirect =
      (wanted == stored || stored == .float32)
      && starts.dropLast().allSatisfy(PackedMatrix.isPanelStart)
      && (wanted == .float32 || pieces.allSatisfy { $0.piece.form == .same })
    guard isDirect else {
      let floats = try tensor(path, shape)
      return wanted == .int8Rows ? floats.quantizedForMultiply() : floats.packedForMultiply()
    }
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
        if isQuantized(piece.name) { return .int8Rows }
        return file.entry(piece.name)?.elementType.blockFormat.flatMap { PackedMatrix.Form($0) } ?? .float32
      })
    return forms.count == 1 ? forms.first ?? .float32 : .float32
  }

  private func fill(
    _ matrix: PackedMatrix, _ columns: Range<Int>, from piece: WeightName.Piece,
    storedAs stored: PackedMatrix.Form
  ) throws(CheckpointError) {
    guard let entry = file.entry(piece.name) else { preconditionFailure("\(piece.name) was checked to be there") }
    switch stored {
    case .int8Rows:
      guard let scaleEntry = file.entry("\(piece.name).scale") else {
        preconditionFailure("the scales of \(piece.name) were checked to be there")
      }
      let scales = try file.floats(of: scaleEntry)
      file.withBytes(of: entry) { bytes in
        guard let base = bytes.baseAddress else { return }
        matrix.fill(columns, base.assumingMemoryBound(to: Int8.self), scales: scales)
      }
    case .int8Blocks, .int4Blocks:
      guard let format = entry.elementType.blockFormat else { preconditionFailure("\(piece.name) has no blocks") }
      file.withBytes(of: entry) { bytes in
        if let base = bytes.baseAddress { matrix.fill(columns, format, base) }
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
        Int(bitPattern: base).isMultiple(of: MemoryLayout<Float>.alignment)
      else { return false }
      body(base.assumingMemoryBound(to: Float.self))
      return true
    }
    if !isInPlace { (try file.floats(of: entry)).withUnsafeBufferPointer { $0.baseAddress.map(body) } }
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
