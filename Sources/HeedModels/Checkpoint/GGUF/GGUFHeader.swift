/// The part of a GGUF file before its data, checked in full.
///
/// The format: "GGUF", the version, the counts of tensors and of metadata values, those values, a description of each
/// tensor, and from the next multiple of the alignment the tensors' data. Source: the specification in ggml's
/// documentation.
struct GGUFHeader {
  /// Where data starts if the metadata does not say: at a multiple of this.
  static let defaultAlignment = 32
  /// Axes that a tensor may have.
  static let maximumRank = 4

  private(set) var version: UInt32 = 0
  private(set) var keys: [String] = []
  private(set) var values: [String: GGUFValue] = [:]
  private(set) var entries: [TensorEntry] = []
  /// Where the entries' bytes are, counted from the beginning of the file.
  private(set) var byteRanges: [Range<Int>] = []

  /// A tensor as the file describes it, its meaning not yet checked.
  private struct Record {
    let name: String
    /// Fastest first, as in the file.
    let dimensions: [UInt64]
    let type: UInt32
    let offset: UInt64
  }

  /// Reads and checks the header of a whole file.
  init(of bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
    var cursor = GGUFCursor(bytes)
    let records: [Record]
    do throws(GGUFCursor.SyntaxError) {
      let counts = try readStart(&cursor)
      try readMetadata(count: counts.values, &cursor)
      records = try Self.records(count: counts.tensors, &cursor)
    } catch {
      let reason = "the GGUF file cannot be read: \(error.reason), at byte \(error.offset)"
      throw CheckpointError(file: file, problems: [.malformed(tensor: nil, reason: reason)])
    }
    let problems = place(records, after: cursor.position, fileSize: bytes.count)
    guard problems.isEmpty else { throw CheckpointError(file: file, problems: problems) }
  }

  private mutating func readStart(
    _ cursor: inout GGUFCursor
  ) throws(GGUFCursor.SyntaxError) -> (tensors: UInt64, values: UInt64) {
    guard try cursor.integer(UInt32.self) == 0x4655_4747 else {
      throw cursor.error("it does not start with \"GGUF\"", at: 0)
    }
    version = try cursor.integer(UInt32.self)
    if version != 0, version.isMultiple(of: 0x10000) {
      throw cursor.error("it is big-endian, and only little-endian files are supported", at: 4)
    }
    guard version == 2 || version == 3 else {
      throw cursor.error("its version is \(version), and versions 2 and 3 are supported", at: 4)
    }
    return (try cursor.integer(UInt64.self), try cursor.integer(UInt64.self))
  }

  private mutating func readMetadata(
    count: UInt64, _ cursor: inout GGUFCursor
  ) throws(GGUFCursor.SyntaxError) {
    var rest = count  // only a claim: the file's end ends the loop
    while rest > 0 {
      let start = cursor.position
      let key = try cursor.string()
      let value = try cursor.value(try cursor.valueType())
      guard values.updateValue(value, forKey: key) == nil else {
        throw cursor.error("the metadata has the key \(quoted(key)) twice", at: start)
      }
      keys.append(key)
      rest -= 1
    }
  }

  private static func records(
    count: UInt64, _ cursor: inout GGUFCursor
  ) throws(GGUFCursor.SyntaxError) -> [Record] {
    var records: [Record] = []
    var names: Set<String> = []
    var rest = count
    while rest > 0 {
      let start = cursor.position
      let name = try cursor.string()
      guard names.insert(name).inserted else {
        throw cursor.error("there are two tensors with the name \(quoted(name))", at: start)
      }
      let rank = try cursor.integer(UInt32.self)
      guard rank <= maximumRank else {
        let reason = "tensor \(quoted(name)) has \(rank) axes, more than the format's \(maximumRank)"
        throw cursor.error(reason, at: start)
      }
      var dimensions: [UInt64] = []
      for _ in 0..<rank { dimensions.append(try cursor.integer(UInt64.self)) }
      records.append(
        Record(
          name: name, dimensions: dimensions, type: try cursor.integer(UInt32.self),
          offset: try cursor.integer(UInt64.self)))
      rest -= 1
    }
    return records
  }

