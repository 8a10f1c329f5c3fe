#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The few system and library calls that reading corpora and writing logs need, with interruptions handled.
package enum POSIX {
  /// The most memory that the process has had so far, in bytes.
  package static var peakMemory: Int {
    #if os(Linux)
      // What getrusage says outlives exec, so that it may be that of the program that started this one.
      if let peak = peakOfStatus { return peak }
    #endif
    var usage = rusage()
    #if canImport(Darwin)
      guard getrusage(RUSAGE_SELF, &usage) == 0 else { return 0 }
      return usage.ru_maxrss
    #else
      guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
      return usage.ru_maxrss * 1024
    #endif
  }

  #if os(Linux)
    private static var peakOfStatus: Int? {
      guard let file = fopen("/proc/self/status", "r") else { return nil }
      defer { fclose(file) }
      var buffer = [CChar](repeating: 0, count: 256)
      while fgets(&buffer, Int32(buffer.count), file) != nil {
        let line = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard line.hasPrefix("VmHWM:") else { continue }
        return Int(line.filter(\.isNumber)).map { $0 * 1024 }
      }
      return nil
    }
  #endif

  /// The message for the error number of the call that just failed.
  package static var lastErrorMessage: String { message(errno) }

  /// The system's message for an error number.
  package static func message(_ number: Int32) -> String { String(cString: strerror(number)) }

  /// Opens a file and returns its descriptor, or nil with `errno` set. Children do not inherit it.
  package static func open(_ path: String, _ flags: Int32, _ mode: mode_t = 0o644) -> Int32? {
    while true {
      #if canImport(Glibc)
        let descriptor = Glibc.open(path, flags | O_CLOEXEC, mode)
      #elseif canImport(Musl)
        let descriptor = Musl.open(path, flags | O_CLOEXEC, mode)
      #else
        let descriptor = Darwin.open(path, flags | O_CLOEXEC, mode)
      #endif
      if descriptor >= 0 { return descriptor }
      if errno != EINTR { return nil }
    }
  }

  /// Closes a descriptor.
  package static func close(_ descriptor: Int32) {
    #if canImport(Glibc)
      _ = Glibc.close(descriptor)
    #elseif canImport(Musl)
      _ = Musl.close(descriptor)
    #else
      _ = Darwin.close(descriptor)
    #endif
  }

  /// Reads up to the buffer's size; 0 at the end of the file, nil with `errno` set on failure.
  package static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
    while true {
      #if canImport(Glibc)
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      #elseif canImport(Musl)
        let count = Musl.read(descriptor, buffer.baseAddress, buffer.count)
      #else
        let count = Darwin.read(descriptor, buffer.baseAddress, buffer.count)
      #endif
      if count >= 0 { return count }
      if errno != EINTR { return nil }
    }
  }

  /// Where a byte first stands, or nil.
  package static func offset(of byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Int? {
    guard let base = bytes.baseAddress, let found = memchr(base, Int32(byte), bytes.count) else { return nil }
    return UnsafeRawPointer(found) - base
  }

  /// Makes a directory whose parent exists; false with `errno` set on failure.
  package static func makeDirectory(_ path: String) -> Bool { mkdir(path, 0o777) == 0 }

  /// Why a file could not be read or written.
  package struct Failure: Error {
    /// The reason, in a few words.
    package let message: String
    /// Creates a failure.
    package init(_ message: String) { self.message = message }
  }

  /// Reads a whole file, if it is no larger than `limit` bytes.
  package static func readFile(_ path: String, limit: Int) -> Result<[UInt8], Failure> {
    if status(path)?.isDirectory == true { return .failure(Failure("it is a directory")) }
    guard let descriptor = open(path, O_RDONLY) else { return .failure(Failure(lastErrorMessage)) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      guard let count = chunk.withUnsafeMutableBytes({ read(descriptor, into: $0) }) else {
        return .failure(Failure(lastErrorMessage))
      }
      if count == 0 { return .success(bytes) }
      guard bytes.count + count <= limit else {
        return .failure(Failure("it is larger than \(limit) bytes"))
      }
      bytes.append(contentsOf: chunk[..<count])
    }
  }

  /// Writes all bytes; returns how many were written before a failure, which sets `errno`.
  ///
  /// A record of ordinary size goes out in the first call, which is what makes appending it atomic.
  package static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    var written = 0
    while written < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
      #if canImport(Glibc)
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      #elseif canImport(Musl)
        let count = Musl.write(descriptor, rest.baseAddress, rest.count)
      #else
        let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
      #endif
      if count > 0 {
        written += count
      } else if count == 0 || errno != EINTR {
        return written
      }
    }
    return written
  }

  /// The kind and size of what a path names, or nil if there is nothing.
  package static func status(_ path: String) -> (isDirectory: Bool, isRegular: Bool, size: Int)? {
    var value = stat()
    guard stat(path, &value) == 0 else { return nil }
    let kind = value.st_mode & S_IFMT
    return (kind == S_IFDIR, kind == S_IFREG, Int(value.st_size))
  }
}
