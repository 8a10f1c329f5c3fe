/// One reading of a file of records. Not safe to use from several tasks at once.
public final class RecordReader {
  /// How many records were left out because a line was too long (with `OverlongLines.skip`).
  public private(set) var overlongRecordCount = 0

  private let file: RecordFile
  private let lines: LineReader
  private let columns: ColumnReader?
  private var json: JSONRecordFields?
  private var line: [UInt8] = []
  /// The column of each field, counted from 0; nil until decided, and for one that may be missing and is.
  private var positions: [Int?]?
  /// How many columns of a record are looked at.
  private var columnLimit = Int.max

  init(_ file: RecordFile) throws(CorpusError) {
    self.file = file
    lines = try LineReader(file.file, maximumLineLength: file.maximumLineLength)
    switch file.format {
    case .tsv: columns = ColumnReader(lines, separator: UInt8(ascii: "\t"), isQuoted: false)
    case .csv(let separator): columns = ColumnReader(lines, separator: separator, isQuoted: true)
    case .jsonLines, .lines: columns = nil
    }
    if file.format == .jsonLines { json = JSONRecordFields(file.fields) }
    if file.hasHeader, let columns { try readHeader(columns) }
  }

  /// Reads the next record; nil at the end.
  ///
  /// - Throws: `CorpusError` for whatever is wrong with the file; an empty one is an error too.
  public func next() throws(CorpusError) -> Record? {
    while true {
      let outcome =
        if let columns { try columns.next(limit: columnLimit) } else { try lines.next(into: &line) }
      switch outcome {
      case .end:
        if lines.lineCount == 0 { throw CorpusError(file: file.file, .empty) }
        return nil
      case .tooLong:
        // In CSV, what was passed over may have opened a quote.
        if case .csv = file.format { throw lines.lineTooLong }
        guard file.overlongLines == .skip else { throw lines.lineTooLong }
        overlongRecordCount += 1
      case .line:
        if let columns { return Record(values: try values(columns), line: columns.line) }
        try lines.checkUTF8(line)
        let number = lines.lineCount
        if let values = try json?.extract(line, file: file.file, line: number) {
          return Record(values: values, line: number)
        }
        return Record(values: [String(decoding: line, as: UTF8.self)], line: number)
      }
    }
  }

  private func values(_ columns: ColumnReader) throws(CorpusError) -> [String?] {
    let positions: [Int?]
    if let decided = self.positions {
      positions = decided
    } else {
      positions = try decide(columns, names: nil)
    }
    var values: [String?] = []
    values.reserveCapacity(positions.count)
    for (field, position) in zip(file.fields, positions) {
      guard let position, position < columns.count else {
        if field.isOptional {
          values.append(nil)
          continue
        }
        throw CorpusError(
          file: file.file, line: columns.line,
          .missingColumn(
            index: (position ?? 0) + 1, columnCount: columns.count, separator: columns.separator))
      }
      values.append(columns.text(position))
    }
    return values
  }

  private func readHeader(_ columns: ColumnReader) throws(CorpusError) {
    switch try columns.next() {
    case .end: throw CorpusError(file: file.file, .empty)
    case .tooLong: throw lines.lineTooLong
    case .line: try decide(columns, names: (0..<columns.count).map(columns.text))
    }
  }

  /// Finds the column of each field in the first line.
  @discardableResult
  private func decide(_ columns: ColumnReader, names: [String]?) throws(CorpusError) -> [Int?] {
    var positions: [Int?] = []
    for field in file.fields {
      var position: Int?
      for column in field.columns where position == nil {
        switch column {
        case .index(let index):
          // The only one is right even if this line is too short for it: each record is asked again.
          if index <= columns.count || field.columns.count == 1 { position = index - 1 }
        case .name(let name):
          position = names?.firstIndex(of: name)
          if let position, names?.lastIndex(of: name) != position {
            throw CorpusError(file: file.file, line: columns.line, .duplicateField(name: name))
          }
        }
      }
      if position == nil, !field.isOptional {
        let tried = field.columns.map(\.name)
        let found = names ?? (1...columns.count).map(String.init)
        throw CorpusError(
          file: file.file, line: columns.line,
          tried.count == 1
            ? .missingHeader(name: tried[0], found: found) : .missingEveryName(tried: tried, found: found))
      }
      positions.append(position)
    }
    self.positions = positions
    columnLimit = (positions.compactMap { $0 }.max() ?? 0) + 1
    return positions
  }
}
