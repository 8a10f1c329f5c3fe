/// An array of floats with a shape, row-major and contiguous, that knows how it was computed.
///
/// A tensor is a value: an operation gives a new one and leaves its inputs as they are. Where an input needs a gradient,
/// the result keeps a node of the gradient graph; the graph hangs off the tensors and goes with them. Batches are
/// ragged: sequences laid end to end along the first axis.
public struct Tensor: Sendable {
  /// The extents, outermost first.
  public let shape: Shape
  package let storage: Storage
  package let offset: Int
  package var node: GraphNode?
  /// The same values in the layout that the matrix multiply reads, for weights that no longer change; see
  /// `isUnpacked`.
  package internal(set) var packed: PackedMatrix?

  package init(shape: Shape, storage: Storage, offset: Int, node: GraphNode? = nil) {
    precondition(offset + shape.count <= storage.count, "a tensor \(shape) does not fit its storage")
    self.shape = shape
    self.storage = storage
    self.offset = offset
    self.node = node
  }

  /// A tensor of unknown content, for an operation that fills it.
  package init(uninitialized shape: Shape) {
    self.init(shape: shape, storage: Storage(count: shape.count), offset: 0)
  }

  /// A tensor of zeros.
  public init(zeros shape: Shape) {
    self.init(repeating: 0, shape)
  }

  /// A tensor that holds one value everywhere.
  public init(repeating value: Float, _ shape: Shape) {
    self.init(uninitialized: shape)
    pointer.update(repeating: value, count: shape.count)
  }

  /// A tensor of the given values.
  ///
  /// - Precondition: there are as many values as the shape has elements.
  public init(_ values: some Collection<Float>, _ shape: Shape) {
    precondition(values.count == shape.count, "\(values.count) values do not fill a tensor \(shape)")
    self.init(uninitialized: shape)
    _ = UnsafeMutableBufferPointer(start: pointer, count: shape.count).update(fromContentsOf: values)
  }

  /// A scalar.
  public init(_ value: Float) {
    self.init([value], [])
  }

  /// The address of the first element. It is good for as long as something holds the tensor.
  package var pointer: UnsafeMutablePointer<Float> {
    precondition(isUnpacked, "a weight \(shape) that is held packed alone has no floats")
    return storage.pointer + offset
  }

  /// The number of elements.
  public var count: Int { shape.count }

  /// The values, in row-major order.
  public var scalars: [Float] { withUnsafeValues(Array.init) }

  /// The value of a tensor with one element.
  public var scalar: Float {
    precondition(count == 1, "a tensor \(shape) is not a scalar")
    return withUnsafeValues { $0[0] }
  }

  /// Calls `body` with the values in row-major order.
  public func withUnsafeValues<Result>(
    _ body: (UnsafeBufferPointer<Float>) throws -> Result
  ) rethrows -> Result {
    let values = unpacked
    return try withExtendedLifetime(values) {
      try body(UnsafeBufferPointer(start: values.pointer, count: count))
    }
  }

  /// The same values under another shape with as many elements.
  public func reshaped(to shape: Shape) -> Tensor {
    precondition(shape.count == count, "a tensor \(self.shape) cannot take the shape \(shape)")
    let output = Tensor(shape: shape, storage: storage, offset: offset)
    let inputShape = self.shape
    return output.recorded(as: "reshaped", inputs: [self]) { [$0.reshaped(to: inputShape)] }
  }

  /// Rows `range` of this tensor seen as `[rows, columns]`, without copying. Carries no gradient.
  package func rowsWithoutGradient(_ range: Range<Int>) -> Tensor {
    precondition(range.upperBound <= shape.rows, "rows \(range) are not in a tensor \(shape)")
    return Tensor(
      shape: [range.count, shape.columns], storage: storage, offset: offset + range.lowerBound * shape.columns
    )
  }
}

extension Tensor: CustomStringConvertible {
  /// The shape and the first values.
  public var description: String {
    let first = scalars.prefix(8).map { "\($0)" }.joined(separator: ", ")
    return "Tensor\(shape) [\(first)\(count > 8 ? ", …" : "")]"
  }
}
