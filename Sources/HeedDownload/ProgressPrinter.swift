import Foundation
import HeedHub

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Shows how far a download has come, on standard error: a line that changes on a terminal, else a line for each file.
///
/// `@unchecked`: the state is guarded by the lock.
final class ProgressPrinter: @unchecked Sendable {
  private let lock = NSLock()
  private let isTerminal = isatty(STDERR_FILENO) != 0
  private var shownFile = -1
  private var lastLine = ""
  private var lastTime = 0.0

  func show(_ progress: HubProgress) {
    lock.withLock {
      guard isTerminal else {
        // What is there already is whole when it is first heard of.
        let isFetched = progress.fileIndex != shownFile && progress.fileBytes != progress.fileSize
        if isFetched { write("\(progress.file), \(size(progress.fileSize))\n") }
        shownFile = progress.fileIndex
        return
      }
      let now = Date().timeIntervalSinceReferenceDate
      let isEnd = progress.totalBytes == progress.totalSize
      guard now - lastTime > 0.1 || isEnd || progress.fileIndex != shownFile else { return }
      lastTime = now
      shownFile = progress.fileIndex
      var line = "\(progress.file): \(size(progress.totalBytes))"
      if let total = progress.totalSize, total > 0 {
        line += " of \(size(total)), \(Int(100 * Double(progress.totalBytes) / Double(total))) %"
      }
      let padding = String(repeating: " ", count: max(0, lastLine.count - line.count))
      write("\r\(line)\(padding)")
      lastLine = line
    }
  }

  /// Leaves the line.
  func end() {
    lock.withLock {
      if isTerminal, !lastLine.isEmpty { write("\n") }
      lastLine = ""
    }
  }

  private func size(_ bytes: Int?) -> String {
    guard let bytes else { return "unknown size" }
    for (unit, scale) in [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)] where Double(bytes) >= scale {
      return "\((Double(bytes) / scale * 10).rounded() / 10) \(unit)"
    }
    return "\(bytes) B"
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}
