#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Hypotheses and references read from files, one segment a line.
public struct ParallelLines: Sendable {
  /// One line for each segment.
  public let hypotheses: [String]
  /// Streams of references, each as long as `hypotheses`.
  public let references: [[String]]

  /// Reads files, gzipped or not, as the `sacrebleu` command does: lines end at line feeds only, and white space at their
  /// ends is dropped.
  ///
  /// - Parameters:
  ///   - hypothesesFile: The path of the lines to judge.
  ///   - referenceFiles: One path for each stream of references.
  /// - Throws: `EvaluationError` if a file is unreadable, empty or not UTF-8, or if line counts differ.
  public init(hypothesesFile: String, referenceFiles: [String]) throws(EvaluationError) {
    guard !referenceFiles.isEmpty else { throw .noReferences }
    hypotheses = try Self.lines(of: hypothesesFile)
    var streams: [[String]] = []
    for file in referenceFiles {
      let lines = try Self.lines(of: file)
      guard lines.count == hypotheses.count else {
        throw .unequalLineCounts(
          hypothesesFile: hypothesesFile, hypothesisCount: hypotheses.count, referencesFile: file,
          referenceCount: lines.count)
      }
      streams.append(lines)
    }
    references = streams
  }

  /// The lines of a file, gzipped or not, without white space at their ends.
  ///
  /// - Throws: `EvaluationError` if the file is unreadable, empty or not UTF-8.
  public static func lines(of file: String) throws(EvaluationError) -> [String] {
    let data = try data(of: file)
    guard !data.isEmpty else { throw .empty(file: file) }
    let bytes = [UInt8](data)
    var lines: [String] = []
    var start = 0
    while start < bytes.count {
      let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
      let line = String(decoding: bytes[start..<end], as: UTF8.self)
      // Decoding repairs what is not UTF-8, so the text differs from the bytes then.
      guard line.utf8.elementsEqual(bytes[start..<end]) else {
        throw .notUTF8(file: file, line: lines.count + 1)
      }
      let kept = line.unicodeScalars.reversed().drop { isWhitespace($0.value) }.reversed()
      lines.append(String(String.UnicodeScalarView(kept)))
      start = end + 1
    }
    return lines
  }

  /// The hypotheses of another file for the same references.
  ///
  /// - Throws: `EvaluationError` if the file is unreadable, empty or not UTF-8, or has not as many lines as `hypothesesFile`,
  ///   which these were read from.
  public func hypotheses(of file: String, asManyAs hypothesesFile: String) throws(EvaluationError) -> [String]
  {
    let lines = try Self.lines(of: file)
    guard lines.count == hypotheses.count else {
      throw .unequalLineCounts(
        hypothesesFile: file, hypothesisCount: lines.count, referencesFile: hypothesesFile,
        referenceCount: hypotheses.count)
    }
    return lines
  }

  /// The bytes of a file, decompressed if it is gzipped, or of a pipe such as a shell's `<(zcat text.gz)`, which can be read
  /// once and has no size.
  static func data(of file: String) throws(EvaluationError) -> Data {
    guard let stream = fopen(file, "rb") else { throw .unreadable(file: file, reason: reason(errno, file)) }
    defer { fclose(stream) }
    if GzipProcess.isNeeded(for: file, fileno(stream)) { return try decompressed(file) }
    var data = Data()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, stream)
      if count > 0 { data.append(contentsOf: buffer[..<count]) }
      guard count < buffer.count else { continue }
      if ferror(stream) != 0 { throw .unreadable(file: file, reason: reason(errno, file)) }
      if feof(stream) != 0 { return data }
    }
  }

  private static func decompressed(_ file: String) throws(EvaluationError) -> Data {
    do {
      return try GzipProcess(file).readToEnd()
    } catch {
      switch error {
      case .unreadable(let reason): throw .unreadable(file: file, reason: reason)
      case .missing: throw .gzipMissing(file: file)
      case .failed(let message): throw .gzipFailed(file: file, message: message)
      }
    }
  }

  private static func reason(_ code: Int32, _ file: String) -> String {
    switch code {
    case ENOENT, ENOTDIR: "there is no such file"
    case EISDIR: "it is a directory"
    case EACCES: "permission denied"
    default: String(cString: strerror(code))
    }
  }
}
