#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// `metrics.jsonl`: everything that was measured, a record a line, in the order of the steps.
///
/// Not safe to use from several tasks at once.
public final class MetricsLog {
  /// A record with many long samples still fits; a longer line is no record.
  private static let maximumLineLength = 1 << 24

  private let file: AppendOnlyFile

  /// Opens the log for appending. A last line that was torn by a crash is cut off.
  ///
  /// - Throws: `RunDirectoryError` if the file cannot be opened.
  public init(_ path: String) throws(RunDirectoryError) {
    if POSIX.status(path) != nil {
      try AppendOnlyFile.truncate(path, to: try Self.scan(path) { _ in true })
    }
    file = try AppendOnlyFile(path)
  }

  /// Appends a record, whole or not at all.
  ///
  /// - Throws: `RunDirectoryError` if the disk is full or the file cannot be written.
  public func append(_ record: MetricsRecord) throws(RunDirectoryError) {
    try file.append(Array((record.json + "\n").utf8))
  }

  /// Waits until all records are on the disk; called before a checkpoint that counts on them is written.
  ///
  /// - Throws: `RunDirectoryError` if the disk refuses.
  public func synchronize() throws(RunDirectoryError) { try file.synchronize() }

  /// Reads a log; an absent one has no records.
  ///
  /// - Returns: The records, and how many lines were none and were passed over.
  /// - Throws: `RunDirectoryError` if the file cannot be read.
  public static func read(_ path: String) throws(RunDirectoryError)
    -> (records: [MetricsRecord], malformedLineCount: Int)
  {
    guard POSIX.status(path) != nil else { return ([], 0) }
    var records: [MetricsRecord] = []
    var malformedLineCount = 0
    _ = try scan(path) { record in
      if let record { records.append(record) } else { malformedLineCount += 1 }
      return true
    }
    return (records, malformedLineCount)
  }

  /// Cuts a log back to the records up to and including a step; torn or foreign lines at its end go as well.
  ///
  /// - Throws: `RunDirectoryError` if the file cannot be read or changed.
  public static func truncate(_ path: String, afterStep step: Int) throws(RunDirectoryError) {
    guard POSIX.status(path) != nil else { return }
    let size = try scan(path) { record in record.map { $0.step <= step } ?? true }
    try AppendOnlyFile.truncate(path, to: size)
  }

  /// Goes through the lines, nil for those that are no record, until `isKept` refuses one.
  ///
  /// - Returns: The size in bytes of the file up to the last record that was kept.
  private static func scan(
    _ path: String, _ isKept: (MetricsRecord?) -> Bool
  ) throws(RunDirectoryError) -> Int {
    let decoder = JSONDecoder()
    var line: [UInt8] = []
    var size = 0
    do {
      let reader = try LineReader(path, maximumLineLength: maximumLineLength)
      while true {
        let outcome = try reader.next(into: &line)
        guard outcome != .end else { return size }
        let isWhole = outcome == .line && reader.isLastLineComplete
        let record = isWhole ? try? decoder.decode(MetricsRecord.self, from: Data(line)) : nil
        guard isKept(record) else { return size }
        if record != nil { size = reader.byteCount }
      }
    } catch {
      throw RunDirectoryError(path: path, .system(action: "read the log", reason: "\(error)"))
    }
  }
}