  /// Finds where each tensor's bytes are, and what is wrong with any of that.
  private mutating func place(
    _ records: [Record], after end: Int, fileSize: Int
  ) -> [CheckpointError.Problem] {
    if let problem = Self.problem(ofTypes: records) { return [problem] }
    var alignment = Self.defaultAlignment
    if let value = values["general.alignment"] {
      guard case .unsigned(let given) = value, given > 0, given <= 1 << 30, given & (given - 1) == 0 else {
        return [.malformed(tensor: nil, reason: "general.alignment is not a power of two below 2³⁰")]
      }
      alignment = Int(given)
    }
    // Both are below 2⁶², so that their sum is none too large.
    let dataStart = (end + alignment - 1) / alignment * alignment
    let dataSize = fileSize - dataStart  // negative if the padding is not there, and then no tensor fits
    var problems: [CheckpointError.Problem] = []
    for record in records {
      switch checked(record, alignment: alignment, dataSize: dataSize) {
      case .success(let (entry, start)):
        entries.append(entry)
        byteRanges.append(dataStart + start..<dataStart + start + entry.byteCount)
      case .failure(let flaw): problems.append(.malformed(tensor: record.name, reason: flaw.reason))
      }
    }
    if problems.isEmpty, let problem = overlap() { problems.append(problem) }
    return problems
  }

  /// The types that cannot be read, in one sentence: a file tends to hold hundreds of tensors of such a type.
  private static func problem(ofTypes records: [Record]) -> CheckpointError.Problem? {
    let unreadable = records.filter { GGUFTensorType.elementType($0.type) == nil }
    guard let first = unreadable.first else { return nil }
    let types = Set(unreadable.map { GGUFTensorType.name($0.type) }).sorted()
    let shown = types.prefix(8).joined(separator: ", ") + (types.count > 8 ? ", …" : "")
    let reason =
      "\(unreadable.count) of its \(records.count) tensors, such as \(quoted(first.name)), are of type \(shown), "
      + "which is not supported; supported are \(GGUFTensorType.readable)"
    return .malformed(tensor: nil, reason: reason)
  }

  /// The entry of a record, and where its bytes start in the data.
  private func checked(
    _ record: Record, alignment: Int, dataSize: Int
  ) -> Result<(TensorEntry, start: Int), FormatFlaw> {
    func flaw(_ reason: String) -> Result<(TensorEntry, start: Int), FormatFlaw> {
      .failure(FormatFlaw(reason))
    }
    guard let elementType = GGUFTensorType.elementType(record.type) else { return flaw("is of unknown type") }
    let text = record.dimensions.reversed().map(String.init).joined(separator: ", ")
    let shape = record.dimensions.reversed().compactMap(Int.init(exactly:))
    guard shape.count == record.dimensions.count,
      elementType.isQuantized || elementType.size(of: shape) != nil
    else { return flaw("has shape [\(text)], too large for any memory") }
    guard
      let entry = TensorEntry(
        name: record.name, elementType: elementType, shape: shape, index: entries.count)
    else {
      return flaw(
        "of shape [\(text)] is too large, or its rows are not whole blocks of \(elementType.blockLength) as "
          + "\(elementType.rawValue) demands")
    }
    guard let start = Int(exactly: record.offset), start.isMultiple(of: alignment) else {
      return flaw("starts at \(record.offset) of the data, which is not a multiple of \(alignment)")
    }
    guard start <= dataSize, entry.byteCount <= dataSize - start else {
      return flaw(
        "starts at \(start) of the data and needs \(entry.byteCount) bytes, but the data has only "
          + "\(max(0, dataSize)): the file is cut off")
    }
    return .success((entry, start: start))
  }

  /// The first tensor that shares bytes with another, if any.
  private func overlap() -> CheckpointError.Problem? {
    var end = 0
    let ordered = zip(entries, byteRanges).sorted { $0.1.lowerBound < $1.1.lowerBound }
    for (entry, range) in ordered where !range.isEmpty {
      guard range.lowerBound >= end else {
        return .malformed(tensor: entry.name, reason: "shares bytes with another tensor")
      }
      end = range.upperBound
    }
    return nil
  }
}
