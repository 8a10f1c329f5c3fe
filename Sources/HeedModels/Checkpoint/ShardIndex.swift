/// The JSON file that says which of several files holds which tensor.
struct ShardIndex {
  /// As for the header of a safetensors file.
  static let maximumLength = SafetensorsHeader.maximumLength

  /// Tensor names and the files that hold them, in the order of the index.
  private(set) var fileNames: [(tensor: String, file: String)] = []

  /// Reads and checks an index.
  init(of bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
    func failure(_ reason: String) -> CheckpointError {
      CheckpointError(file: file, problems: [.malformed(tensor: nil, reason: reason)])
    }
    guard bytes.count <= Self.maximumLength else {
      throw failure("an index of \(bytes.count) bytes is longer than the \(Self.maximumLength) allowed")
    }
    do throws(JSONCursor.SyntaxError) {
      try read(bytes)
    } catch {
      throw failure("the index of shards cannot be read: \(error.reason) at byte \(error.offset)")
    }
    guard !fileNames.isEmpty else { throw failure("the index has no \"weight_map\" with tensors") }
    let unusable = Set(fileNames.map(\.file)).filter { !Self.isPlain($0) }.sorted()
    guard unusable.isEmpty else {
      throw CheckpointError(
        file: file,
        problems: unusable.map {
          .malformed(tensor: nil, reason: "names the file \(quoted($0)), which is not beside the index")
        })
    }
  }

  private mutating func read(_ bytes: UnsafeRawBufferPointer) throws(JSONCursor.SyntaxError) {
    var cursor = JSONCursor(bytes)
    var pairs: [(tensor: String, file: String)] = []
    var names: Set<String> = []
    try cursor.object { (key, cursor) throws(JSONCursor.SyntaxError) in
      guard key == "weight_map" else { return try cursor.skipValue() }
      try cursor.object { (name, cursor) throws(JSONCursor.SyntaxError) in
        guard names.insert(name).inserted else { throw cursor.error("\(quoted(name)) appears twice, ending") }
        pairs.append((name, try cursor.string()))
      }
    }
    guard cursor.isAtEnd() else { throw cursor.error("something follows the closing \"}\"") }
    fileNames = pairs
  }

  /// Whether a name is that of a file in the same directory and of nothing else.
  private static func isPlain(_ name: String) -> Bool {
    !["", ".", ".."].contains(name) && !name.utf8.contains(UInt8(ascii: "/")) && !name.utf8.contains(0)
  }
}
