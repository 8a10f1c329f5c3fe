/// A checkpoint whose tensors go by other names; nothing is copied.
public struct RenamedCheckpoint: CheckpointFile {
  private let base: any CheckpointFile
  /// The tensors of `base`, in the order of `entries`.
  private let sources: [TensorEntry]
  private let indices: [String: Int]
  /// The tensors under their new names, in the order of the checkpoint that they are from.
  public let entries: [TensorEntry]

  /// The checkpoint with other names.
  ///
  /// - Parameters:
  ///   - base: The checkpoint.
  ///   - newName: The new name of a tensor, or nil to leave the tensor out.
  /// - Throws: A `CheckpointError` if two tensors get the same name.
  public init(_ base: any CheckpointFile, _ newName: (String) -> String?) throws(CheckpointError) {
    var sources: [TensorEntry] = []
    var entries: [TensorEntry] = []
    var indices: [String: Int] = [:]
    var problems: [CheckpointError.Problem] = []
    for source in base.entries {
      guard let name = newName(source.name) else { continue }
      if let other = indices.updateValue(entries.count, forKey: name) {
        let both = "\(quoted(sources[other].name)) and \(quoted(source.name))"
        problems.append(.malformed(tensor: name, reason: "is what both \(both) of the file stand for"))
      }
      entries.append(TensorEntry(source, name: name, index: entries.count))
      sources.append(source)
    }
    guard problems.isEmpty else { throw CheckpointError(file: base.file, problems: problems) }
    self.base = base
    self.sources = sources
    self.entries = entries
    self.indices = indices
  }

  /// What errors call it: as the checkpoint that it renames.
  public var file: String { base.file }

  /// The tensor of that new name, if there is one.
  public func entry(_ name: String) -> TensorEntry? { indices[name].map { entries[$0] } }

  /// Calls `body` with the tensor's elements as they are stored.
  /// - Precondition: `entry` is one of this checkpoint.
  public func withBytes<Value, Failure: Error>(
    of entry: TensorEntry, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    entries.expectEntry(entry)
    return try base.withBytes(of: sources[entry.index], body)
  }

  /// Says that the tensor's bytes will not be needed soon.
  public func discardPages(of entry: TensorEntry) {
    entries.expectEntry(entry)
    base.discardPages(of: sources[entry.index])
  }
}

extension CheckpointFile {
  /// The checkpoint with other names; nothing is copied.
  ///
  /// - Parameter newName: The new name of a tensor, or nil to leave the tensor out.
  /// - Returns: The checkpoint under those names.
  /// - Throws: A `CheckpointError` if two tensors get the same name.
  public func renamed(_ newName: (String) -> String?) throws(CheckpointError) -> RenamedCheckpoint {
    try RenamedCheckpoint(self, newName)
  }
}

extension [TensorEntry] {
  /// Stops a program that asks a checkpoint for a tensor of another.
  func expectEntry(_ entry: TensorEntry) {
    precondition(
      indices.contains(entry.index) && self[entry.index] == entry, "an entry of another checkpoint")
  }
}
