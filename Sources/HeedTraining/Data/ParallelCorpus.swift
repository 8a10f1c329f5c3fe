/// Where parallel text lies and how it is written; opened anew for each reading.
public struct ParallelCorpus: Sendable, Hashable {
  /// The forms in which parallel text is found. Each file may be gzipped.
  public enum Files: Sendable, Hashable {
    /// Two files, where line n of one is the translation of line n of the other.
    case plain(source: String, target: String)
    /// One file of records with two fields, the source and the target.
    case records(RecordFile)

    /// One file of columns separated by tabs, without quoting.
    ///
    /// If a column is given by name, the first line names the columns and is no pair.
    public static func tsv(file: String, source: Column, target: Column) -> Files {
      .records(RecordFile(file, .tsv, fields: [RecordField(source), RecordField(target)]))
    }

    /// One file of columns separated by commas, with quoting as in RFC 4180.
    ///
    /// If a column is given by name, the first line names the columns and is no pair.
    public static func csv(file: String, source: Column, target: Column) -> Files {
      .records(RecordFile(file, .csv, fields: [RecordField(source), RecordField(target)]))
    }

    /// One file with a JSON object on each line. Fields are names or dotted paths (`translation.en`).
    public static func jsonLines(file: String, source: String, target: String) -> Files {
      .records(
        RecordFile(file, .jsonLines, fields: [RecordField(named: source), RecordField(named: target)]))
    }
  }

  /// A column of a TSV or CSV file.
  public typealias Column = RecordFile.Column
  /// What to do with a line that is longer than the limit.
  public typealias OverlongLines = RecordFile.OverlongLines

  /// How many bytes a line may have unless told otherwise: half a mebibyte.
  public static let defaultMaximumLineLength = RecordFile.defaultMaximumLineLength

  /// The files.
  public var files: Files
  /// How many bytes a line may have. It takes the place of a record file's own limit.
  public var maximumLineLength: Int
  /// What to do with a longer line. It takes the place of what a record file says itself.
  public var overlongLines: OverlongLines

  /// Describes a corpus; nothing is opened yet.
  ///
  /// - Precondition: A file of records has two fields, and none is optional.
  public init(
    _ files: Files, maximumLineLength: Int = ParallelCorpus.defaultMaximumLineLength,
    overlongLines: OverlongLines = .fail
  ) {
    precondition(maximumLineLength > 0, "ParallelCorpus: maximumLineLength must be positive")
    if case .records(let file) = files {
      precondition(
        file.fields.map(\.isOptional) == [false, false],
        "ParallelCorpus: records need two fields that are not optional")
    }
    self.files = files
    self.maximumLineLength = maximumLineLength
    self.overlongLines = overlongLines
  }

  /// Opens the corpus for one reading.
  ///
  /// - Throws: `CorpusError` if a file cannot be opened, or a TSV file lacks a named column.
  public func makeReader() throws(CorpusError) -> ParallelCorpusReader { try ParallelCorpusReader(self) }

  /// Reads the corpus from its start to its end.
  ///
  /// - Parameter body: Called with each pair, in order.
  /// - Returns: How many pairs were left out because a line was too long.
  /// - Throws: `CorpusError`, or what `body` throws.
  @discardableResult
  public func forEach(_ body: (SentencePair) throws -> Void) throws -> Int {
    let reader = try makeReader()
    while let pair = try reader.next() { try body(pair) }
    return reader.overlongPairCount
  }
}

/// One reading of a corpus, pair by pair. Not safe to use from several tasks at once.
public final class ParallelCorpusReader {
  /// How many pairs were left out because a line was too long (with `OverlongLines.skip`).
  public var overlongPairCount: Int {
    switch form {
    case .plain(let files): files.overlongPairCount
    case .records(let records): records.overlongRecordCount
    }
  }

  private enum Form {
    case plain(PlainPairReader)
    case records(RecordReader)
  }
  private let form: Form

  init(_ corpus: ParallelCorpus) throws(CorpusError) {
    switch corpus.files {
    case .plain(let source, let target):
      form = .plain(
        try PlainPairReader(
          source, target, maximumLineLength: corpus.maximumLineLength, overlongLines: corpus.overlongLines))
    case .records(var file):
      file.maximumLineLength = corpus.maximumLineLength
      file.overlongLines = corpus.overlongLines
      form = .records(try file.makeReader())
    }
  }

  /// Reads the next pair; nil at the end.
  ///
  /// - Throws: `CorpusError` for whatever is wrong with the files; an empty corpus is an error too.
  public func next() throws(CorpusError) -> SentencePair? {
    switch form {
    case .plain(let files): return try files.next()
    case .records(let records):
      guard let record = try records.next() else { return nil }
      return SentencePair(source: record[0], target: record[1], line: record.line)
    }
  }
}
