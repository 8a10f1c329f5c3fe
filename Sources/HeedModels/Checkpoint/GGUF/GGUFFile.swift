import Foundation

/// A GGUF file (versions 2 and 3, little-endian), mapped into memory: opening it reads what stands before the tensors.
///
/// All of that is checked when the file is opened, so that no later access can leave the file. Shapes are row-major as
/// in other checkpoints: the reverse of the order in the file. Tensors quantised in blocks are read as floats like all
/// others.
///
/// It can be shared among threads unchecked: the bytes are mapped read-only, and no property changes after `init`.
public final class GGUFFile: CheckpointFile, @unchecked Sendable {
  /// The file's path, or the name given for bytes in memory.
  public let file: String
  /// The version of the format.
  public let version: Int
  /// What the file says about itself.
  public let metadata: GGUFMetadata
  /// The tensors, in the order of the file.
  public let entries: [TensorEntry]
  private let byteRanges: [Range<Int>]
  private let indices: [String: Int]
  private let bytes: UnsafeRawBufferPointer
  private let owner: AnyObject?  // keeps `bytes` alive

  /// Opens a file.
  /// - Throws: A `CheckpointError` if the file cannot be read, is not a whole, valid GGUF file, or holds tensors of a
  ///   type that is not supported.
  public convenience init(url: URL) throws(CheckpointError) {
    let mapped = try MappedFile(opening: url, expecting: "a GGUF file")
    try self.init(named: url.path, bytes: mapped.bytes, owner: mapped)
  }

  /// Reads a file that is in memory already.
  ///
  /// - Parameters:
  ///   - name: What errors call it.
  ///   - bytes: The whole file. They must stay as they are while this object or `owner` lives.
  ///   - owner: What keeps the bytes alive; nil if they always are.
  /// - Throws: A `CheckpointError` if it is not a whole, valid GGUF file, or holds tensors of a type that is not
  ///   supported.
  public init(named name: String, bytes: UnsafeRawBufferPointer, owner: AnyObject?) throws(CheckpointError) {
    let header = try GGUFHeader(of: bytes, file: name)
    file = name
    version = Int(header.version)
    metadata = GGUFMetadata(header, file: name, bytes: bytes, owner: owner)
    entries = header.entries
    byteRanges = header.byteRanges
    // Names are unique, or the header would have been refused.
    indices = Dictionary(zip(header.entries.map(\.name), header.entries.indices)) { first, _ in first }
    self.bytes = bytes
    self.owner = owner
    if let partCount = try metadata.integer("split.count"), partCount > 1 {
      let reason = "this is one of \(partCount) parts of a model; join them first (llama-gguf-split --merge)"
      throw CheckpointError(file: name, problems: [.malformed(tensor: nil, reason: reason)])
    }
  }

  /// The tensor of that name, if the file has it.
  public func entry(_ name: String) -> TensorEntry? {
    indices[name].map { entries[$0] }
  }

  /// Calls `body` with the tensor's bytes in the file, which may have any alignment.
  /// - Precondition: `entry` is one of this file.
  public func withBytes<Value, Failure: Error>(
    of entry: TensorEntry, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    entries.expectEntry(entry)
    defer { withExtendedLifetime(owner) {} }
    return try body(UnsafeRawBufferPointer(rebasing: bytes[byteRanges[entry.index]]))
  }
  /// Lets the system drop the tensor's pages, if the bytes are those of a mapped file; they are read again when they are
  /// needed.
  public func discardPages(of entry: TensorEntry) {
    (owner as? MappedFile)?.discard(byteRanges[entry.index])
  }
}
