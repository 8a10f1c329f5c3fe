/// One file whose records have named fields, such as a text and its label; opened anew for each reading.
public struct RecordFile: Sendable, Hashable {
  /// The forms in which records are found. Each may be gzipped.
  public enum Format: Sendable, Hashable {
    /// Columns separated by tabs, without quoting: a quote is a character like any other.
    case tsv
    /// Columns as RFC 4180 has them, where quoted text may hold separators, line ends and doubled quotes.
    ///
    /// The separator is one ASCII character; an empty line is no record.
    case csv(separator: UInt8)
    /// A JSON object on each line.
    case jsonLines
    /// Each line is a record with one field.
    case lines

    /// Columns as RFC 4180 has them, separated by commas.
    public static let csv = Format.csv(separator: UInt8(ascii: ","))
  }

  /// Where in a record a value stands.
  public enum Column: Sendable, Hashable {
    /// By position, counted from 1.
    case index(Int)
    /// By its name in the first line, or, in JSON, by its name or dotted path (`translation.en`).
    case name(String)

    /// Reads a column as users write it: a whole number is a position, anything else a name.
    public init(_ text: String) {
      if let index = Int(text), index > 0 { self = .index(index) } else { self = .name(text) }
    }

    /// What JSON calls it: there a position is a name as well.
    var name: String {
      switch self {
      case .index(let index): String(index)
      case .name(let name): name
      }
    }
  }

  /// What to do with a line that is longer than the limit.
  public enum OverlongLines: Sendable, Hashable {
    /// Throw: such a line is nearly always a file with the wrong line ends.
    case fail
    /// Leave the record out and count it.
    case skip
  }

  /// How many bytes a line may have unless told otherwise: half a mebibyte.
  public static let defaultMaximumLineLength = 1 << 19

  /// The path.
  public let file: String
  /// How the records are written.
  public let format: Format
  /// Which values are wanted, in this order.
  public let fields: [RecordField]
  /// Whether the first line of a TSV or CSV file names the columns and is no record.
  public let hasHeader: Bool
  /// How many bytes a line may have; in CSV, all lines of a record together.
  public var maximumLineLength: Int
  /// What to do with a longer line.
  public var overlongLines: OverlongLines

  /// Describes a file; nothing is opened yet.
  ///
  /// - Parameters:
  ///   - file: The path.
  ///   - format: How the records are written.
  ///   - fields: Which values are wanted, in this order.
  ///   - hasHeader: Whether the first line of a TSV or CSV file names the columns. Default: if a column is given
  ///     by its name.
  ///   - maximumLineLength: How many bytes a line may have.
  ///   - overlongLines: What to do with a longer line.
  /// - Precondition: Only TSV and CSV have a header, and columns with names need one; a file of lines has the one
  ///   field `.index(1)`; a CSV separator is ASCII and no quote or line end.
  public init(
    _ file: String, _ format: Format, fields: [RecordField], hasHeader: Bool? = nil,
    maximumLineLength: Int = RecordFile.defaultMaximumLineLength, overlongLines: OverlongLines = .fail
  ) {
    precondition(!fields.isEmpty, "RecordFile: no field is asked for")
    precondition(maximumLineLength > 0, "RecordFile: maximumLineLength must be positive")
    let namesColumns = fields.contains { $0.columns.contains { if case .name = $0 { true } else { false } } }
    switch format {
    case .csv(let separator):
      precondition(
        separator < 0x80 && ![0x0A, 0x0D, 0x22].contains(separator),
        "RecordFile: the separator must be ASCII, and no quote or line end")
      fallthrough
    case .tsv:
      self.hasHeader = hasHeader ?? namesColumns
      precondition(self.hasHeader || !namesColumns, "RecordFile: columns with names need a header")
    case .jsonLines, .lines:
      precondition(hasHeader != true, "RecordFile: only TSV and CSV files have a header")
      if format == .lines {
        precondition(fields.map(\.columns) == [[.index(1)]], "RecordFile: a line is the one field .index(1)")
      }
      self.hasHeader = false
    }
    self.file = file
    self.format = format
    self.fields = fields
    self.maximumLineLength = maximumLineLength
    self.overlongLines = overlongLines
  }

  /// Opens the file for one reading.
  ///
  /// - Throws: `CorpusError` if the file cannot be opened, is empty, or its first line lacks a column.
  public func makeReader() throws(CorpusError) -> RecordReader { try RecordReader(self) }

  /// Reads the file from its start to its end.
  ///
  /// - Parameter body: Called with each record, in order.
  /// - Returns: How many records were left out because a line was too long.
  /// - Throws: `CorpusError`, or what `body` throws.
  @discardableResult
  public func forEach(_ body: (Record) throws -> Void) throws -> Int {
    let reader = try makeReader()
    while let record = try reader.next() { try body(record) }
    return reader.overlongRecordCount
  }
}

/// A wanted value of each record: where it stands, in JSON of which kind it is, and whether it may be missing.
///
/// Data sets name the same thing differently. Several names may be given, to be tried in order: the first line of
/// a TSV or CSV file, or the first record of a JSON-lines file, decides which of them the whole file uses.
public struct RecordField: Sendable, Hashable {
  /// Which JSON values are taken.
  public enum Kind: Sendable, Hashable {
    /// Strings only: a number where text should be is nearly always the wrong field.
    case text
    /// Strings, and numbers and truth values as they are spelled (`"label": 1` is "1").
    case label
  }

  /// Where the value stands; the first that is there is used.
  public let columns: [RecordFile.Column]
  /// Which JSON values are taken.
  public let kind: Kind
  /// Whether a record may lack it; its value is nil then.
  public let isOptional: Bool

  /// Asks for the first of some columns that is there.
  ///
  /// - Precondition: There is a column, positions are counted from 1, and names are not empty.
  public init(_ columns: [RecordFile.Column], kind: Kind = .text, isOptional: Bool = false) {
    precondition(!columns.isEmpty, "RecordField: no column is given")
    for case .index(let index) in columns { precondition(index > 0, "RecordField: columns count from 1") }
    self.columns = columns
    self.kind = kind
    self.isOptional = isOptional
  }

  /// Asks for one column.
  public init(_ column: RecordFile.Column, kind: Kind = .text, isOptional: Bool = false) {
    self.init([column], kind: kind, isOptional: isOptional)
  }

  /// Asks for the first of some names or dotted paths that is there.
  public init(named names: String..., kind: Kind = .text, isOptional: Bool = false) {
    self.init(names.map { .name($0) }, kind: kind, isOptional: isOptional)
  }
}

extension RecordField {
  /// The text to summarise, under the names that public data sets give it.
  public static let document = RecordField(named: "document", "article", "text")
  /// The summary of a text, under the names that public data sets give it.
  public static let summary = RecordField(named: "summary", "highlights")
  /// The text to classify, under the names that public data sets give it.
  public static let sentence = RecordField(named: "text", "sentence")
  /// The class of a text, under the names that public data sets give it.
  public static let label = RecordField(named: "label", "category", kind: .label)
}

/// The wanted values of one record.
public struct Record: Sendable, Hashable {
  /// The values, in the order in which they were asked for; nil for one that may be missing and is.
  public let values: [String?]
  /// The line of the file that the record begins in, counted from 1.
  public let line: Int

  /// Creates a record.
  public init(values: [String?], line: Int) {
    self.values = values
    self.line = line
  }

  /// The value of a field that is not optional.
  ///
  /// - Precondition: The value is there, as that of a field that is not optional always is.
  public subscript(_ index: Int) -> String {
    guard let value = values[index] else { preconditionFailure("Record: value \(index) is missing") }
    return value
  }
}
