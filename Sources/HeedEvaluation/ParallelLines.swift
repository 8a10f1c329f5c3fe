#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Hypotheses and references read from files, one segment a line.
public struct ParallelLines: Sendable {
  /// One line for each segment.
  public let hypotheses: [String]
  /// Streams of references, each as long as `hypotheses`.
  public let references: [[String]]

  /// Reads files as the `sacrebleu` command does: lines end at line feeds only, and white space at their ends is dropped.
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

  /// The lines of a file, without white space at their ends.
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

  /// The bytes of a file.
  static func data(of file: String) throws(EvaluationError) -> Data {
    do {
      return try Data(contentsOf: URL(fileURLWithPath: file))
    } catch {
      throw .unreadable(file: file, reason: reason(error, file))
    }
  }

  private static func reason(_ error: any Error, _ file: String) -> String {
    guard FileManager.default.fileExists(atPath: file) else { return "there is no such file" }
    if (try? FileManager.default.contentsOfDirectory(atPath: file)) != nil { return "it is a directory" }
    return FileManager.default.isReadableFile(atPath: file) ? "\(error)" : "permission denied"
  }
}
