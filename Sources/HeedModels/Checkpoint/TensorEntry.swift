/// A tensor in a checkpoint, whatever the form of the file.
public struct TensorEntry: Sendable, Hashable {
  /// Its name.
  public let name: String
  /// The type of its elements.
  public let elementType: ElementType
  /// Its extents, outermost first; a scalar has none.
  public let shape: [Int]
  /// Elements in the tensor: the product of its extents.
  public let elementCount: Int
  /// Bytes that its elements occupy, laid end to end.
  public let byteCount: Int
  /// Its place among the entries of its checkpoint.
  package let index: Int

  /// A tensor at `index`, or nil if its size cannot be counted or its rows are not whole blocks of its type.
  package init?(name: String, elementType: ElementType, shape: [Int], index: Int) {
    guard let size = elementType.size(of: shape) else { return nil }
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.index = index
    elementCount = size.elementCount
    byteCount = size.byteCount
  }

  /// The tensor of another checkpoint, as this one calls it.
  package init(_ entry: TensorEntry, name: String, index: Int) {
    self.name = name
    self.index = index
    elementType = entry.elementType
    shape = entry.shape
    elementCount = entry.elementCount
    byteCount = entry.byteCount
  }
}
