import Foundation
import HeedTraining

/// A file that is written beside its name and takes it once it is whole.
///
/// Unlike `AtomicFile`, what it holds may be written over a long time, and in any order.
final class ReplacedFile {
  /// The open file.
  let descriptor: Int32
  /// The name that it will take.
  let path: String
  private let temporary: String
  private var isFinished = false

  /// Creates the file.
  ///
  /// - Throws: `CommandError` if the directory is not there, or may not be written to.
  init(_ path: String) throws {
    if POSIX.status(path).map({ !$0.isRegular }) ?? false {
      throw CommandError.usage("--output \(path): it is there and is not a file")
    }
    let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
    let name = ".heed-\(getpid())-" + String(UInt32.random(in: 0 ... .max), radix: 16) + ".tmp"
    temporary = url.deletingLastPathComponent().appending(path: name).path
    self.path = url.path
    guard let opened = POSIX.open(temporary, O_RDWR | O_CREAT | O_EXCL, 0o666) else {
      let reason = POSIX.lastErrorMessage
      throw CommandError(.inputOutput, "\(path): cannot be written: \(reason)")
    }
    descriptor = opened
  }

  /// Writes bytes, at the end or where they are told to go.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int? = nil) throws {
    if let offset, lseek(descriptor, off_t(offset), SEEK_SET) < 0 { throw failure() }
    guard POSIX.write(descriptor, bytes) == bytes.count else { throw failure() }
  }

  /// Gives the file its name.
  func finish() throws {
    guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw failure() }
    isFinished = true
  }

  private func failure() -> CommandError {
    CommandError(.inputOutput, "\(path): cannot be written: \(POSIX.lastErrorMessage)")
  }

  deinit {
    POSIX.close(descriptor)
    if !isFinished { unlink(temporary) }
  }
}

/// Writes a matrix of float32 as NumPy's `.npy`, version 1.0, row by row.
struct NumPyWriter {
  private let file: ReplacedFile
  private let columnCount: Int
  private var rowCount = 0

  /// Room for the header; the data behind it are aligned, as the format asks for.
  private static let headerSize = 128

  /// Begins the file; how many rows there are it learns at the end.
  init(_ file: ReplacedFile, columnCount: Int) throws {
    self.file = file
    self.columnCount = columnCount
    try writeHeader()
  }

  /// Adds rows.
  mutating func append(_ rows: [[Float]]) throws {
    let bits = rows.flatMap { $0.map(\.bitPattern.littleEndian) }
    try bits.withUnsafeBytes { try file.write($0) }
    rowCount += rows.count
  }

  /// Writes how many rows there are.
  func finish() throws { try writeHeader() }

  private func writeHeader() throws {
    let fields = "{'descr': '<f4', 'fortran_order': False, 'shape': (\(rowCount), \(columnCount)), }"
    let size = Self.headerSize - 10
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(size), 0]
    bytes += Array(fields.utf8)
    bytes += [UInt8](repeating: 0x20, count: Self.headerSize - 1 - bytes.count) + [0x0A]
    try bytes.withUnsafeBytes { try file.write($0, at: 0) }
  }
}
