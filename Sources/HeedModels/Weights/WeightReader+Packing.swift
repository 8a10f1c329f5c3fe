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
      case .int4: Int4Blocks.fit(columns: shape.columns) ? .int4Blocks : .int8Rows
      case nil: stored
      }
    let hasFloats = pieces.allSatisfy { quantization(of: $0.piece.name) == nil }
    let isPlain = pieces.allSatisfy { $0.piece.form == .same }
    guard wanted == .float32 || isPlain, wanted == stored || (stored == .float32 && hasFloats),
      wanted != .float32 || hasFloats
    else { return try tensor(path, shape).packedForMultiply(as: wanted) }
    let starts = pieces.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.shape[0]) }
    let matrix = PackedMatrix(inner: shape.columns, columns: shape[0], wanted)
    if starts.dropLast().allSatisfy(PackedMatrix.isPanelStart) {
      for ((piece, shape), start) in zip(pieces, starts) {
        try fill(matrix, start..<start + shape[0], from: piece, storedAs: stored)
        discard(piece.name)
      }
    } else if stored == .float32 {
      return try tensor(path, shape).packedForMultiply(as: wanted)
    } else if let type = commonType(of: pieces) {
      try fill(matrix, joining: pieces, of: type, storedAs: stored)
    } else {
      return try tensor(path, shape).packedForMultiply()
    }
    return Tensor(packed: matrix)
  }

  /// Pieces that do not begin with panels: their rows are laid end to end first.
  private func fill(
    _ matrix: PackedMatrix, joining pieces: Pieces, of type: ElementType, storedAs stored: PackedMatrix.Form
  ) throws(CheckpointError) {
    var bytes: [UInt8] = []
    var scales: [Float] = []
    for (piece, _) in pieces {
      guard let entry = file.entry(piece.name) else {
        preconditionFailure("\(piece.name) was checked to be there")
      }
      file.withBytes(of: entry) { bytes += $0 }
      if stored == .int8Rows { scales += try self.scales(of: piece.name) }
    }
    bytes.withUnsafeBytes { matrix.fill(0..<matrix.columns, $0, type, scales) }
  }

  /// The type of all pieces, if they have one in common.
  private func commonType(of pieces: Pieces) -> ElementType? {
    let types = Set(pieces.map { file.entry($0.piece.name)?.elementType })
    return types.count == 1 ? types.first ?? nil : nil
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
    case .bfloat16, .int8Rows, .int8Blocks, .int4Blocks:
      let scales = stored == .int8Rows ? try scales(of: piece.name) : []
      file.withBytes(of: entry) { matrix.fill(columns, $0, entry.elementType, scales) }
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

extension PackedMatrix {
  /// Fills columns from the bytes of a checkpoint, of a type that has a packed form of its own.
  fileprivate func fill(
    _ range: Range<Int>, _ bytes: UnsafeRawBufferPointer, _ type: ElementType, _ scales: [Float]
  ) {
    guard let base = bytes.baseAddress else { return }
    switch type {
    case .int8:
      fill(range, base.assumingMemoryBound(to: Int8.self), scales: scales)
    case .bfloat16 where bytes.isAligned(to: UInt16.self):
      fill(range, base.assumingMemoryBound(to: UInt16.self))
    case .bfloat16:
      let copy = (0..<bytes.count / 2).map { bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self) }
      copy.withUnsafeBufferPointer { if let base = $0.baseAddress { fill(range, base) } }
    default:
      let blocks = type == .uint8 ? Int4Blocks.type : type
      guard let format = blocks.blockFormat else { preconditionFailure("\(type) has no blocks") }
      fill(range, format, base)
    }
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
