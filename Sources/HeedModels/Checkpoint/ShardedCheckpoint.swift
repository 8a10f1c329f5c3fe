import Foundation

/// A checkpoint in several files, with an index that says which file holds which tensor.
public struct ShardedCheckpoint: CheckpointFile {
  /// The index's path.
  public let file: String
  /// The tensors, file by file in the order of the files' names.
  public let entries: [TensorEntry]
  private let indices: [String: Int]
  private let shards: [any CheckpointFile]
  /// For each entry, its file and the tensor there.
  private let sources: [(shard: Int, entry: TensorEntry)]

  /// Opens all files that the index at `url` names, which lie beside it.
  ///
  /// - Parameter url: The index, such as `model.safetensors.index.json`.
  /// - Throws: A `CheckpointError` with every file that cannot be opened; or with every tensor that is not where the
  ///   index says, or is in two files.
  public init(index url: URL) throws(CheckpointError) {
    let mapped = try MappedFile(opening: url, expecting: "an index of shards")
    defer { withExtendedLifetime(mapped) {} }
    let index = try ShardIndex(of: mapped.bytes, file: url.path)
    let names = Set(index.fileNames.map(\.file)).sorted()
    let shards = try Self.shards(names, besides: url)

    var entries: [TensorEntry] = []
    var indices: [String: Int] = [:]
    var sources: [(shard: Int, entry: TensorEntry)] = []
    var problems: [CheckpointError.Problem] = []
    for (number, shard) in shards.enumerated() {
      for source in shard.entries {
        if let other = indices[source.name] {
          let both = "\(quoted(names[sources[other].shard])) and in \(quoted(names[number]))"
          problems.append(.malformed(tensor: source.name, reason: "is in \(both)"))
          continue
        }
        indices[source.name] = entries.count
        entries.append(TensorEntry(source, name: source.name, index: entries.count))
        sources.append((number, source))
      }
    }
    for (tensor, file) in index.fileNames {
      let found = indices[tensor].map { names[sources[$0].shard] }
      guard found != file else { continue }
      let place = found.map { "is in \(quoted($0))" } ?? "is in none of the files"
      let reason = "\(place), and the index says that it is in \(quoted(file))"
      problems.append(.malformed(tensor: tensor, reason: reason))
    }
    guard problems.isEmpty else { throw CheckpointError(file: url.path, problems: problems) }
    file = url.path
    self.entries = entries
    self.indices = indices
    self.shards = shards
    self.sources = sources
  }

  private static func shards(_ names: [String], besides url: URL) throws(CheckpointError)
    -> [any CheckpointFile]
  {
    var shards: [any CheckpointFile] = []
    var problems: [CheckpointError.Problem] = []
    for name in names {
      do throws(CheckpointError) {
        // One file: an index among the shards would lead on and on.
        shards.append(try CheckpointLoader.openSingle(url.deletingLastPathComponent().appending(path: name)))
      } catch {
        problems += error.problems.map { .malformed(tensor: nil, reason: "shard \(quoted(name)): \($0)") }
      }
    }
    guard problems.isEmpty else { throw CheckpointError(file: url.path, problems: problems) }
    return shards
  }

  /// The tensor of that name, if one of the files has it.
  public func entry(_ name: String) -> TensorEntry? { indices[name].map { entries[$0] } }

  /// Calls `body` with the tensor's bytes in its file, which may have any alignment.
  /// - Precondition: `entry` is one of this checkpoint.
  public func withBytes<Value, Failure: Error>(
    of entry: TensorEntry, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    entries.expectEntry(entry)
    let source = sources[entry.index]
    return try shards[source.shard].withBytes(of: source.entry, body)
  }

  /// Says that the tensor's bytes will not be needed soon.
  public func discardPages(of entry: TensorEntry) {
    entries.expectEntry(entry)
    let source = sources[entry.index]
    shards[source.shard].discardPages(of: source.entry)
  }
}
