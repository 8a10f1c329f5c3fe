/// Where the elements of a tensor are in a file, whose storage it may see in any order, with gaps or repeatedly.
struct StridedView {
  /// Where its first element is, in bytes.
  let start: Int
  let shape: [Int]
  /// Bytes from one element to the next, for each axis.
  let strides: [Int]
  let elementSize: Int
  let elementCount: Int

  /// The view that `tensor` describes, or nil if it leaves its storage.
  ///
  /// - Parameters:
  ///   - tensor: The description, unchecked but for signs.
  ///   - entry: Its type and size, which are countable.
  ///   - storage: Where the storage's elements are.
  init?(_ tensor: PickleTensor, _ entry: TensorEntry, storage: Range<Int>) {
    elementSize = entry.elementType.blockByteSize
    elementCount = entry.elementCount
    shape = tensor.shape
    guard elementCount > 0 else {
      start = storage.lowerBound
      strides = shape.map { _ in 0 }
      return
    }
    // The last element is the one farthest from the first, as no stride is negative.
    var last = tensor.offset
    for (extent, stride) in zip(tensor.shape, tensor.strides) {
      let (distance, overflow) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, carry) = last.addingReportingOverflow(distance)
      guard !overflow, !carry else { return nil }
      last = sum
    }
    guard last < storage.count / elementSize else { return nil }
    start = storage.lowerBound + tensor.offset * elementSize
    // Where an axis has but one element, its stride means nothing and may be of any size.
    strides = zip(tensor.shape, tensor.strides).map { $0 == 1 ? 0 : $1 * entry.elementType.blockByteSize }
  }

  /// Where the elements are, if they are laid end to end in row-major order.
  var contiguousRange: Range<Int>? {
    var expected = elementSize
    for (extent, stride) in zip(shape, strides).reversed() where extent != 1 && elementCount > 0 {
      guard stride == expected else { return nil }
      expected *= extent
    }
    return start..<start + elementCount * elementSize
  }

  /// Copies the elements in row-major order.
  /// - Precondition: `target` has room for just as many, and there is one at least.
  func gather(from file: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) {
    precondition(elementCount > 0 && target.count == elementCount * elementSize)
    switch elementSize {
    case 1: gather(UInt8.self, from: file, into: target)
    case 2: gather(UInt16.self, from: file, into: target)
    case 4: gather(UInt32.self, from: file, into: target)
    case 8: gather(UInt64.self, from: file, into: target)
    default: preconditionFailure("no element has \(elementSize) bytes")
    }
  }

  private func gather<Element: BitwiseCopyable>(
    _: Element.Type, from file: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) {
    let rowLength = shape.last ?? 1
    let step = strides.last ?? 0
    var index = [Int](repeating: 0, count: max(0, shape.count - 1))
    var source = start
    for row in stride(from: 0, to: target.count, by: rowLength * elementSize) {
      for i in 0..<rowLength {
        let element = file.loadUnaligned(fromByteOffset: source + i * step, as: Element.self)
        target.storeBytes(of: element, toByteOffset: row + i * elementSize, as: Element.self)
      }
      // The next row, as an odometer counts.
      var axis = index.count - 1
      while axis >= 0 {
        index[axis] += 1
        source += strides[axis]
        if index[axis] < shape[axis] { break }
        source -= strides[axis] * shape[axis]
        index[axis] = 0
        axis -= 1
      }
    }
  }
}
