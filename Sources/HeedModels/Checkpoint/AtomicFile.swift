import Foundation

/// Writes files so that at every instant, even if the machine stops, the name stands for the whole old file or the
/// whole new one.
public enum AtomicFile {
  /// Replaces the file at `url` with `data`.
  /// - Throws: A `FileError`; the old file, if any, is then as it was.
  public static func write(_ data: Data, to url: URL) throws(FileError) {
    try write(to: url) { (output: borrowing Output) throws(FileError) in
      try output.write(data)
    }
  }

  /// Replaces the file at `url` with what `body` writes.
  ///
  /// The bytes go to a new file in the same directory, reach the disk, and only then take the name. A link is
  /// followed. An existing file's permissions are kept. Where `url` is a device or a pipe, which cannot be replaced,
  /// the bytes are written straight to it.
  ///
  /// - Throws: A `FileError`; the old file, if any, is then as it was.
  public static func write(
    to url: URL, _ body: (borrowing Output) throws(FileError) -> Void
  ) throws(FileError) {
    let path = resolved(url.path)
    var status = stat()
    var permissions: mode_t?
    if stat(path, &status) == 0 {
      switch status.st_mode & S_IFMT {
      case S_IFREG: permissions = status.st_mode & 0o7777
      case S_IFDIR: throw FileError(.write, path, code: EISDIR)
      default: return try writeThrough(path, body)
      }
    }
    let directory = directory(of: path)
    let (descriptor, temporary) = try create(in: directory, for: path)
    do throws(FileError) {
      do throws(FileError) {
        try body(Output(descriptor: descriptor, path: path))
        if let permissions { _ = fchmod(descriptor, permissions) }
        guard fsync(descriptor) == 0 else { throw FileError(.write, path, code: errno) }
      } catch {
        close(descriptor)
        throw error
      }
      guard close(descriptor) == 0 else { throw FileError(.write, path, code: errno) }
      guard rename(temporary, path) == 0 else { throw FileError(.write, path, code: errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    // The new name reaches the disk with its directory. Some file systems cannot do this, and the file itself is
    // whole either way, so a refusal is no failure.
    let directoryDescriptor = open(directory, O_RDONLY | O_CLOEXEC)
    if directoryDescriptor >= 0 {
      _ = fsync(directoryDescriptor)
      close(directoryDescriptor)
    }
  }

  /// An open file that is being written.
  public struct Output: ~Copyable {
    let descriptor: Int32
    let path: String

    /// Appends bytes.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
      var rest = bytes[...]
      while !rest.isEmpty {
        let chunk = UnsafeRawBufferPointer(rebasing: rest.prefix(1 << 30))  // macOS refuses more than 2 GiB
        let count = systemWrite(descriptor, chunk)
        if count < 0 {
          if errno == EINTR { continue }
          throw FileError(.write, path, code: errno)
        }
        guard count > 0 else { throw FileError(.write, path, code: EIO) }
        rest = rest.dropFirst(count)
      }
    }

    /// Appends bytes.
    public func write(_ bytes: some ContiguousBytes) throws(FileError) {
      let result = bytes.withUnsafeBytes { buffer in
        Result { () throws(FileError) in try write(buffer) }
      }
      try result.get()
    }
  }

  /// Writes to what is not a regular file.
  private static func writeThrough(
    _ path: String, _ body: (borrowing Output) throws(FileError) -> Void
  ) throws(FileError) {
    let descriptor = open(path, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileError(.write, path, code: errno) }
    do throws(FileError) {
      try body(Output(descriptor: descriptor, path: path))
    } catch {
      close(descriptor)
      throw error
    }
    guard close(descriptor) == 0 else { throw FileError(.write, path, code: errno) }
  }

  /// Creates a file with a name of its own; `path` is only for the message.
  private static func create(
    in directory: String, for path: String
  ) throws(FileError) -> (descriptor: Int32, path: String) {
    var attempts = 0
    while true {
      let name = ".heed-\(getpid())-" + String(UInt32.random(in: 0 ... .max), radix: 16) + ".tmp"
      let candidate = directory + "/" + name
      let descriptor = open(candidate, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      if descriptor >= 0 { return (descriptor, candidate) }
      attempts += 1
      guard errno == EEXIST || errno == EINTR, attempts < 100 else {
        throw FileError(.write, path, code: errno)
      }
    }
  }

  /// The path with its links followed, or as it is if it does not exist.
  private static func resolved(_ path: String) -> String {
    guard let pointer = realpath(path, nil) else { return path }
    defer { free(pointer) }
    return String(cString: pointer)
  }

  private static func directory(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}

/// The system's `write`, out of reach of the methods of that name.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
  write(descriptor, bytes.baseAddress, bytes.count)
}
