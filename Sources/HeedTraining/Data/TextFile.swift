/// A file of plain text, as passages; opened anew for each reading. It may be gzipped.
///
/// Lines end with LF or CR LF; what is given always has LF. A line that has only white space is an empty one.
public struct TextFile: Sendable, Hashable {
  /// What a passage is.
  public enum Passages: Sendable, Hashable {
    /// Each line that is not empty, as it stands.
    case lines
    /// Each run of lines that are not empty, as they stand, with line feeds between them.
    case blocks
    /// The whole text, in pieces that are cut only after a line end; end to end they are the file.
    case whole
  }

  /// How many bytes a passage may have unless told otherwise: one mebibyte.
  public static let defaultMaximumLength = 1 << 20

  /// The path.
  public var file: String
  /// What a passage is.
  public var passages: Passages
  /// How many bytes a passage, or a piece of the whole text, may have. A longer line or block is an error.
  public var maximumLength: Int

  /// Describes a file; nothing is opened yet.
  public init(
    _ file: String, _ passages: Passages, maximumLength: Int = TextFile.defaultMaximumLength
  ) {
    precondition(maximumLength > 0, "TextFile: maximumLength must be positive")
    self.file = file
    self.passages = passages
    self.maximumLength = maximumLength
  }

  /// Reads the file from its start to its end, with memory that does not grow with the file.
  ///
  /// - Parameter body: Called with each passage, in order.
  /// - Throws: `CorpusError` for whatever is wrong with the file, an empty one included, or what `body` throws.
  public func forEach(_ body: (TextPassage) throws -> Void) throws {
    let reader = try LineReader(file, maximumLineLength: maximumLength)
    var line: [UInt8] = []
    var passage = PassageBuilder()
    while true {
      switch try reader.next(into: &line) {
      case .end:
        if reader.lineCount == 0 { throw CorpusError(file: file, .empty) }
        if let last = passage.take() { try body(last) }
        return
      case .tooLong: throw lineTooLong(reader)
      case .line: try reader.checkUTF8(line)
      }
      switch passages {
      case .lines:
        if !Self.isBlank(line) {
          try body(TextPassage(text: String(decoding: line, as: UTF8.self), line: reader.lineCount))
        }
      case .blocks:
        if Self.isBlank(line) {
          if let block = passage.take() { try body(block) }
          continue
        }
        if !passage.isEmpty { line.insert(0x0A, at: 0) }
        passage.append(line, from: reader.lineCount)
        guard passage.byteCount <= maximumLength else {
          throw CorpusError(file: file, line: passage.line, .paragraphTooLong(limit: maximumLength))
        }
      case .whole:
        if reader.isLastLineComplete { line.append(0x0A) }
        guard line.count <= maximumLength else { throw lineTooLong(reader) }
        if passage.byteCount + line.count > maximumLength, let piece = passage.take() { try body(piece) }
        passage.append(line, from: reader.lineCount)
      }
    }
  }

  /// Some public corpora, such as text8, are one line.
  private func lineTooLong(_ reader: LineReader) -> CorpusError {
    CorpusError(file: file, line: reader.lineCount, .textLineTooLong(limit: maximumLength))
  }

  private static func isBlank(_ line: [UInt8]) -> Bool {
    line.allSatisfy { $0 == 0x20 || 0x09...0x0D ~= $0 }
  }
}

/// A line, a paragraph, or a piece of a text.
public struct TextPassage: Sendable, Hashable {
  /// The text.
  public let text: String
  /// The line of the file that it begins in, counted from 1.
  public let line: Int

  /// Creates a passage.
  public init(text: String, line: Int) {
    self.text = text
    self.line = line
  }
}

/// Collects the lines of one passage.
private struct PassageBuilder {
  /// The line that the passage begins in.
  private(set) var line = 0
  private var bytes: [UInt8] = []

  var isEmpty: Bool { bytes.isEmpty }
  var byteCount: Int { bytes.count }

  mutating func append(_ more: [UInt8], from number: Int) {
    if bytes.isEmpty { line = number }
    bytes.append(contentsOf: more)
  }

  /// The passage, if there is one; what comes next begins another.
  mutating func take() -> TextPassage? {
    guard !bytes.isEmpty else { return nil }
    defer { bytes.removeAll(keepingCapacity: true) }
    return TextPassage(text: String(decoding: bytes, as: UTF8.self), line: line)
  }
}
