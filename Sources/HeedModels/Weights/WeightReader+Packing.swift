import CHeedKernels
import HeedLayers
import HeedTensor

/// Weights from the file into the layout of the matrix multiply, without a copy between where that can be.
extension WeightReader {
  typealias Pieces = [(piece: WeightName.Piece, shape: Shape)]

  /// How the numbers of a weight come from the file into the layout of the matrix multiply.
  private enum Packing {
    /// As they are stored: the multiply has a kernel for that form.
    case asStored(PackedMatrix.Form)
    /// As they are stored, but the tensors of the file do not begin with panels: their rows, all of this type, are laid
    /// end to end first.
    case asStoredJoined(PackedMatrix.Form, ElementType)
    /// As floats, rounded to the form where that is not float32: tensor after tensor, from where they lie in the file.
    case fromFloats(PackedMatrix.Form)
    /// As floats, rounded to the form where that is not float32: from one matrix that is made of the tensors first.
    case fromUnpacked(PackedMatrix.Form)
  }

  /// A packed weight, in the precision asked for or in that of the file.
  func weight(
    _ path: String, _ shape: Shape, _ precision: WeightPrecision?
  ) throws(CheckpointError) -> Tensor {
    let pieces = pieces(of: path, shape)
    switch packing(of: pieces, shape, precision) {
    case .asStored(let form):
      return try packed(pieces, shape, form) { (matrix, columns, piece, entry) throws(CheckpointError) in
        let scales = form == .int8Rows ? try scales(of: piece.name) : []
        file.withBytes(of: entry) { matrix.fill(columns, $0, entry.elementType, scales) }
      }
    case .asStoredJoined(let form, let type):
      return try joined(pieces, shape, form, of: type)
    case .fromFloats(let form):
      return try packed(pieces, shape, form) { (matrix, columns, piece, entry) throws(CheckpointError) in
        try withFloats(of: entry) { values in
          if piece.form == .transposed {
            matrix.fill(columns, values, innerStride: columns.count, columnStride: 1)
          } else {
            matrix.fill(columns, values, innerStride: 1, columnStride: matrix.inner)
          }
        }
      }
    case .fromUnpacked(let form):
      return try tensor(path, shape).packedForMultiply(as: form)
    }
  }

  private func packing(of pieces: Pieces, _ shape: Shape, _ precision: WeightPrecision?) -> Packing {
    let stored = storedForm(of: pieces)
    let wanted: PackedMatrix.Form =
      switch precision {
      case .float32: .float32
      case .bfloat16: .bfloat16
      case .int8: .int8Rows
      case .int4: Int4Blocks.fit(columns: shape.columns) ? .int4Blocks : .int8Rows
      case nil: stored ?? .float32
      }
    let areRows = pieces.allSatisfy { $0.piece.form == .same }
    let starts = pieces.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.shape[0]) }
    let beginWithPanels = starts.dropLast().allSatisfy(PackedMatrix.isPanelStart)
    if wanted == stored, areRows {
      if beginWithPanels { return .asStored(wanted) }
      if let type = commonType(of: pieces) { return .asStoredJoined(wanted, type) }
      // Without loss in no other form than as floats.
      if precision == nil { return .fromUnpacked(.float32) }
    }
    let areFloats =
      (stored == nil || stored == .bfloat16)
      && pieces.allSatisfy { quantization(of: $0.piece.name) == nil }
    // What is rounded must lie in rows; a transposed matrix can be packed as it is.
    if areFloats, beginWithPanels, areRows || wanted == .float32 { return .fromFloats(wanted) }
    return .fromUnpacked(wanted)
  }

  /// A matrix that `fill` is asked to fill, range of columns by range, from the tensors of the file.
  private func packed(
    _ pieces: Pieces, _ shape: Shape, _ form: PackedMatrix.Form,
    _ fill: (PackedMatrix, Range<Int>, WeightName.Piece, TensorEntry) throws(CheckpointError) -> Void
  ) throws(CheckpointError) -> Tensor {
    let matrix = PackedMatrix(inner: shape.columns, columns: shape[0], form)
    var start = 0
    for (piece, shape) in pieces {
      try fill(matrix, start..<start + shape[0], piece, entry(of: piece))
      discard(piece.name)
      start += shape[0]
    }
    return Tensor(packed: matrix)
  }

  /// A matrix of what the tensors of the file hold end to end.
  private func joined(
    _ pieces: Pieces, _ shape: Shape, _ form: PackedMatrix.Form, of type: ElementType
  ) throws(CheckpointError) -> Tensor {
    var bytes: [UInt8] = []
    var scales: [Float] = []
    for (piece, _) in pieces {
      file.withBytes(of: entry(of: piece)) { bytes += $0 }
      if form == .int8Rows { scales += try self.scales(of: piece.name) }
      discard(piece.name)
    }
    let matrix = PackedMatrix(inner: shape.columns, columns: shape[0], form)
    bytes.withUnsafeBytes { matrix.fill(0..<matrix.columns, $0, type, scales) }
    return Tensor(packed: matrix)
  }

  private func entry(of piece: WeightName.Piece) -> TensorEntry {
    guard let entry = file.entry(piece.name) else {
      preconditionFailure("\(piece.name) was checked to be there")
    }
    return entry
  }

  /// The type of all pieces, if they have one in common.
  private func commonType(of pieces: Pieces) -> ElementType? {
    let types = Set(pieces.map { file.entry($0.piece.name)?.elementType })
    return types.count == 1 ? types.first ?? nil : nil
  }

  /// The packed form, other than float32, that holds all pieces as they are stored; nil where there is none.
  private func storedForm(of pieces: Pieces) -> PackedMatrix.Form? {
    let forms = Set(
      pieces.map { piece, _ -> PackedMatrix.Form? in
        switch file.entry(piece.name)?.elementType {
        case .int8: .int8Rows
        case .uint8: .int4Blocks
        case .bfloat16: .bfloat16
        case let type: (type?.blockFormat).flatMap { PackedMatrix.Form($0) }
        }
      })
    return forms.count == 1 ? forms.first ?? nil : nil
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
