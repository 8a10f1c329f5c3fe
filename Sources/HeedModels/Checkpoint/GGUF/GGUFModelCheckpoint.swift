/// The tensors of a GGUF file of type `llama` or `qwen2`, under the names and in the order of rows of a Hugging Face
/// checkpoint of that family.
///
/// Nothing is copied when it is made. The rows of queries and keys of type `llama` are put in order each time that they
/// are read. A tensor that has no such name, like ``GGUFModelDescription/rotaryFactorsName``, keeps its own.
public struct GGUFModelCheckpoint: CheckpointFile {
  private let base: RenamedCheckpoint
  /// For tensors whose rows are interleaved: the heads that share the rows.
  private let headCounts: [String: Int]

  /// The checkpoint of a file that `description` is about.
  ///
  /// - Throws: A `CheckpointError` if two tensors get the same name, or the rows of queries and keys are not whole heads.
  public init(_ file: GGUFFile, _ description: GGUFModelDescription) throws(CheckpointError) {
    base = try file.renamed { GGUFTensorNames.huggingFaceName($0) }
    var headCounts: [String: Int] = [:]
    var problems: [CheckpointError.Problem] = []
    for entry in base.entries where description.permutesQueriesAndKeys {
      let headCount: Int
      if entry.name.contains(".self_attn.q_proj.") {
        headCount = description.headCount
      } else if entry.name.contains(".self_attn.k_proj.") {
        headCount = description.keyValueHeadCount
      } else {
        continue
      }
      headCounts[entry.name] = headCount
      // A row must be whole blocks, which the single element of a row of a bias is not.
      let isInRows = entry.shape.count > 1 || !entry.elementType.isQuantized
      guard isInRows, let rowCount = entry.shape.first, rowCount.isMultiple(of: 2 * headCount) else {
        let reason =
          "of shape \(shapeText(entry.shape)) and type \(entry.elementType.rawValue) is not \(headCount) heads of "
          + "whole rows"
        problems.append(.malformed(tensor: entry.name, reason: reason))
        continue
      }
    }
    guard problems.isEmpty else { throw CheckpointError(file: file.file, problems: problems) }
    self.headCounts = headCounts
  }

  /// The file's path, or the name given for bytes in memory.
  public var file: String { base.file }
  /// The tensors, in the order of the file.
  public var entries: [TensorEntry] { base.entries }
  /// The tensor of that name, if the file has it.
  public func entry(_ name: String) -> TensorEntry? { base.entry(name) }

  /// Calls `body` with the tensor's elements, rows in order.
  /// - Precondition: `entry` is one of this checkpoint.
  public func withBytes<Value, Failure: Error>(
    of entry: TensorEntry, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    guard let headCount = headCounts[entry.name], let rowCount = entry.shape.first, entry.byteCount > 0 else {
      return try base.withBytes(of: entry, body)
    }
    // Rows are whole blocks, so that quantised ones change places like any others.
    let order = GGUFRowOrder.sources(rowCount: rowCount, headCount: headCount)
    let ordered = UnsafeMutableRawBufferPointer.allocate(byteCount: entry.byteCount, alignment: 16)
    defer { ordered.deallocate() }
    base.withBytes(of: entry) { bytes in
      let headByteCount = bytes.count / headCount
      for start in stride(from: 0, to: bytes.count, by: headByteCount) {
        let head = start..<start + headByteCount
        GGUFRowOrder.gather(
          UnsafeRawBufferPointer(rebasing: bytes[head]), rowSize: bytes.count / rowCount, order,
          into: UnsafeMutableRawBufferPointer(rebasing: ordered[head]))
      }
    }
    return try body(UnsafeRawBufferPointer(ordered))
  }
  /// Says that the tensor's bytes will not be needed soon.
  public func discardPages(of entry: TensorEntry) { base.discardPages(of: entry) }
}
