import Foundation
import HeedHubCache

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Writes the cache.
enum HubStorage {
  /// The failure of the system call before.
  static func lastFailure(_ action: String, _ file: URL) -> HubError {
    let reason = String(cString: strerror(errno))
    return HubError(.storage, "\(file.path) cannot be \(action): \(reason)")
  }

  static func makeDirectory(_ directory: URL) throws(HubError) {
    do {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    } catch {
      throw HubError(
        .storage, "the directory \(directory.path) cannot be made; set HF_HUB_CACHE to another one")
    }
  }

  /// Writes a small file beside its place and renames it.
  static func write(_ text: String, to file: URL) throws(HubError) {
    try makeDirectory(file.deletingLastPathComponent())
    let temporary = file.deletingLastPathComponent()
      .appendingPathComponent(".\(file.lastPathComponent).\(UUID().uuidString)")
    do {
      try Data(text.utf8).write(to: temporary)
    } catch {
      throw HubError(.storage, "\(file.path) cannot be written: \(error.localizedDescription)")
    }
    guard rename(temporary.path, file.path) == 0 else {
      let failure = lastFailure("written", file)
      unlink(temporary.path)
      throw failure
    }
  }

  /// Makes `link` a relative symbolic link to a blob; one that is there is replaced in one step.
  static func link(_ link: URL, toBlob name: String, depth: Int) throws(HubError) {
    // snapshots/COMMIT/FILE is three levels below the repository, and deeper by the directories in FILE.
    let target = String(repeating: "../", count: depth + 1) + "blobs/\(name)"
    if (try? FileManager.default.destinationOfSymbolicLink(atPath: link.path)) == target { return }
    try makeDirectory(link.deletingLastPathComponent())
    let temporary = link.deletingLastPathComponent()
      .appendingPathComponent(".\(UUID().uuidString)")
    guard symlink(target, temporary.path) == 0 else { throw lastFailure("linked", link) }
    guard rename(temporary.path, link.path) == 0 else {
      let failure = lastFailure("linked", link)
      unlink(temporary.path)
      throw failure
    }
  }

  /// Marks the cache as such for programs that make backups.
  static func tag(_ cache: URL) {
    let file = cache.appendingPathComponent("CACHEDIR.TAG")
    guard !FileManager.default.fileExists(atPath: file.path) else { return }
    let text = "Signature: 8a477f597d28d172789f06886806bc55\n# A cache of models from the Hugging Face hub.\n"
    try? write(text, to: file)
  }

  /// The size of a file in bytes; nil where there is none.
  static func size(_ file: URL) -> Int? {
    var status = stat()
    guard stat(file.path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }
}

/// A file to which a download is appended.
final class PartialFile {
  let url: URL
  private let descriptor: Int32
  private(set) var size = 0

  /// Opens a file, or makes it.
  init(_ url: URL) throws(HubError) {
    self.url = url
    descriptor = url.path.withCString { open($0, O_RDWR | O_CREAT | O_CLOEXEC, 0o644) }
    guard descriptor >= 0 else { throw HubStorage.lastFailure("opened", url) }
    size = HubStorage.size(url) ?? 0
  }

  deinit { close(descriptor) }

  func truncate() throws(HubError) {
    guard ftruncate(descriptor, 0) == 0 else { throw HubStorage.lastFailure("written", url) }
    size = 0
  }

  func append(_ bytes: UnsafeRawBufferPointer) throws(HubError) {
    var written = 0
    while written < bytes.count {
      let count = pwrite(
        descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written, off_t(size + written))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw HubStorage.lastFailure("written", url) }
      written += count
    }
    size += written
  }

  /// Reads the whole file piece by piece.
  func forEachPiece(_ body: (UnsafeRawBufferPointer) -> Void) throws(HubError) {
    var buffer = [UInt8](repeating: 0, count: 1 << 18)
    var position = 0
    while position < size {
      let count = buffer.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress, $0.count, off_t(position))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw HubStorage.lastFailure("read", url) }
      buffer.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
      position += count
    }
  }

  /// Gives the file its name; what has that name is replaced.
  func move(to destination: URL) throws(HubError) {
    guard fsync(descriptor) == 0, rename(url.path, destination.path) == 0 else {
      throw HubStorage.lastFailure("moved to its place in the cache", url)
    }
  }

  func remove() { unlink(url.path) }
}
