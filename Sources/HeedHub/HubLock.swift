import Foundation
import HeedHubCache

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps processes from fetching one file into one place at the same time.
///
/// It is the lock that Python's library takes as well: `flock` on a file in `.locks`. The kernel releases it when the
/// process ends, however it ends; the file stays, since removing it would let two processes lock two files.
final class HubLock: Sendable {
  private let descriptor: Int32

  private init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  /// Takes a lock, however long that takes; the task can be cancelled meanwhile.
  static func take(_ file: URL) async throws -> HubLock {
    try HubStorage.makeDirectory(file.deletingLastPathComponent())
    let descriptor = file.path.withCString { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o644) }
    guard descriptor >= 0 else { throw HubStorage.lastFailure("made", file) }
    let lock = HubLock(descriptor)
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      let code = errno
      guard code == EWOULDBLOCK || code == EINTR else {
        // A file system without locks: fetching twice is the worst that can happen, since hashes are checked.
        return lock
      }
      try await Task.sleep(nanoseconds: 50_000_000)
    }
    return lock
  }
}
