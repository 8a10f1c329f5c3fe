/// The numbers of a corpus whose sums make its score.
public struct SegmentStatistics: Sendable {
  /// Numbers for each segment.
  public let width: Int
  /// The numbers of the segments, end to end.
  public private(set) var values: [Double] = []

  /// Statistics of no segment yet.
  ///
  /// - Precondition: `width` is positive.
  public init(width: Int) {
    precondition(width > 0, "A segment needs at least one number, not \(width).")
    self.width = width
  }

  /// How many segments there are.
  public var count: Int { values.count / width }

  /// Adds a segment.
  ///
  /// - Precondition: There are `width` numbers.
  public mutating func append(_ numbers: [Double]) {
    precondition(numbers.count == width, "\(numbers.count) numbers are not the \(width) of a segment.")
    values += numbers
  }

  /// The sums over all segments.
  public func sums() -> [Double] { sums(of: 0..<count) }

  /// The sums over some segments, each counted as often as it is named.
  ///
  /// - Precondition: All are segments of these statistics.
  public func sums(of segments: some Sequence<Int>) -> [Double] {
    var sums = [Double](repeating: 0, count: width)
    for segment in segments {
      for index in 0..<width { sums[index] += values[segment * width + index] }
    }
    return sums
  }
}
