import Foundation

/// A running `gzip -dc FILE`, whose output is the decompressed file.
final class GzipProcess {
  /// Where to read the decompressed bytes.
  var descriptor: Int32 { output.fileHandleForReading.fileDescriptor }

  private let file: String
  private let process = Process()
  private let output = Pipe()
  private let messages = Pipe()

  /// Starts the program.
  init(_ file: String) throws(CorpusError) {
    self.file = file
    guard let program = Self.findOnPath("gzip") else { throw CorpusError(file: file, .gzipMissing) }
    process.executableURL = URL(fileURLWithPath: program)
    // The file goes in as standard input, because gzip refuses names that lack a suffix it knows.
    process.arguments = ["-dc"]
    guard let input = FileHandle(forReadingAtPath: file) else {
      throw CorpusError(file: file, .unreadable(reason: POSIX.lastErrorMessage))
    }
    process.standardInput = input
    process.standardOutput = output
    process.standardError = messages
    do {
      try process.run()
    } catch {
      throw CorpusError(file: file, .gzipFailed(message: error.localizedDescription))
    }
  }

  deinit {
    // Whoever stops reading in the middle leaves gzip blocked on a full pipe.
    if process.isRunning { process.terminate() }
  }

  /// Waits for the program after its output has ended, and throws if it failed.
  func finish() throws(CorpusError) {
    let said = String(decoding: messages.fileHandleForReading.availableData.prefix(1000), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      let lines = said.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      let message = lines.filter { !$0.isEmpty }.joined(separator: "; ")
      throw CorpusError(
        file: file,
        .gzipFailed(message: message.isEmpty ? "exit status \(process.terminationStatus)" : message))
    }
  }

  private static func findOnPath(_ name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
