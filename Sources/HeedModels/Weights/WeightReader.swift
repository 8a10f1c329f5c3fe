import HeedLayers
import HeedTensor

/// Fills the parameters of a model from a checkpoint, strictly: everything that is missing, left over, or of another
/// shape is reported at once, and then nothing is loaded.
struct WeightReader {
  let file: any CheckpointFile
  private let table: WeightTable
  private let index: WeightIndex
  fileprivate let use: ModelUse
  /// What the file calls a tensor, by the name without freedoms.
  private let storedNames: [String: String]

  init(file: any CheckpointFile, table: WeightTable, use: ModelUse) throws(CheckpointError) {
    self.file = file
    self.table = table
    index = table.index
    self.use = use
    var storedNames: [String: String] = [:]
    for name in file.names {
      let canonical = table.canonical(name)
      if let other = storedNames[canonical], !table.isIgnored(name) {
        let reason = "is another name of \(other), which the file holds as well"
        throw CheckpointError(file: file.file, problems: [.malformed(tensor: name, reason: reason)])
      }
      storedNames[canonical] = name
    }
    self.storedNames = storedNames
  }

  /// Reads all parameters and constants.
  func read(into model: inout some StoredModel) throws(CheckpointError) {
    var listing = ListingVisitor(reader: self)
    try visit(&model, &listing)
    try file.check(against: listing.expected) { table.isIgnored($0) || isCopy($0) }
    try checkCopies()
    var reading = ReadingVisitor(reader: self)
    try visit(&model, &reading)
    if case .inference = use { StoragePool.shared.releaseIdle() }
  }

  private func visit(_ model: inout some StoredModel, _ visitor: inout some ParameterVisitor)
    throws(CheckpointError)
  {
    do {
      try model.visitParameters(&visitor)
      try model.visitConstants(&visitor)
    } catch let error as CheckpointError {
      throw error
    } catch {
      preconditionFailure("reading a parameter failed: \(error)")
    }
  }

  /// The tensors of the file that a parameter is stacked from, and its own shape of each.
  func pieces(of path: String, _ shape: Shape) -> [(piece: WeightName.Piece, shape: Shape)] {
    let pieces = index.pieces(of: path)
    let shares = pieces.reduce(0) { $0 + $1.share }
    precondition(shape[0].isMultiple(of: shares), "\(path) \(shape) cannot be cut into \(shares) parts")
    return pieces.map { piece in
      var piece = piece
      piece.name = storedNames[table.canonical(piece.name)] ?? piece.name
      // What is quantised is so by the rows of a weight [outputs, inputs], and so it is stored.
      if piece.form == .transposed, quantization(of: piece.name) != nil { piece.form = .same }
      return (piece, Shape([shape[0] / shares * piece.share] + shape.dimensions.dropFirst()))
    }
  }

  /// A matrix may be stored as int8 with a scale for each row, or as int4 in blocks.
  fileprivate func expected(_ path: String, _ shape: Shape) -> [ExpectedTensor] {
    pieces(of: path, shape).flatMap { piece, shape -> [ExpectedTensor] in
      let stored = piece.form.stored(shape.dimensions)
      switch shape.rank == 2 ? quantization(of: piece.name) : nil {
      case .int8:
        return [
          ExpectedTensor(piece.name, shape: stored, elementTypes: [.int8]),
          ExpectedTensor("\(piece.name).scale", shape: [stored[0]], elementTypes: [.float32]),
        ]
      case .int4 where Int4Blocks.fit(columns: stored[1]):
        let blocks = Int4Blocks.byteCount(columns: stored[1])
        return [ExpectedTensor(piece.name, shape: [stored[0], blocks], elementTypes: [.uint8])]
      case .float32, .bfloat16, .int4, nil:
        return [ExpectedTensor(piece.name, shape: stored)]
      }
    }
  }

  /// How Heed has rounded the tensor of that name, if it has.
  func quantization(of name: String) -> WeightPrecision? {
    switch file.entry(name)?.elementType {
    case .int8: .int8
    case .uint8: .int4
    default: nil
    }
  }

