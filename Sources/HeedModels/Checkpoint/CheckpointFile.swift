import Foundation

/// A checkpoint that has been opened: named tensors in whatever form of file, checked so that no later access can leave
/// it.
public protocol CheckpointFile: Sendable {
  /// What errors call it: the file's path, that of its index where there are several files, or a name given for bytes
  /// in memory.
  var file: String { get }
  /// The tensors. No two have the same name.
  var entries: [TensorEntry] { get }
  /// The tensor of that name, if there is one.
  func entry(_ name: String) -> TensorEntry?
  /// Calls `body` with the tensor's elements as they are stored: little-endian, row-major, of any alignment.
  /// - Precondition: `entry` is one of this checkpoint.
  func withBytes<Value, Failure: Error>(
    of entry: TensorEntry, _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value
  /// Says that the tensor's bytes will not be needed soon. They stay readable.
  func discardPages(of entry: TensorEntry)
}

extension CheckpointFile {
  /// Does nothing, as it is right for bytes that are no pages of a file.
  public func discardPages(of entry: TensorEntry) {}

  /// The tensors' names, in the order of the entries.
  public var names: [String] { entries.map(\.name) }

  /// Whether two tensors are the same in shape and in every bit of their values, as the duplicates of tied weights are.
  ///
  /// Where their element types differ, their values in single precision are compared. False if either is not there.
  public func holdsEqualValues(_ first: String, _ second: String) -> Bool {
    guard let first = entry(first), let second = entry(second), first.shape == second.shape else {
      return false
    }
    guard first.elementType == second.elementType else {
      guard let left = try? floats(of: first), let right = try? floats(of: second) else { return false }
      return left.elementsEqual(right) { $0.bitPattern == $1.bitPattern }
    }
    return withBytes(of: first) { left in
      withBytes(of: second) { right in
        guard left.count == right.count else { return false }
        guard let leftBytes = left.baseAddress, let rightBytes = right.baseAddress else { return true }
        return leftBytes == rightBytes || memcmp(leftBytes, rightBytes, left.count) == 0
      }
    }
  }
}
