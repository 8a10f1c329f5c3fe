/// Reads records of columns, TSV or CSV, and says where each column stands.
final class ColumnReader {
  /// A column of the record that was read last.
  private struct Column {
    let range: Range<Int>
    let hasDoubledQuotes: Bool
  }

  /// The lines of the file.
  let lines: LineReader
  /// What stands between two columns.
  let separator: UInt8
  /// The line in which the last record begins, counted from 1.
  private(set) var line = 0

  private static let quote = UInt8(ascii: "\"")
  private let isQuoted: Bool
  private var bytes: [UInt8] = []
  private var continuation: [UInt8] = []
  private var columns: [Column] = []

  init(_ lines: LineReader, separator: UInt8, isQuoted: Bool) {
    self.lines = lines
    self.separator = separator
    self.isQuoted = isQuoted
  }

  /// Reads the next record.
  ///
  /// - Parameter limit: How many columns are looked at where that is enough.
  /// - Returns: What reading its first line gave.
  /// - Throws: `CorpusError` for what is not UTF-8 or not CSV.
  func next(limit: Int = .max) throws(CorpusError) -> LineReader.Outcome {
    repeat {
      let outcome = try lines.next(into: &bytes)
      line = lines.lineCount
      guard outcome == .line else { return outcome }
    } while isQuoted && bytes.isEmpty
    try lines.checkUTF8(bytes)
    columns.removeAll(keepingCapacity: true)
    if isQuoted, offset(of: Self.quote, from: 0) != nil {
      try splitQuoted()
    } else {
      split(limit: limit)
    }
    return .line
  }

  /// How many columns the last record has. Those past the limit of `next(limit:)` are not counted.
  var count: Int { columns.count }

  /// What a column of the last record says.
  func text(_ index: Int) -> String {
    let column = columns[index]
    guard column.hasDoubledQuotes else {
      return bytes.withUnsafeBufferPointer {
        String(decoding: UnsafeBufferPointer(rebasing: $0[column.range]), as: UTF8.self)
      }
    }
    var text: [UInt8] = []
    text.reserveCapacity(column.range.count)
    var index = column.range.lowerBound
    while index < column.range.upperBound {
      text.append(bytes[index])
      index += bytes[index] == Self.quote ? 2 : 1
    }
    return String(decoding: text, as: UTF8.self)
  }

  private func offset(of byte: UInt8, from start: Int) -> Int? {
    bytes.withUnsafeBytes { POSIX.offset(of: byte, in: .init(rebasing: $0[start...])).map { $0 + start } }
  }

  private func split(limit: Int) {
    var start = 0
    while columns.count < limit {
      let end = offset(of: separator, from: start)
      columns.append(Column(range: start..<(end ?? bytes.count), hasDoubledQuotes: false))
      guard let end else { return }
      start = end + 1
    }
  }

  /// Splits a record that has a quote; it may go on over more lines.
  private func splitQuoted() throws(CorpusError) {
    var start = 0
    while true {
      guard start < bytes.count, bytes[start] == Self.quote else {
        // A quote inside a column that does not begin with one is a character like any other.
        let end = offset(of: separator, from: start)
        columns.append(Column(range: start..<(end ?? bytes.count), hasDoubledQuotes: false))
        guard let end else { return }
        start = end + 1
        continue
      }
      let column = try quotedColumn(from: start + 1)
      columns.append(column)
      start = column.range.upperBound + 1
      guard start < bytes.count else { return }
      guard bytes[start] == separator else {
        throw CorpusError(file: lines.file, line: lines.lineCount, .textAfterQuote(column: columns.count))
      }
      start += 1
    }
  }

  private func quotedColumn(from start: Int) throws(CorpusError) -> Column {
    let openingLine = lines.lineCount
    var hasDoubledQuotes = false
    var place = start
    while true {
      guard let end = offset(of: Self.quote, from: place) else {
        place = bytes.count
        try appendLine(openingLine)
        continue
      }
      guard end + 1 < bytes.count, bytes[end + 1] == Self.quote else {
        return Column(range: start..<end, hasDoubledQuotes: hasDoubledQuotes)
      }
      hasDoubledQuotes = true
      place = end + 2
    }
  }

  /// Appends the next line to the record, with the line end before it as it stands in the file.
  private func appendLine(_ openingLine: Int) throws(CorpusError) {
    if lines.hadCarriageReturn { bytes.append(0x0D) }
    bytes.append(0x0A)
    let outcome = try lines.next(into: &continuation)
    let limit = lines.maximumLineLength
    guard outcome == .line, bytes.count + continuation.count <= limit else {
      throw CorpusError(
        file: lines.file, line: openingLine, .unclosedQuote(limit: outcome == .end ? nil : limit))
    }
    try lines.checkUTF8(continuation)
    bytes.append(contentsOf: continuation)
  }
}