  private func isCopy(_ name: String) -> Bool {
    let name = table.canonical(name)
    return table.copies.contains { table.canonical($0.name) == name }
  }

  /// A copy of a tied weight that is not equal to it means that the model was not tied.
  private func checkCopies() throws(CheckpointError) {
    for (name, original) in table.copies {
      guard let copy = storedNames[table.canonical(name)],
        let source = storedNames[table.canonical(original)], !file.holdsEqualValues(copy, source)
      else { continue }
      let reason = "differs from \(source), although the configuration ties them (tie_word_embeddings true)"
      throw CheckpointError(file: file.file, problems: [.malformed(tensor: copy, reason: reason)])
    }
  }

  func tensor(_ path: String, _ shape: Shape) throws(CheckpointError) -> Tensor {
    let result = Tensor(uninitialized: shape)
    var next = 0
    for (piece, shape) in pieces(of: path, shape) {
      let target = result.view(shape, at: next)
      if piece.form == .transposed {
        let stored = Tensor(uninitialized: Shape(piece.form.stored(shape.dimensions)))
        try read(piece.name, into: stored)
        target.copyTransposed(from: stored)
      } else {
        try read(piece.name, into: target)
      }
      next += shape.count
      discard(piece.name)
    }
    return result
  }

  /// What has been read is not needed again: its pages go back to the system.
  func discard(_ name: String) {
    if let entry = file.entry(name) { file.discardPages(of: entry) }
  }

  private func read(_ name: String, into target: Tensor) throws(CheckpointError) {
    guard let entry = file.entry(name) else { preconditionFailure("\(name) was checked to be there") }
    switch target.shape.rank == 2 ? quantization(of: name) : nil {
    case .int8:
      let scales = try scales(of: name)
      file.withBytes(of: entry) { target.dequantizeRows($0, scales: scales) }
    case .int4:
      file.withBytes(of: entry) { bytes in
        target.withUnsafeMutableValues { _ = Int4Blocks.type.decode(bytes, into: $0) }
      }
    case .float32, .bfloat16, nil:
      try target.withUnsafeMutableValues { (buffer) throws(CheckpointError) in
        try file.floats(of: entry, into: buffer)
      }
    }
  }

  func scales(of name: String) throws(CheckpointError) -> [Float] {
    guard let entry = file.entry("\(name).scale") else {
      preconditionFailure("the scales of \(name) were checked to be there")
    }
    return try file.floats(of: entry)
  }
}

/// The form of `int4` weights in a safetensors file: U8 `NAME` `[rows, bytes]`, in each row the blocks that GGUF calls
/// Q4_1.
enum Int4Blocks {
  static let type = ElementType.q4Shifted

  /// Whether rows of that many columns can be blocks.
  static func fit(columns: Int) -> Bool { columns > 0 && columns.isMultiple(of: type.blockLength) }

  /// The bytes of a row.
  static func byteCount(columns: Int) -> Int { columns / type.blockLength * type.blockByteSize }
}

extension WeightName.Form {
  /// The shape in the checkpoint of what has `dimensions` here.
  func stored(_ dimensions: [Int]) -> [Int] {
    switch self {
    case .same: dimensions
    case .transposed: dimensions.reversed()
    case .row: [1] + dimensions
    }
  }
}

private struct ListingVisitor: ParameterVisitor {
  var path: [String] = []
  let reader: WeightReader
  var expected: [ExpectedTensor] = []

  mutating func visit(path: String, _ parameter: inout Tensor) throws {
    expected += reader.expected(path, parameter.shape)
  }
}

private struct ReadingVisitor: ParameterVisitor {
  var path: [String] = []
  let reader: WeightReader

  mutating func visit(path: String, _ parameter: inout Tensor) throws {
    parameter = try reader.tensor(path, parameter.shape)
  }
  mutating func visit(weightPath path: String, _ parameter: inout Tensor) throws {
    switch reader.use {
    case .training: try visit(path: path, &parameter)
    case .inference(let precision): parameter = try reader.weight(path, parameter.shape, precision)
    }
  }
}
