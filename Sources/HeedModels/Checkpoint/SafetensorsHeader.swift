/// The part of a safetensors file that says what the rest is, checked in full.
///
/// The format: eight bytes with the header's length (little-endian), the header (JSON), then the tensors' bytes without
/// overlap or hole. Source: the "Format" section of the safetensors README.
struct SafetensorsHeader {
  /// The format's limit on the length of the header.
  static let maximumLength = 100_000_000

  var metadata: [String: String] = [:]
  var entries: [TensorEntry] = []
  /// Where the entries' bytes are, counted from the beginning of the file.
  var byteRanges: [Range<Int>] = []

  /// Reads and checks the header of a whole file.
  init(of bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
    func failure(_ reason: String) -> CheckpointError {
      CheckpointError(file: file, problems: [.malformed(tensor: nil, reason: reason)])
    }
    guard !bytes.isEmpty else { throw failure("the file is empty, expected a safetensors file") }
    guard bytes.count >= 8 else {
      throw failure("the file has \(bytes.count) bytes, too few for a safetensors file")
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(Self.maximumLength) else {
      throw failure(
        "the header's length is given as \(length) bytes, more than the format's limit of "
          + "\(Self.maximumLength): this is probably not a safetensors file")
    }
    guard length <= UInt64(bytes.count - 8) else {
      throw failure(
        "the header's length is given as \(length) bytes, but only \(bytes.count - 8) follow: the file is cut "
          + "off or not a safetensors file")
    }
    let dataStart = 8 + Int(length)
    let records: [Record]
    do throws(JSONCursor.SyntaxError) {
      records = try read(UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart]))
    } catch {
      throw failure("the header is not what safetensors demands: \(error.reason) at byte \(8 + error.offset)")
    }
    try check(records, dataStart: dataStart, dataSize: bytes.count - dataStart, file: file)
  }

  /// An entry as written, its meaning not yet checked.
  private struct Record {
    let name: String
    var typeName: String?
    var shape: [Int]?
    var offsets: [Int]?
  }

  private mutating func read(_ bytes: UnsafeRawBufferPointer) throws(JSONCursor.SyntaxError) -> [Record] {
    var cursor = JSONCursor(bytes)
    guard bytes.first == UInt8(ascii: "{") else { throw cursor.error("expected \"{\"") }
    var records: [Record] = []
    var names: Set<String> = []
    var metadata: [String: String] = [:]
    try cursor.object { (name, cursor) throws(JSONCursor.SyntaxError) in
      guard names.insert(name).inserted else { throw cursor.error("\(quoted(name)) appears twice, ending") }
      if name == "__metadata__" {
        try cursor.object { (key, cursor) throws(JSONCursor.SyntaxError) in
          let old = metadata.updateValue(try cursor.string(), forKey: key)
          guard old == nil else { throw cursor.error("\(quoted(key)) appears twice, ending") }
        }
      } else {
        records.append(try Self.record(name, &cursor))
      }
    }
    guard cursor.isAtEnd() else { throw cursor.error("something follows the closing \"}\"") }
    self.metadata = metadata
    return records
  }

  private static func record(
    _ name: String, _ cursor: inout JSONCursor
  ) throws(JSONCursor.SyntaxError) -> Record {
    var record = Record(name: name)
    try cursor.object { (key, cursor) throws(JSONCursor.SyntaxError) in
      let isNew: Bool
      switch key {
      case "dtype":
        isNew = record.typeName == nil
        record.typeName = try cursor.string()
      case "shape":
        isNew = record.shape == nil
        record.shape = try cursor.naturals()
      case "data_offsets":
        isNew = record.offsets == nil
        record.offsets = try cursor.naturals()
      default: throw cursor.error("unknown field \(quoted(key)) of tensor \(quoted(name)), ending")
      }
      guard isNew else {
        throw cursor.error("field \(quoted(key)) of tensor \(quoted(name)) appears twice, ending")
      }
    }
    return record
  }

  private mutating func check(
    _ records: [Record], dataStart: Int, dataSize: Int, file: String
  ) throws(CheckpointError) {
    let ends = records.compactMap { $0.offsets?.last }.filter { $0 > dataSize }
    if ends.count > 1, let end = ends.max() {
      let reason =
        "the file is cut off: its tensors need \(end) bytes and \(dataSize) are there, so that \(ends.count) of "
        + "\(records.count) tensors are not whole"
      throw CheckpointError(file: file, problems: [.malformed(tensor: nil, reason: reason)])
    }
    var problems: [CheckpointError.Problem] = []
    entries.reserveCapacity(records.count)
    for record in records {
      switch Self.checked(record, index: entries.count, dataSize: dataSize) {
      case .success(let (entry, start)):
        entries.append(entry)
        // No overflow: both ends are within the file.
        byteRanges.append(dataStart + start..<dataStart + start + entry.byteCount)
      case .failure(let flaw): problems.append(.malformed(tensor: record.name, reason: flaw.reason))
      }
    }
    if problems.isEmpty, let problem = coverageProblem(dataStart: dataStart, dataSize: dataSize) {
      problems.append(problem)
    }
    guard problems.isEmpty else { throw CheckpointError(file: file, problems: problems) }
  }

  /// The entry of a record, and where its bytes start in the data.
  private static func checked(
    _ record: Record, index: Int, dataSize: Int
  ) -> Result<(TensorEntry, start: Int), FormatFlaw> {
    func flaw(_ reason: String) -> Result<(TensorEntry, start: Int), FormatFlaw> {
      .failure(FormatFlaw(reason))
    }
    guard let typeName = record.typeName else { return flaw("has no field \"dtype\"") }
    guard let shape = record.shape else { return flaw("has no field \"shape\"") }
    guard let offsets = record.offsets else { return flaw("has no field \"data_offsets\"") }
    guard let elementType = ElementType.safetensors.first(where: { $0.rawValue == typeName }) else {
      let known = ElementType.safetensors.map(\.rawValue).joined(separator: ", ")
      return flaw("has element type \(quoted(typeName)), which is not one of \(known)")
    }
    guard offsets.count == 2 else { return flaw("has \(offsets.count) data offsets, expected 2") }
    guard offsets[0] <= offsets[1] else {
      return flaw("ends at \(offsets[1]), before its start \(offsets[0])")
    }
    guard offsets[1] <= dataSize else {
      return flaw("ends at byte \(offsets[1]) of the data, which has only \(dataSize): the file is cut off")
    }
    guard let entry = TensorEntry(name: record.name, elementType: elementType, shape: shape, index: index)
    else {
      return flaw("has shape \(shapeText(shape)), too large for any memory")
    }
    guard entry.byteCount == offsets[1] - offsets[0] else {
      return flaw(
        "of shape \(shapeText(shape)) and type \(typeName) needs \(entry.byteCount) bytes, but has "
          + "\(offsets[1] - offsets[0])")
    }
    return .success((entry, start: offsets[0]))
  }

  /// The first overlap or hole, if any.
  private func coverageProblem(dataStart: Int, dataSize: Int) -> CheckpointError.Problem? {
    var end = dataStart
    let ordered = zip(entries, byteRanges).sorted {
      ($0.1.lowerBound, $0.1.upperBound) < ($1.1.lowerBound, $1.1.upperBound)
    }
    for (entry, range) in ordered {
      let start = range.lowerBound
      guard start >= end else {
        return .malformed(tensor: entry.name, reason: "shares bytes with another tensor")
      }
      guard start == end else {
        let reason = "has \(start - end) bytes before it that belong to no tensor"
        return .malformed(tensor: entry.name, reason: reason)
      }
      end = range.upperBound
    }
    guard end == dataStart + dataSize else {
      let rest = dataStart + dataSize - end
      return .malformed(tensor: nil, reason: "\(rest) bytes at the end of the file belong to no tensor")
    }
    return nil
  }
}
