/// How much each token of one sequence attends to each token of another, as plain data.
public struct AttentionMap: Hashable, Sendable {
  /// The tokens that attend, one for each row: the target in cross-attention.
  public let rows: [String]
  /// The tokens attended to, one for each column: the source in cross-attention.
  public let columns: [String]
  /// Attention weights, `[rows, columns]`, row by row.
  public let weights: [Float]

  /// Puts labels and weights together.
  ///
  /// - Precondition: There is a weight for every row and column.
  public init(rows: [String], columns: [String], weights: [Float]) {
    precondition(
      weights.count == rows.count * columns.count,
      "\(weights.count) weights do not fill a map of \(rows.count) rows and \(columns.count) columns.")
    self.rows = rows
    self.columns = columns
    self.weights = weights
  }

  /// The weight of a row and column.
  public subscript(row: Int, column: Int) -> Float { weights[row * columns.count + column] }

  /// The part of the map with the given rows and columns, such as all but the end of sentence.
  ///
  /// - Parameters:
  ///   - rowRange: Which rows to keep.
  ///   - columnRange: Which columns to keep.
  /// - Returns: A smaller map; weights are not scaled up to sum to one again.
  public func part(rows rowRange: Range<Int>, columns columnRange: Range<Int>) -> AttentionMap {
    AttentionMap(
      rows: Array(rows[rowRange]), columns: Array(columns[columnRange]),
      weights: rowRange.flatMap { row in columnRange.map { self[row, $0] } })
  }

  /// The mean of several maps of the same tokens, such as the heads of a layer.
  ///
  /// - Parameter maps: At least one map.
  /// - Returns: A map with the tokens of the first and averaged weights.
  /// - Precondition: All maps have as many rows and columns as the first.
  public static func mean(of maps: [AttentionMap]) -> AttentionMap {
    guard let first = maps.first else { preconditionFailure("There is no mean of no maps.") }
    var sums = [Float](repeating: 0, count: first.weights.count)
    for map in maps {
      precondition(
        map.rows.count == first.rows.count && map.columns.count == first.columns.count,
        "A map of \(map.rows.count) × \(map.columns.count) cannot be averaged with one of "
          + "\(first.rows.count) × \(first.columns.count).")
      for index in sums.indices { sums[index] += map.weights[index] }
    }
    return AttentionMap(
      rows: first.rows, columns: first.columns, weights: sums.map { $0 / Float(maps.count) })
  }
}
