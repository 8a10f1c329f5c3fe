#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps two processes from writing to the same run.
///
/// The kernel holds the lock and releases it when the process ends, however it ends; the file only says whose it
/// is. It is removed with the lock.
final class RunLock: Sendable {
  private let path: String
  private let descriptor: Int32

  /// Takes the lock of a directory.
  ///
  /// - Throws: `RunDirectoryError.Problem.locked` if another process (or this one) holds it.
  init(directory: String) throws(RunDirectoryError) {
    path = "\(directory)/.lock"
    while true {
      guard let opened = POSIX.open(path, O_RDWR | O_CREAT) else {
        throw .lastCall("create the lock file", path)
      }
      guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
        let code = errno
        POSIX.close(opened)
        guard code == EWOULDBLOCK else {
          throw RunDirectoryError(
            path: path, .system(action: "lock the run", reason: POSIX.message(code)))
        }
        throw RunDirectoryError(path: directory, .locked(process: Self.owner(path)))
      }
      // Its former owner may have removed the file after it was opened here: then another can be locked there.
      var held = stat()
      var named = stat()
      if fstat(opened, &held) == 0, stat(path, &named) == 0, held.st_ino == named.st_ino {
        descriptor = opened
        break
      }
      POSIX.close(opened)
    }
    let owner = Array("process \(getpid())\n".utf8)
    _ = ftruncate(descriptor, 0)
    _ = owner.withUnsafeBytes { POSIX.write(descriptor, $0) }
  }

  deinit {
    unlink(path)
    POSIX.close(descriptor)
  }

  private static func owner(_ path: String) -> String {
    guard case .success(let bytes) = POSIX.readFile(path, limit: 200) else { return "unknown" }
    let name = bytes.prefix { $0 != 0x0A }
    return name.isEmpty ? "unknown" : String(decoding: name, as: UTF8.self)
  }
}
