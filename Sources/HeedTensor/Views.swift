/// Tensors that are parts of a block and change with it: for the arena of parameters and for optimisers.
extension Tensor {
  /// The elements from `position` on, seen under a shape. Shares the values; carries no gradient.
  package func view(_ shape: Shape, at position: Int) -> Tensor {
    precondition(
      position + shape.count <= count, "a view \(shape) at \(position) is not in a tensor \(self.shape)")
    return Tensor(shape: shape, storage: storage, offset: offset + position)
  }

  /// Copies `parameter` into this block and returns it as a trainable view, with its gradient in `gradients`.
  package func adopt(_ parameter: Tensor, at position: Int, gradients: Tensor) -> Tensor {
    let place = view(parameter.shape, at: position)
    place.pointer.update(from: parameter.pointer, count: parameter.count)
    return place.asParameter(gradient: gradients.view(parameter.shape, at: position))
  }

  /// Sets every element, in place.
  package func fill(_ value: Float) {
    pointer.update(repeating: value, count: count)
  }

  /// Replaces the values by those of a tensor of the same shape, in place.
  package func copy(from other: Tensor) {
    precondition(other.count == count, "\(other.count) values for a tensor \(shape)")
    pointer.update(from: other.pointer, count: count)
  }

  /// Replaces the values by those of the transposed matrix, in place: `[rows, columns]` from `[columns, rows]`.
  package func copyTransposed(from other: Tensor) {
    precondition(
      shape.rank == 2 && other.shape == Shape(shape.dimensions.reversed()),
      "\(other.shape) is not the transposed form of \(shape)")
    let (rows, columns) = (shape[0], shape[1])
    let (source, target) = (other.pointer, pointer)
    for row in 0..<rows {
      for column in 0..<columns { target[row * columns + column] = source[column * rows + row] }
    }
  }

  /// Calls `body` with the values to be changed in place.
  package func withUnsafeMutableValues<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeMutableBufferPointer(start: pointer, count: count))
  }
}
