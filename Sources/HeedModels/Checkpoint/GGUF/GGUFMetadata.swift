/// What a GGUF file says about itself: named values, each of one of a few types.
///
/// Texts and arrays are read from the file each time that they are asked for. It can be shared among threads unchecked:
/// the bytes are mapped read-only, and no property changes after `init`.
public struct GGUFMetadata: @unchecked Sendable {
  /// All keys, in the order of the file.
  public let keys: [String]
  let file: String
  private let values: [String: GGUFValue]
  private let bytes: UnsafeRawBufferPointer
  private let owner: AnyObject?  // keeps `bytes` alive

  init(_ header: GGUFHeader, file: String, bytes: UnsafeRawBufferPointer, owner: AnyObject?) {
    keys = header.keys
    values = header.values
    self.file = file
    self.bytes = bytes
    self.owner = owner
  }

  /// Whether there is a value of that name.
  public func contains(_ key: String) -> Bool { values[key] != nil }

  /// The text of that name, or nil if there is nothing of that name.
  /// - Throws: A `CheckpointError` if it is something else, or not UTF-8.
  public func string(_ key: String) throws(CheckpointError) -> String? {
    guard let value = values[key] else { return nil }
    guard case .string(let range) = value else { throw wrongKind(key, "a text") }
    defer { withExtendedLifetime(owner) {} }
    guard let text = ByteCursor(bytes).text(range) else { throw failure(key, "is not UTF-8") }
    return text
  }

  /// The integer of that name, or nil if there is nothing of that name.
  /// - Throws: A `CheckpointError` if it is something else, or beyond 64 bits with a sign.
  public func integer(_ key: String) throws(CheckpointError) -> Int? {
    switch values[key] {
    case nil: return nil
    case .signed(let value): return Int(value)
    case .unsigned(let value):
      guard let result = Int(exactly: value) else { throw failure(key, "is too large: \(value)") }
      return result
    default: throw wrongKind(key, "an integer")
    }
  }

  /// The floating-point number of that name, or nil if there is nothing of that name.
  /// - Throws: A `CheckpointError` if it is something else.
  public func float(_ key: String) throws(CheckpointError) -> Double? {
    guard let value = values[key] else { return nil }
    guard case .float(let result) = value else { throw wrongKind(key, "a floating-point number") }
    return result
  }

  /// The truth value of that name, or nil if there is nothing of that name.
  /// - Throws: A `CheckpointError` if it is something else.
  public func bool(_ key: String) throws(CheckpointError) -> Bool? {
    guard let value = values[key] else { return nil }
    guard case .bool(let result) = value else { throw wrongKind(key, "a truth value") }
    return result
  }

  /// The texts of that name, or nil if there is nothing of that name.
  /// - Throws: A `CheckpointError` if it is something else, or one of them is not UTF-8.
  public func strings(_ key: String) throws(CheckpointError) -> [String]? {
    guard let array = try array(key, of: "texts", where: { $0 == .string }) else { return nil }
    defer { withExtendedLifetime(owner) {} }
    var texts: [String] = []
    texts.reserveCapacity(array.count)  // that many are in the file, which was checked
    try read(key, array) { (cursor) throws(ByteCursor.EndOfBytes) in
      let range = try cursor.take(try cursor.integer(UInt64.self))
      guard let text = cursor.text(range) else { return false }
      texts.append(text)
      return true
    }
    return texts
  }

  /// The integers of that name, or nil if there is nothing of that name.
  /// - Throws: A `CheckpointError` if it is something else, or one of them is beyond 64 bits with a sign.
  public func integers(_ key: String) throws(CheckpointError) -> [Int]? {
    let integers = GGUFValueType.uint8.plural
    guard let array = try array(key, of: integers, where: { $0.plural == integers }) else { return nil }
    defer { withExtendedLifetime(owner) {} }
    var numbers: [Int] = []
    numbers.reserveCapacity(array.count)
    try read(key, array) { (cursor) throws(ByteCursor.EndOfBytes) in
      let number: Int?
      switch array.elementType {
      case .uint8: number = Int(try cursor.integer(UInt8.self))
      case .int8: number = Int(try cursor.integer(Int8.self))
      case .uint16: number = Int(try cursor.integer(UInt16.self))
      case .int16: number = Int(try cursor.integer(Int16.self))
      case .uint32: number = Int(try cursor.integer(UInt32.self))
      case .int32: number = Int(try cursor.integer(Int32.self))
      case .uint64: number = Int(exactly: try cursor.integer(UInt64.self))
      default: number = Int(try cursor.integer(Int64.self))
      }
      guard let number else { return false }
      numbers.append(number)
      return true
    }
    return numbers
  }

  /// The floating-point numbers of that name, F64 rounded, or nil if there is nothing of that name.
  /// - Throws: A `CheckpointError` if it is something else.
  public func floats(_ key: String) throws(CheckpointError) -> [Float]? {
    let numbers = GGUFValueType.float32.plural
    guard let array = try array(key, of: numbers, where: { $0.plural == numbers }) else { return nil }
    defer { withExtendedLifetime(owner) {} }
    var floats: [Float] = []
    floats.reserveCapacity(array.count)
    try read(key, array) { (cursor) throws(ByteCursor.EndOfBytes) in
      if array.elementType == .float32 {
        floats.append(Float(bitPattern: try cursor.integer(UInt32.self)))
      } else {
        floats.append(Float(Double(bitPattern: try cursor.integer(UInt64.self))))
      }
      return true
    }
    return floats
  }

  /// The elements in an array of that name, whatever they are; nil if there is no array of that name.
  public func count(_ key: String) -> Int? {
    guard case .array(let array) = values[key] else { return nil }
    return array.count
  }

  private func array(
    _ key: String, of elements: String, where isWanted: (GGUFValueType) -> Bool
  ) throws(CheckpointError) -> GGUFArray? {
    guard let value = values[key] else { return nil }
    guard case .array(let array) = value, isWanted(array.elementType) else {
      throw wrongKind(key, "an array of \(elements)")
    }
    return array
  }

  /// Calls `body` for each element of an array; it returns false if the element cannot be used.
  private func read(
    _ key: String, _ array: GGUFArray, _ body: (inout ByteCursor) throws(ByteCursor.EndOfBytes) -> Bool
  ) throws(CheckpointError) {
    var cursor = ByteCursor(
      UnsafeRawBufferPointer(rebasing: bytes[..<array.range.upperBound]), at: array.range.lowerBound)
    for index in 0..<array.count {
      // The array was found whole when the file was opened, so that its bytes do not end before it does.
      guard (try? body(&cursor)) == true else {
        throw failure(key, "has an element, number \(index), that is not UTF-8 or too large")
      }
    }
  }

  private func wrongKind(_ key: String, _ expected: String) -> CheckpointError {
    failure(key, "must be \(expected), found \(values[key]?.kind ?? "nothing")")
  }

  func failure(_ key: String, _ reason: String) -> CheckpointError {
    CheckpointError(
      file: file, problems: [.malformed(tensor: nil, reason: "metadata \(quoted(key)) \(reason)")])
  }
}
