import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A running `gzip -dc`, whose output is the decompressed file.
package final class GzipProcess {
  /// Why a file cannot be decompressed.
  package enum Failure: Error, Sendable, CustomStringConvertible {
    /// It cannot be opened; the reason is the system's own message.
    case unreadable(reason: String)
    /// The program was not found on PATH.
    case missing
    /// The program failed; the message is what it said.
    case failed(message: String)

    /// What follows the name of the file.
    package var description: String {
      switch self {
      case .unreadable(let reason): reason
      case .missing:
        "the file is compressed and the gzip program is not on PATH; install gzip or decompress the file"
      case .failed(let message): "gzip could not decompress the file: \(message)"
      }
    }
  }

  /// Where to read the decompressed bytes.
  package var descriptor: Int32 { output.fileHandleForReading.fileDescriptor }

  private let process = Process()
  private let output = Pipe()
  private let messages = Pipe()

  /// Whether a file, opened for reading, is to be decompressed: a regular one that begins with gzip's two magic bytes, and
  /// a pipe, which cannot be looked into ahead, whose name ends in `.gz`.
  package static func isNeeded(for file: String, _ descriptor: Int32) -> Bool {
    var magic: (UInt8, UInt8) = (0, 0)
    let count = withUnsafeMutableBytes(of: &magic) { pread(descriptor, $0.baseAddress, 2, 0) }
    return count < 0 ? file.hasSuffix(".gz") : count == 2 && magic == (0x1F, 0x8B)
  }

  /// Starts the program.
  package init(_ file: String) throws(Failure) {
    guard let program = Self.findOnPath("gzip") else { throw .missing }
    process.executableURL = URL(fileURLWithPath: program)
    // The file goes in as standard input, because gzip refuses names that lack a suffix it knows.
    process.arguments = ["-dc"]
    guard let input = FileHandle(forReadingAtPath: file) else {
      throw .unreadable(reason: String(cString: strerror(errno)))
    }
    process.standardInput = input
    process.standardOutput = output
    process.standardError = messages
    do {
      try process.run()
    } catch {
      throw .failed(message: error.localizedDescription)
    }
  }

  deinit {
    // Whoever stops reading in the middle leaves gzip blocked on a full pipe.
    if process.isRunning { process.terminate() }
  }

  /// All that is left of the decompressed file.
  package func readToEnd() throws(Failure) -> Data {
    let data = output.fileHandleForReading.readDataToEndOfFile()
    try finish()
    return data
  }

  /// Waits for the program after its output has ended, and throws if it failed.
  package func finish() throws(Failure) {
    let said = String(decoding: messages.fileHandleForReading.availableData.prefix(1000), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationReason == .exit, process.terminationStatus == 0 else {
      let lines = said.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
      let message = lines.filter { !$0.isEmpty }.joined(separator: "; ")
      throw .failed(message: message.isEmpty ? "exit status \(process.terminationStatus)" : message)
    }
  }

  private static func findOnPath(_ name: String) -> String? {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
