import HeedEvaluation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Reads a file line by line, as bytes, with memory that does not grow with the file or with a line.
///
/// A line ends with LF or CR LF; the last one may lack its end. A byte order mark at the start of the file is
/// left out. A gzipped file is read through the `gzip` program. Not safe to use from several tasks at once.
public final class LineReader {
  /// What reading a line gave.
  public enum Outcome: Sendable, Equatable {
    /// A line, without its end.
    case line
    /// A line of more bytes than the limit; it was passed over.
    case tooLong
    /// There are no more lines.
    case end
  }

  /// The path, as it was given.
  public let file: String
  /// How many bytes a line may have.
  public let maximumLineLength: Int
  /// How many lines have been read; the number of the last one, counted from 1.
  public private(set) var lineCount = 0

  /// How many bytes of the (decompressed) file the lines read so far take, with their ends.
  package private(set) var byteCount = 0
  /// Whether the last line read had an end; only the file's last one may lack it.
  package private(set) var isLastLineComplete = true
  /// Whether a carriage return was taken off the last line read, which stands inside a quoted field as text.
  package private(set) var hadCarriageReturn = false

  private static let chunkSize = 1 << 16
  private let descriptor: Int32
  private let decompression: GzipProcess?
  private let buffer: UnsafeMutableRawBufferPointer
  private var start = 0
  private var end = 0
  private var isAtStart = true
  private var isAtEnd = false

  /// Opens a file.
  ///
  /// A regular file that begins with gzip's two magic bytes is decompressed, and so is one that is not regular
  /// (a pipe) and whose name ends in `.gz`.
  ///
  /// - Parameters:
  ///   - file: The path.
  ///   - maximumLineLength: How many bytes a line may have.
  /// - Throws: `CorpusError` if the file cannot be opened, or is compressed and `gzip` is missing.
  public init(_ file: String, maximumLineLength: Int = RecordFile.defaultMaximumLineLength)
    throws(CorpusError)
  {
    precondition(maximumLineLength > 0, "LineReader: maximumLineLength must be positive")
    self.file = file
    self.maximumLineLength = maximumLineLength
    if let status = POSIX.status(file), status.isDirectory {
      throw CorpusError(file: file, .unreadable(reason: "it is a directory"))
    }
    guard let opened = POSIX.open(file, O_RDONLY) else {
      throw CorpusError(file: file, .unreadable(reason: POSIX.lastErrorMessage))
    }
    if GzipProcess.isNeeded(for: file, opened) {
      POSIX.close(opened)
      do {
        let process = try GzipProcess(file)
        decompression = process
        descriptor = process.descriptor
      } catch {
        throw CorpusError(file: file, error)
      }
    } else {
      decompression = nil
      descriptor = opened
    }
    buffer = .allocate(byteCount: Self.chunkSize, alignment: 16)
  }

  deinit {
    buffer.deallocate()
    if decompression == nil { POSIX.close(descriptor) }
  }

  /// Reads the next line into `line`, replacing what it held.
  ///
  /// - Returns: `.line`, `.tooLong` (then `line` is empty) or `.end`.
  /// - Throws: `CorpusError` if the file cannot be read or decompressed.
  public func next(into line: inout [UInt8]) throws(CorpusError) -> Outcome {
    line.removeAll(keepingCapacity: true)
    var isTooLong = false
    var hasBytes = false
    while true {
      if start == end {
        guard try fill() else {
          guard hasBytes else { return .end }
          isLastLineComplete = false
          return finish(&line, isTooLong)
        }
      }
      hasBytes = true
      let window = UnsafeRawBufferPointer(rebasing: buffer[start..<end])
      let newline = POSIX.offset(of: 0x0A, in: window)
      let piece = UnsafeRawBufferPointer(rebasing: window[..<(newline ?? window.count)])
      // One byte more than the limit, because a carriage return at the end does not count.
      if isTooLong || piece.count > maximumLineLength + 1 - line.count {
        isTooLong = true
      } else {
        line.append(contentsOf: piece)
      }
      if let newline {
        start += newline + 1
        byteCount += newline + 1
        return finish(&line, isTooLong)
      }
      start = end
      byteCount += window.count
    }
  }

  /// Checks that a line which was just read is UTF-8.
  ///
  /// - Throws: `CorpusError`, with the line and the first byte that is wrong.
  package func checkUTF8(_ line: [UInt8]) throws(CorpusError) {
    if let offset = line.withUnsafeBytes(UTF8Validation.firstInvalidOffset) {
      throw CorpusError(file: file, line: lineCount, .notUTF8(byte: offset + 1))
    }
  }

  /// The error for a line of too many bytes that was just passed over.
  package var lineTooLong: CorpusError {
    CorpusError(file: file, line: lineCount, .lineTooLong(limit: maximumLineLength))
  }

  /// Reads to the end and returns the number of lines of the whole file.
  ///
  /// - Throws: `CorpusError` if the file cannot be read or decompressed.
  public func countRemainingLines() throws(CorpusError) -> Int {
    var line: [UInt8] = []
    while try next(into: &line) != .end {}
    return lineCount
  }

  private func finish(_ line: inout [UInt8], _ isTooLong: Bool) -> Outcome {
    lineCount += 1
    hadCarriageReturn = line.last == UInt8(ascii: "\r")
    if hadCarriageReturn { line.removeLast() }
    guard !isTooLong, line.count <= maximumLineLength else {
      line.removeAll(keepingCapacity: true)
      return .tooLong
    }
    return .line
  }

  /// Reads the next chunk; false at the end of the file.
  private func fill() throws(CorpusError) -> Bool {
    guard !isAtEnd else { return false }
    (start, end) = (0, 0)
    // At the start, three bytes are needed to know a byte order mark, and a pipe may give fewer at a time.
    repeat {
      guard let count = POSIX.read(descriptor, into: .init(rebasing: buffer[end...])) else {
        throw CorpusError(file: file, .unreadable(reason: POSIX.lastErrorMessage))
      }
      if count == 0 {
        isAtEnd = true
        do { try decompression?.finish() } catch { throw CorpusError(file: file, error) }
      }
      end += count
    } while isAtStart && end < 3 && !isAtEnd
    if isAtStart, end >= 3, buffer[0] == 0xEF, buffer[1] == 0xBB, buffer[2] == 0xBF {
      start = 3
      byteCount = 3
    }
    isAtStart = false
    if start == end && !isAtEnd { return try fill() }
    return start < end
  }
}

extension CorpusError {
  fileprivate init(file: String, _ failure: GzipProcess.Failure) {
    let problem: Problem =
      switch failure {
      case .unreadable(let reason): .unreadable(reason: reason)
      case .missing: .gzipMissing
      case .failed(let message): .gzipFailed(message: message)
      }
    self.init(file: file, problem)
  }
}
