extension SafetensorsFile {
  /// Converts the tensor's elements to single precision.
  ///
  /// - Parameters:
  ///   - entry: A tensor of this file with elements F64, F32, F16 or BF16.
  ///   - destination: Where they go, in row-major order.
  /// - Throws: A `CheckpointError` if the elements are integers.
  /// - Precondition: `destination` has as many elements as the tensor.
  public func floats(
    of entry: Entry, into destination: UnsafeMutableBufferPointer<Float>
  ) throws(CheckpointError) {
    precondition(destination.count == entry.elementCount, "destination and tensor differ in size")
    guard entry.elementType.isFloatingPoint else {
      throw wrongType(of: entry, expected: ElementType.allCases.filter(\.isFloatingPoint))
    }
    withBytes(of: entry) { bytes in
      switch entry.elementType {
      case .float32: convert(bytes, UInt32.self, destination) { Float(bitPattern: $0) }
      case .float64: convert(bytes, UInt64.self, destination) { Float(Double(bitPattern: $0)) }
      case .float16: convert(bytes, UInt16.self, destination, ScalarConversion.halfToFloat)
      case .bfloat16: convert(bytes, UInt16.self, destination, ScalarConversion.bfloat16ToFloat)
      case .int64, .int32, .int16, .int8, .uint8, .bool: break  // refused above
      }
    }
  }

  /// The tensor's elements in single precision, in row-major order.
  /// - Throws: A `CheckpointError` if the elements are integers.
  public func floats(of entry: Entry) throws(CheckpointError) -> [Float] {
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
  public func integers(of entry: Entry) throws(CheckpointError) -> [Int64] {
    guard !entry.elementType.isFloatingPoint else {
      throw wrongType(of: entry, expected: ElementType.allCases.filter { !$0.isFloatingPoint })
    }
    return [Int64](unsafeUninitializedCapacity: entry.elementCount) { buffer, count in
      count = entry.elementCount
      let destination = UnsafeMutableBufferPointer(rebasing: buffer[..<count])
      withBytes(of: entry) { bytes in
        switch entry.elementType {
        case .int64: convert(bytes, Int64.self, destination) { $0 }
        case .int32: convert(bytes, Int32.self, destination) { Int64($0) }
        case .int16: convert(bytes, Int16.self, destination) { Int64($0) }
        case .int8: convert(bytes, Int8.self, destination) { Int64($0) }
        case .uint8: convert(bytes, UInt8.self, destination) { Int64($0) }
        case .bool: convert(bytes, UInt8.self, destination) { $0 == 0 ? 0 : 1 }
        case .float64, .float32, .float16, .bfloat16: break  // refused above
        }
      }
    }
  }

  private func wrongType(of entry: Entry, expected: [ElementType]) -> CheckpointError {
    CheckpointError(
      file: file,
      problems: [.elementType(name: entry.name, expected: expected, found: entry.elementType)])
  }
}

/// destination[i] = transform(element i), the elements being little-endian at any alignment.
@inline(__always)
private func convert<Stored: FixedWidthInteger & BitwiseCopyable, Value>(
  _ bytes: UnsafeRawBufferPointer, _: Stored.Type, _ destination: UnsafeMutableBufferPointer<Value>,
  _ transform: (Stored) -> Value
) {
  for i in destination.indices {
    let stored = bytes.loadUnaligned(fromByteOffset: i * MemoryLayout<Stored>.size, as: Stored.self)
    destination.initializeElement(at: i, to: transform(Stored(littleEndian: stored)))
  }
}
