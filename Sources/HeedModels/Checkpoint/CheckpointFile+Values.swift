extension CheckpointFile {
  /// Converts the tensor's elements to single precision: F64 is rounded, all others exactly.
  ///
  /// - Parameters:
  ///   - entry: A tensor of this checkpoint.
  ///   - destination: Where they go, in row-major order.
  /// - Throws: A `CheckpointError` if an element is an integer that single precision cannot hold.
  /// - Precondition: `destination` has as many elements as the tensor.
  public func floats(
    of entry: TensorEntry, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    precondition(destination.count == entry.elementCount, "destination and tensor differ in size")
    let inexact = withBytes(of: entry) { entry.elementType.decode($0, into: destination) }
    if let inexact {
      let reason = "holds \(inexact), an integer that single precision cannot hold"
      throw CheckpointError(file: file, problems: [.malformed(tensor: entry.name, reason: reason)])
    }
  }

  /// The tensor's elements in single precision, in row-major order.
  /// - Throws: A `CheckpointError` if an element is an integer that single precision cannot hold.
  public func floats(of entry: TensorEntry) throws(CheckpointError) -> [Float] {
    var failure: CheckpointError?
    let values = [Float](unsafeUninitializedCapacity: entry.elementCount) { buffer, count in
      do throws(CheckpointError) {
        let destination = UnsafeMutableBufferPointer(rebasing: buffer[..<entry.elementCount])
        try floats(of: entry, into: destination)
        count = entry.elementCount
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return values
  }

  /// The tensor's elements as integers, in row-major order; of BOOL, 0 or 1.
  /// - Throws: A `CheckpointError` if the elements are floating-point numbers.
  public func integers(of entry: TensorEntry) throws(CheckpointError) -> [Int64] {
    guard !entry.elementType.isFloatingPoint else {
      let expected = ElementType.allCases.filter { !$0.isFloatingPoint }
      throw CheckpointError(
        file: file,
        problems: [.elementType(name: entry.name, expected: expected, found: entry.elementType)])
    }
    return [Int64](unsafeUninitializedCapacity: entry.elementCount) { buffer, count in
      count = entry.elementCount
      let destination = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
      withBytes(of: entry) { entry.elementType.decode($0, into: destination) }
    }
  }
}
