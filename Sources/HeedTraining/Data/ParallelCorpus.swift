/// Where parallel text lies and how it is written; opened anew for each reading.
public struct ParallelCorpus: Sendable, Hashable {
  /// The forms in which parallel text is found. Each file may be gzipped.
  public enum Files: Sendable, Hashable {
    /// Two files, where line n of one is the translation of line n of the other.
    case plain(source: String, target: String)
    /// One file of columns separated by tabs, without quoting.
    ///
    /// If a column is given by name, the first line names the columns and is no pair.
    case tsv(file: String, source: Column, target: Column)
    /// One file with a JSON object on each line. Fields are names or dotted paths (`translation.en`).
    case jsonLines(file: String, source: String, target: String)
  }

  /// A column of a TSV file.
  public enum Column: Sendable, Hashable {
    /// By position, counted from 1.
    case index(Int)
    /// By its name in the first line.
    case name(String)

    /// Reads a column as users write it: a whole number is a position, anything else a name.
    public init(_ text: String) {
      if let index = Int(text), index > 0 { self = .index(index) } else { self = .name(text) }
    }
  }

  /// What to do with a line that is longer than the limit.
  public enum OverlongLines: Sendable, Hashable {
    /// Throw: such a line is nearly always a file with the wrong line ends.
    case fail
    /// Leave the pair out and count it.
    case skip
  }

  /// How many bytes a line may have unless told otherwise: half a mebibyte.
  public static let defaultMaximumLineLength = 1 << 19

  /// The files.
  public var files: Files
  /// How many bytes a line may have.
  public var maximumLineLength: Int
  /// What to do with a longer line.
  public var overlongLines: OverlongLines

  /// Describes a corpus; nothing is opened yet.
  public init(
    _ files: Files, maximumLineLength: Int = ParallelCorpus.defaultMaximumLineLength,
    overlongLines: OverlongLines = .fail
  ) {
    precondition(maximumLineLength > 0, "ParallelCorpus: maximumLineLength must be positive")
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
  public private(set) var overlongPairCount = 0

  private let corpus: ParallelCorpus
  private let first: LineReader
  /// The second of two plain files.
  private let second: LineReader?
  private let fields: FieldExtractor?
  private var firstLine: [UInt8] = []
  private var secondLine: [UInt8] = []

  init(_ corpus: ParallelCorpus) throws(CorpusError) {
    self.corpus = corpus
    let limit = corpus.maximumLineLength
    switch corpus.files {
    case .plain(let source, let target):
      first = try LineReader(source, maximumLineLength: limit)
      second = try LineReader(target, maximumLineLength: limit)
      fields = nil
    case .tsv(let file, let source, let target):
      first = try LineReader(file, maximumLineLength: limit)
      second = nil
      fields = .columns(try TSVColumns(source: source, target: target, readingHeaderFrom: first))
    case .jsonLines(let file, let source, let target):
      first = try LineReader(file, maximumLineLength: limit)
      second = nil
      fields = .json(JSONFields(source: source, target: target))
    }
  }

  private enum FieldExtractor {
    case columns(TSVColumns)
    case json(JSONFields)
  }

  /// Reads the next pair; nil at the end.
  ///
  /// - Throws: `CorpusError` for whatever is wrong with the files; an empty corpus is an error too.
  public func next() throws(CorpusError) -> SentencePair? {
    while true {
      let outcome = try first.next(into: &firstLine)
      let secondOutcome = try second?.next(into: &secondLine)
      if outcome == .end || secondOutcome == .end {
        try checkEnd()
        return nil
      }
      if outcome == .tooLong || secondOutcome == .tooLong {
        guard corpus.overlongLines == .skip else {
          let reader = outcome == .tooLong ? first : second ?? first
          throw CorpusError(
            file: reader.file, line: reader.lineCount, .lineTooLong(limit: corpus.maximumLineLength))
        }
        overlongPairCount += 1
        continue
      }
      return try pair()
    }
  }

  private func pair() throws(CorpusError) -> SentencePair {
    let line = first.lineCount
    let source = try text(firstLine, first)
    if let second {
      return SentencePair(source: source, target: try text(secondLine, second), line: line)
    }
    switch fields {
    case .columns(let columns):
      let (source, target) = try columns.extract(source, file: first.file, line: line)
      return SentencePair(source: source, target: target, line: line)
    case .json(let fields):
      let (source, target) = try fields.extract(firstLine, file: first.file, line: line)
      return SentencePair(source: source, target: target, line: line)
    case nil:
      preconditionFailure("ParallelCorpusReader: one file without fields")
    }
  }

  /// Called when one file has ended: both must have, and none may be empty.
  private func checkEnd() throws(CorpusError) {
    let firstCount = try first.countRemainingLines()
    let secondCount = try second?.countRemainingLines()
    if firstCount == 0 { throw CorpusError(file: first.file, .empty) }
    guard let second, let secondCount else { return }
    if secondCount == 0 { throw CorpusError(file: second.file, .empty) }
    guard firstCount == secondCount else {
      throw CorpusError(
        file: first.file,
        .unequalLength(lineCount: firstCount, otherFile: second.file, otherLineCount: secondCount))
    }
  }

  private func text(_ bytes: [UInt8], _ reader: LineReader) throws(CorpusError) -> String {
    if let offset = bytes.withUnsafeBytes(UTF8Validation.firstInvalidOffset) {
      throw CorpusError(file: reader.file, line: reader.lineCount, .notUTF8(byte: offset + 1))
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
