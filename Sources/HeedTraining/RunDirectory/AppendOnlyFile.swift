#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file that only grows, record by record, and can be cut back.
///
/// Each record goes out in one write to a file opened for appending. If the disk fills up in the middle of one,
/// the file is cut back to the record before. Not safe to use from several tasks at once.
package final class AppendOnlyFile {
  let path: String
  private let descriptor: Int32

  /// Opens or creates the file.
  package init(_ path: String) throws(RunDirectoryError) {
    guard let opened = POSIX.open(path, O_WRONLY | O_CREAT | O_APPEND) else {
      throw .lastCall("open the log", path)
    }
    self.path = path
    descriptor = opened
  }

  deinit { POSIX.close(descriptor) }

  /// Appends a record, whole or not at all.
  package func append(_ record: [UInt8]) throws(RunDirectoryError) {
    let end = lseek(descriptor, 0, SEEK_END)
    let written = record.withUnsafeBytes { POSIX.write(descriptor, $0) }
    guard written == record.count else {
      let error = RunDirectoryError.lastCall("append to the log", path)
      if end >= 0 { _ = ftruncate(descriptor, end) }
      throw error
    }
  }

  /// Waits until everything is on the disk.
  func synchronize() throws(RunDirectoryError) {
    guard fsync(descriptor) == 0 else { throw .lastCall("flush the log", path) }
  }

  /// Cuts a file back to its first bytes.
  static func truncate(_ path: String, to size: Int) throws(RunDirectoryError) {
    guard let status = POSIX.status(path), status.size > size else { return }
    #if canImport(Glibc)
      let result = Glibc.truncate(path, off_t(size))
    #elseif canImport(Musl)
      let result = Musl.truncate(path, off_t(size))
    #else
      let result = Darwin.truncate(path, off_t(size))
    #endif
    guard result == 0 else { throw .lastCall("cut back the log", path) }
  }
}
