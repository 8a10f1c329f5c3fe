import Foundation
import Testing

/// What a run of the `heed` that was built beside the tests came to.
struct CommandRun {
  let status: Int32
  let output: String
  let errors: String

  /// Runs the command to its end.
  ///
  /// - Parameters:
  ///   - arguments: What stands behind `heed`.
  ///   - environment: Variables beside those of the tests. On one thread, unless they say otherwise: tests run side by
  ///     side, and threads of one run that wait for each other take the processors from the others.
  /// - Throws: What starting a process throws.
  init(_ arguments: [String], environment: [String: String] = [:]) throws {
    let process = Process()
    let (output, errors) = (Pipe(), Pipe())
    process.executableURL = Self.products.appending(path: "heed")
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment
      .merging(["HEED_THREADS": "1"]) { $1 }.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    // What goes to standard error fits the pipe, so that one can be read after the other.
    let written = output.fileHandleForReading.readDataToEndOfFile()
    let said = errors.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    self.output = String(decoding: written, as: UTF8.self)
    self.errors = String(decoding: said, as: UTF8.self)
    status = process.terminationStatus
  }

  /// The JSON object on standard output, where the run came to a good end.
  func object(sourceLocation: SourceLocation = #_sourceLocation) throws -> [String: Any] {
    try #require(status == 0, "\(errors)", sourceLocation: sourceLocation)
    let value = try JSONSerialization.jsonObject(with: Data(output.utf8))
    return try #require(value as? [String: Any], sourceLocation: sourceLocation)
  }

  /// Where the package manager puts what it builds: beside the bundle of tests, which on Linux is a program.
  private static var products: URL {
    let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
    return bundle?.bundleURL.deletingLastPathComponent() ?? Bundle.main.bundleURL
  }
}

/// A new directory, for as long as `body` runs.
func withDirectory<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let url = FileManager.default.temporaryDirectory.appending(path: "heed-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: url) }
  return try body(url)
}

/// A file with this text, for as long as `body` runs.
func withFile<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
  let file = FileManager.default.temporaryDirectory.appending(path: "heed-\(UUID().uuidString).txt")
  try Data(text.utf8).write(to: file)
  defer { try? FileManager.default.removeItem(at: file) }
  return try body(file.path)
}
