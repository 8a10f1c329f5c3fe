/// The extents of a tensor, outermost first: `[tokens, hidden]`. A scalar has none.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  /// The extent along each axis.
  public let dimensions: [Int]

  /// A shape of these extents.
  public init(_ dimensions: [Int]) {
    precondition(dimensions.allSatisfy { $0 >= 0 }, "a shape has no negative extent: \(dimensions)")
    self.dimensions = dimensions
  }

  /// A shape of these extents.
  public init(arrayLiteral elements: Int...) { self.init(elements) }

  /// The number of axes.
  public var rank: Int { dimensions.count }

  /// The number of elements: the product of the extents.
  public var count: Int { dimensions.reduce(1, *) }

  /// The extent of the last axis; 1 for a scalar.
  public var columns: Int { dimensions.last ?? 1 }

  /// The number of rows: the product of all extents but the last.
  public var rows: Int { dimensions.dropLast().reduce(1, *) }

  /// The extent along an axis.
  public subscript(axis: Int) -> Int { dimensions[axis] }

  /// The extents as one would write them: `[4, 256]`.
  public var description: String { "[\(dimensions.map(String.init).joined(separator: ", "))]" }
}
