import Foundation

/// A regular file mapped into memory, read-only, until the last reference goes.
///
/// If another program shortens the file meanwhile, reading what it cut off raises SIGBUS; files that are replaced by
/// renaming, as ``AtomicFile`` does, are not affected.
final class MappedFile: @unchecked Sendable {  // the pages are read-only, and no property changes after init
  let bytes: UnsafeRawBufferPointer

  /// Maps the whole file.
  init(path: String) throws(FileError) {
    // Non-blocking, so that a named pipe is refused below instead of waiting for a writer.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw FileError(.read, path, code: errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileError(.read, path, code: errno) }
    let kind = status.st_mode & S_IFMT
    guard kind != S_IFDIR else { throw FileError(.read, path, code: EISDIR) }
    guard kind == S_IFREG, let size = Int(exactly: status.st_size) else {
      throw FileError(.read, path, code: EINVAL)
    }
    guard size > 0 else {  // an empty mapping is an error of mmap, but an empty file is none of ours
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    guard let start = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
      throw FileError(.read, path, code: errno)
    }
    bytes = UnsafeRawBufferPointer(start: start, count: size)
  }

  /// Maps the whole file at `url`; `form` is what errors say that it should be.
  convenience init(opening url: URL, expecting form: String) throws(CheckpointError) {
    do throws(FileError) {
      try self.init(path: url.path)
    } catch {
      throw CheckpointError(file: url.path, problems: [.unreadable(reason: error.clause(expecting: form))])
    }
  }

  /// Lets the system drop the whole pages of a range; reading them again brings them back.
  func discard(_ range: Range<Int>) {
    guard let start = bytes.baseAddress else { return }
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let first = (range.lowerBound + page - 1) / page * page
    let end = range.upperBound / page * page
    if first < end { madvise(UnsafeMutableRawPointer(mutating: start) + first, end - first, MADV_DONTNEED) }
  }

  deinit {
    if let start = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), bytes.count) }
  }
}
