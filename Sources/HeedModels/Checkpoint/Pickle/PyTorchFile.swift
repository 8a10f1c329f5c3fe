import Foundation

/// A file of weights that `torch.save` wrote (`.bin`, `.pt`), of either form, mapped into memory.
///
/// Such files hold a pickle, which in Python can run any program. Here it is read by a machine that knows tensors and
/// containers and refuses all others, so that a hostile file can do nothing; and all that it says about sizes and places
/// is checked when the file is opened, so that no later access can leave the file.
///
/// The tensors are those of the outermost dictionary, or of its entry `state_dict`, `model` or `model_state_dict` if
/// that is a dictionary with tensors. Values that are no tensors are left out.
///
/// It can be shared among threads unchecked: the bytes are mapped read-only, and no property changes after `init`.
public final class PyTorchFile: CheckpointFile, @unchecked Sendable {
  /// The file's path, or the name given for bytes in memory.
  public let file: String
  /// The tensors, in the order of the dictionary.
  public let entries: [TensorEntry]
  private let views: [StridedView]
  private let indices: [String: Int]
  private let bytes: UnsafeRawBufferPointer
  private let owner: AnyObject?  // keeps `bytes` alive

  /// Opens a file.
  /// - Throws: A `CheckpointError` if the file cannot be read, is not a whole, valid file of weights, or holds anything
  ///   but tensors and containers.
  public convenience init(url: URL) throws(CheckpointError) {
    let mapped = try MappedFile(opening: url, expecting: "a file that torch.save writes")
    try self.init(named: url.path, bytes: mapped.bytes, owner: mapped)
  }

  /// Reads a file that is in memory already.
  ///
  /// - Parameters:
  ///   - name: What errors call it.
  ///   - bytes: The whole file. They must stay as they are while this object or `owner` lives.
  ///   - owner: What keeps the bytes alive; nil if they always are.
  /// - Throws: A `CheckpointError` if it is not a whole, valid file of weights, or holds anything but tensors and
  ///   containers.
  public init(named name: String, bytes: UnsafeRawBufferPointer, owner: AnyObject?) throws(CheckpointError) {
    let container: PyTorchContainer
    do throws(FormatFlaw) {
      container = try PyTorchContainer(bytes)
    } catch {
      throw CheckpointError(file: name, problems: [.malformed(tensor: nil, reason: error.reason)])
    }
    let state = try StateDictionary(container, fileSize: bytes.count, file: name)
    file = name
    entries = state.entries
    views = state.views
    indices = state.indices
    self.bytes = bytes
    self.owner = owner
  }

  /// Whether the bytes begin as a file that `torch.save` writes.
  static func recognizes(_ bytes: UnsafeRawBufferPointer) -> Bool { PyTorchContainer.recognizes(bytes) }

  /// The tensor of that name, if the file has it.
  public func entry(_ name: String) -> TensorEntry? {
    indices[name].map { entries[$0] }
  }

  /// Calls `body` with the tensor's elements: the bytes in the file, or where those lie scattered, a copy in order.
  /// - Precondition: `entry` is one of this file.
  public func withBytes<Value, Failure: Error>(
    of entry: TensorEntry, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    entries.expectEntry(entry)
    defer { withExtendedLifetime(owner) {} }
    let view = views[entry.index]
    if let range = view.contiguousRange { return try body(UnsafeRawBufferPointer(rebasing: bytes[range])) }
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: entry.byteCount, alignment: 16)
    defer { copy.deallocate() }
    view.gather(from: bytes, into: copy)
    return try body(UnsafeRawBufferPointer(copy))
  }
}
