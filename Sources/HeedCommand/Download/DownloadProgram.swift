import ArgumentParser
import Foundation
import HeedHubCache
import HeedTraining

/// `heed-download`, which holds the network code.
///
/// Linking that code into `heed` would double the time that a program with Foundation needs to start (decision 8).
enum DownloadProgram {
  /// Ends this program and becomes the other; returns only the error where that fails.
  static func replaceProcess(with request: DownloadRequest) -> CommandError {
    let candidates = self.candidates
    for path in candidates {
      withArguments([path] + request.arguments) { _ = execv(path, $0) }
      if errno != ENOENT { return .lastCall("run", path) }
    }
    return missing
  }

  /// Runs the other program and returns the directory that it prints; its messages go where ours go.
  static func run(_ request: DownloadRequest) throws -> URL {
    guard let path = candidates.first(where: { access($0, X_OK) == 0 }) else { throw missing }
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw CommandError.lastCall("connected to", path) }
    defer { for end in ends where end >= 0 { POSIX.close(end) } }
    var process = pid_t()
    let status = withFileActions(output: ends[1], unused: ends[0]) { actions in
      withArguments([path] + request.arguments) { posix_spawn(&process, path, actions, nil, $0, environ) }
    }
    guard status == 0 else {
      throw CommandError(.inputOutput, "\(path): cannot be run: \(POSIX.message(status))")
    }
    POSIX.close(ends[1])
    ends[1] = -1
    let printed = readAll(ends[0])
    var outcome: Int32 = 0
    while waitpid(process, &outcome, 0) < 0, errno == EINTR {}
    guard outcome & 0x7F == 0 else { throw CommandError(.interrupted, "") }
    let code = (outcome >> 8) & 0xFF
    // The other program has said why.
    guard code == 0 else { throw CommandError(ExitStatus(rawValue: code) ?? .software, "") }
    guard let line = printed.split(whereSeparator: \.isNewline).last else {
      throw CommandError(.software, "\(path) did not print a directory")
    }
    return URL(fileURLWithPath: String(line), isDirectory: true)
  }

  /// Where the program may lie: beside this one, behind links as well.
  private static var candidates: [String] {
    guard let own = Bundle.main.executableURL else { return [] }
    return [own.resolvingSymlinksInPath(), own].map {
      $0.deletingLastPathComponent().appendingPathComponent(DownloadRequest.program).path
    }
  }

  private static var missing: CommandError {
    CommandError(
      .missingInput,
      "\(DownloadRequest.program) does not lie beside heed, and heed fetches models with it: copy it from where heed "
        + "was built, or fetch the model with Python's `hf download`, whose cache heed reads")
  }

  // MARK: System calls

  private static func withArguments<Result>(
    _ arguments: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies = arguments.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }

  private static func withFileActions(
    output: Int32, unused: Int32, _ body: (UnsafePointer<posix_spawn_file_actions_t>) -> Int32
  ) -> Int32 {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t? = nil
    #else
      var actions = posix_spawn_file_actions_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_addclose(&actions, unused)
    posix_spawn_file_actions_addclose(&actions, output)
    return withUnsafePointer(to: &actions) { body($0) }
  }

  /// What a pipe holds until its end; a path is short, so no more than that is kept.
  private static func readAll(_ descriptor: Int32) -> String {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while let count = buffer.withUnsafeMutableBytes({ POSIX.read(descriptor, into: $0) }), count > 0 {
      if bytes.count < 1 << 16 { bytes += buffer[..<count] }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
