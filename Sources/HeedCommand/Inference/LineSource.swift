import Foundation
import HeedTraining

/// Lines of a stream as they arrive.
///
/// A line ends with LF or CR LF; the last one may lack its end. A byte order mark at the beginning is left out.
struct LineSource {
  /// What errors call the stream.
  let name: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var start = 0
  /// Up to here no line ends.
  private var searched = 0
  private var isAtEnd = false
  private var isAtStart = true
  private var lineCount = 0

  /// The most bytes of a line: what is longer is not what the command reads.
  var longestLine = 1 << 26
  private static let chunkSize = 1 << 16

  /// Standard input.
  static var standardInput: LineSource { LineSource(name: "standard input", descriptor: STDIN_FILENO) }

  init(name: String, descriptor: Int32) {
    self.name = name
    self.descriptor = descriptor
  }

  /// Lines that are there already; waits only where there is none.
  ///
  /// - Parameters:
  ///   - maximumCount: The most lines.
  ///   - maximumBytes: No more lines follow when they have so many bytes.
  /// - Returns: At least one line, or none at the end.
  /// - Throws: `CommandError` for a stream that cannot be read and for a line that is not UTF-8, once the lines before it
  ///   were given out.
  mutating func window(maximumCount: Int, maximumBytes: Int) throws -> [String] {
    var lines: [String] = []
    var bytes = 0
    while lines.count < maximumCount, bytes < maximumBytes {
      if let end = lineEnd() {
        let isUsable = String(validating: buffer[start..<end.content], as: UTF8.self)
        guard let line = isUsable else {
          if !lines.isEmpty { return lines }
          throw CommandError(
            .data,
            "\(name), line \(lineCount + 1): not UTF-8; convert it first, for example with iconv -t UTF-8")
        }
        lines.append(line)
        lineCount += 1
        bytes += end.next - start
        start = end.next
        searched = start
        continue
      }
      if isAtEnd || (!lines.isEmpty && !isReady()) { break }
      if buffer.count - start > longestLine {
        if !lines.isEmpty { break }
        throw CommandError(
          .data,
          "\(name), line \(lineCount + 1): the line is longer than \(longestLine) bytes; expected text")
      }
      try fill()
    }
    return lines
  }

  /// Where the next line's content ends, and where the line after it begins; nil if its end has not been read.
  private mutating func lineEnd() -> (content: Int, next: Int)? {
    if let end = buffer[searched...].firstIndex(of: 0x0A) {
      return (end > start && buffer[end - 1] == 0x0D ? end - 1 : end, end + 1)
    }
    searched = buffer.count
    guard isAtEnd, start < buffer.count else { return nil }
    return (buffer[buffer.count - 1] == 0x0D ? buffer.count - 1 : buffer.count, buffer.count)
  }

  /// Whether reading would not wait.
  private func isReady() -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&request, 1, 0) > 0
  }

  private mutating func fill() throws {
    if start > 0 {
      buffer.removeSubrange(..<start)
      searched -= start
      start = 0
    }
    let old = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: Self.chunkSize))
    let count = buffer.withUnsafeMutableBytes {
      POSIX.read(descriptor, into: UnsafeMutableRawBufferPointer(rebasing: $0[old...]))
    }
    let code = errno
    buffer.removeSubrange((old + (count ?? 0))...)
    guard let count else {
      throw CommandError(.inputOutput, "\(name): cannot be read: \(String(cString: strerror(code)))")
    }
    isAtEnd = count == 0
    if isAtStart, buffer.count >= 3 || isAtEnd {
      isAtStart = false
      if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { buffer.removeSubrange(..<3) }
      searched = 0
    }
  }
}

/// Standard output, in whole windows.
struct ResultStream {
  private var bytes: [UInt8] = []

  /// Adds text as it is.
  mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// Adds a line.
  mutating func append(line: String) {
    bytes.append(contentsOf: line.utf8)
    bytes.append(0x0A)
  }

  /// Hands everything to the reader.
  ///
  /// - Throws: `CommandError`, which is silent where the reader has gone away.
  mutating func flush() throws {
    let written = bytes.withUnsafeBytes { POSIX.write(STDOUT_FILENO, $0) }
    let code = errno
    guard written == bytes.count else {
      if code == EPIPE { throw CommandError(.brokenPipe, "") }
      throw CommandError(
        .inputOutput, "standard output: cannot be written: \(String(cString: strerror(code)))")
    }
    bytes.removeAll(keepingCapacity: true)
  }

  /// Writes lines to standard output.
  static func write(_ lines: String...) throws {
    var stream = ResultStream()
    for line in lines { stream.append(line: line) }
    try stream.flush()
  }

  /// Writes a value as JSON, with its keys in order.
  static func write(json value: some Encodable) throws {
    try write(try jsonLine(value, isPretty: true))
  }
}

/// A value as JSON, its keys in snake case; numbers that are not finite become strings.
func jsonLine(_ value: some Encodable, isPretty: Bool = false) throws -> String {
  let encoder = JSONEncoder()
  encoder.keyEncodingStrategy = .convertToSnakeCase
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
  encoder.nonConformingFloatEncodingStrategy = .convertToString(
    positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
