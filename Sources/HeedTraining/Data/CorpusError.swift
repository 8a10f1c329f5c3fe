/// Something wrong with a file of training text: which file, which line, what was expected, what to do.
public struct CorpusError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What is wrong.
  public enum Problem: Sendable, Equatable {
    /// The file cannot be opened or read; `reason` is the system's own message.
    case unreadable(reason: String)
    /// The file holds no line at all.
    case empty
    /// A line is not UTF-8; `byte` counts from 1 and says where it goes wrong.
    case notUTF8(byte: Int)
    /// A line is longer than `limit` bytes.
    case lineTooLong(limit: Int)
    /// Two files that must have a translation in each line have different numbers of lines.
    case unequalLength(lineCount: Int, otherFile: String, otherLineCount: Int)
    /// A line of a TSV file has fewer columns than asked for.
    case missingColumn(index: Int, columnCount: Int)
    /// A TSV file's first line has no column of that name.
    case missingHeader(name: String, found: [String])
    /// A line is not a JSON object; `reason` says where parsing stopped.
    case notJSON(reason: String)
    /// A JSON object has no text at that dotted path.
    case missingField(path: String)
    /// The `gzip` program, which reads compressed files, was not found on PATH.
    case gzipMissing
    /// The `gzip` program failed; `message` is what it said.
    case gzipFailed(message: String)
  }

  /// The file's path, as it was given.
  public let file: String
  /// The line, counted from 1, where the problem belongs to one.
  public let line: Int?
  /// What is wrong.
  public let problem: Problem

  /// Creates an error.
  public init(file: String, line: Int? = nil, _ problem: Problem) {
    self.file = file
    self.line = line
    self.problem = problem
  }

  /// One sentence for standard error.
  public var description: String {
    let place = line.map { "\(file):\($0)" } ?? file
    switch problem {
    case .unreadable(let reason):
      return "\(place): cannot be read: \(reason)."
    case .empty:
      return "\(place): the file is empty; expected one sentence a line."
    case .notUTF8(let byte):
      return "\(place): not UTF-8 at byte \(byte) of the line; convert the file first, "
        + "for example with iconv -t UTF-8."
    case .lineTooLong(let limit):
      return "\(place): the line is longer than \(limit) bytes; expected one sentence a line "
        + "(are the line ends those of this system?)."
    case .unequalLength(let lineCount, let otherFile, let otherLineCount):
      return "\(file) has \(lineCount) lines and \(otherFile) has \(otherLineCount); "
        + "line n of one must be the translation of line n of the other."
    case .missingColumn(let index, let columnCount):
      return "\(place): column \(index) was expected, but the line has \(columnCount) "
        + "tab-separated column\(columnCount == 1 ? "" : "s")."
    case .missingHeader(let name, let found):
      let names = found.prefix(12).map { "\"\($0.prefix(40))\"" }.joined(separator: ", ")
      return "\(place): no column is named \"\(name)\" in the first line; it names \(names)."
    case .notJSON(let reason):
      return "\(place): expected a JSON object on the line, found something else: \(reason)."
    case .missingField(let path):
      return "\(place): the JSON object has no text at \"\(path)\"; "
        + "a field inside another is written with a dot, as in \"translation.en\"."
    case .gzipMissing:
      return "\(place): the file is compressed and the gzip program is not on PATH; "
        + "install gzip or decompress the file."
    case .gzipFailed(let message):
      return "\(place): gzip could not decompress the file: \(message)."
    }
  }
}
