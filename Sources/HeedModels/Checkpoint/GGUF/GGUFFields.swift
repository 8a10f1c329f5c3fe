/// Reads fields of a GGUF file's metadata that must be there or have a default, and collects all that is wrong.
struct GGUFFields {
  let metadata: GGUFMetadata
  private(set) var problems: [CheckpointError.Problem] = []

  init(_ metadata: GGUFMetadata) {
    self.metadata = metadata
  }

  /// The value that `read` finds, or nil if it is not there or not what it must be, which is then noted.
  mutating func optional<Value>(
    _ read: (GGUFMetadata) throws(CheckpointError) -> Value?
  ) -> Value? {
    do throws(CheckpointError) {
      return try read(metadata)
    } catch {
      problems += error.problems
      return nil
    }
  }

  /// A count or extent: an integer from 1 to 2³¹ − 1, or an array of such that are all the same, one for each layer.
  mutating func optionalCount(_ key: String) -> Int? {
    let value: Int?
    if metadata.count(key) != nil {
      let values = optional { (metadata) throws(CheckpointError) in try metadata.integers(key) } ?? []
      guard let first = values.first, values.allSatisfy({ $0 == first }) else {
        note(key, "differs from layer to layer, which is not supported")
        return nil
      }
      value = first
    } else {
      value = optional { (metadata) throws(CheckpointError) in try metadata.integer(key) }
    }
    guard let value else { return nil }
    guard (1...Int(Int32.max)).contains(value) else {
      note(key, "must be from 1 to \(Int32.max), found \(value)")
      return nil
    }
    return value
  }

  /// A count that must be there; 1 stands for it if it is not, which is then noted.
  mutating func count(_ key: String) -> Int {
    let problemCount = problems.count
    if let value = optionalCount(key) { return value }
    if problems.count == problemCount { note(key, "is missing") }
    return 1
  }

  /// A floating-point number above zero.
  mutating func optionalPositive(_ key: String) -> Double? {
    guard let value = optional({ (metadata) throws(CheckpointError) in try metadata.float(key) }) else {
      return nil
    }
    guard value > 0, value.isFinite else {
      note(key, "must be above 0 and finite, found \(value)")
      return nil
    }
    return value
  }

  mutating func string(_ key: String) -> String? {
    optional { (metadata) throws(CheckpointError) in try metadata.string(key) }
  }

  mutating func bool(_ key: String) -> Bool? {
    optional { (metadata) throws(CheckpointError) in try metadata.bool(key) }
  }

  /// An identifier of one of `tokenCount` tokens.
  mutating func token(_ key: String, tokenCount: Int) -> Int? {
    guard let value = optional({ (metadata) throws(CheckpointError) in try metadata.integer(key) }) else {
      return nil
    }
    guard (0..<tokenCount).contains(value) else {
      note(key, "is \(value), and there are \(tokenCount) tokens")
      return nil
    }
    return value
  }

  mutating func note(_ key: String, _ reason: String) {
    problems += metadata.failure(key, reason).problems
  }

  /// - Throws: All that was found wrong, if anything was.
  func finish() throws(CheckpointError) {
    guard problems.isEmpty else { throw CheckpointError(file: metadata.file, problems: problems) }
  }
}
