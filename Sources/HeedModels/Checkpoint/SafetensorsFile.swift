import Foundation

/// A safetensors file, mapped into memory: opening it reads the header alone.
///
/// The header is checked whole when the file is opened, so that no later access can leave the file.
///
/// It can be shared among threads unchecked: the bytes are mapped read-only, and no property changes after `init`.
public final class SafetensorsFile: CheckpointFile, @unchecked Sendable {
  /// The file's path, or the name given for bytes in memory.
  public let file: String
  /// What the file says about itself.
  public let metadata: [String: String]
  /// The tensors, in the order of the header.
  public let entries: [TensorEntry]
  private let byteRanges: [Range<Int>]
  private let indices: [String: Int]
  private let bytes: UnsafeRawBufferPointer
  private let owner: AnyObject?  // keeps `bytes` alive

  /// Opens a file.
  /// - Throws: A `CheckpointError` if the file cannot be read or is not a whole, valid safetensors file.
  public convenience init(url: URL) throws(CheckpointError) {
    let mapped = try MappedFile(opening: url, expecting: "a safetensors file")
    try self.init(named: url.path, bytes: mapped.bytes, owner: mapped)
  }

  /// Reads a file that is in memory already, such as one inside the program itself.
  ///
  /// - Parameters:
  ///   - name: What errors call it.
  ///   - bytes: The whole file. They must stay as they are while this object or `owner` lives.
  ///   - owner: What keeps the bytes alive; nil if they always are.
  /// - Throws: A `CheckpointError` if it is not a whole, valid safetensors file.
  public init(named name: String, bytes: UnsafeRawBufferPointer, owner: AnyObject?) throws(CheckpointError) {
    let header = try SafetensorsHeader(of: bytes, file: name)
    file = name
    metadata = header.metadata
    entries = header.entries
    byteRanges = header.byteRanges
    // Names are unique, or the header would have been refused.
    indices = Dictionary(zip(header.entries.map(\.name), header.entries.indices)) { first, _ in first }
    self.bytes = bytes
    self.owner = owner
  }

  /// The tensor of that name, if the file has it.
  public func entry(_ name: String) -> TensorEntry? {
    indices[name].map { entries[$0] }
  }

  /// Where the tensor's bytes are, counted from the beginning of the file.
  /// - Precondition: `entry` is one of this file.
  public func byteRange(of entry: TensorEntry) -> Range<Int> {
    entries.expectEntry(entry)
    return byteRanges[entry.index]
  }

  /// Calls `body` with the tensor's bytes in the file, which may have any alignment.
  /// - Precondition: `entry` is one of this file.
  public func withBytes<Value, Failure: Error>(
    of entry: TensorEntry, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    defer { withExtendedLifetime(owner) {} }
    return try body(UnsafeRawBufferPointer(rebasing: bytes[byteRange(of: entry)]))
  }
  /// Lets the system drop the tensor's pages, if the bytes are those of a mapped file; they are read again when they are
  /// needed.
  public func discardPages(of entry: TensorEntry) {
    (owner as? MappedFile)?.discard(byteRange(of: entry))
  }
}
