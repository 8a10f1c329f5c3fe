import HeedLayers

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What can be said of a head in a few numbers, each a mean over its rows.
public struct HeadMeasures: Sendable, Hashable {
  /// Which number.
  public enum Measure: String, Sendable, CaseIterable, Codable {
    /// How spread a row is, in bits: 0 looks at one token, log₂ n at all of n alike.
    case entropy
    /// How far away it looks, in tokens: from its own place, or, in cross-attention, from the diagonal.
    case distance
    /// The share that goes to the token before; not of cross-attention.
    case previous
    /// The share that goes to the token itself; not of cross-attention.
    case itself
    /// The share that goes to the token behind; not of cross-attention.
    case next
    /// The share that goes to the first token.
    case first
    /// The share that goes to the last token.
    case last
    /// The largest weight of a row.
    case largest
  }

  /// The head.
  public let place: HeadPlace
  private let values: [Measure: Float]

  /// Measures a head; rows without numbers are left out.
  ///
  /// - Parameters:
  ///   - place: The head.
  ///   - weights: `[rows, columns]`, row by row.
  ///   - rowCount: The number of rows.
  ///   - columnCount: The number of columns.
  public init(_ place: HeadPlace, weights: [Float], rowCount: Int, columnCount: Int) {
    precondition(
      weights.count == rowCount * columnCount,
      "\(weights.count) weights for \(rowCount) × \(columnCount) of them")
    var sums = Sums(place, rowCount: rowCount)
    for row in 0..<rowCount { sums.add(weights[row * columnCount..<(row + 1) * columnCount], row: row) }
    self.init(sums)
  }

  /// The means of sums.
  init(_ sums: Sums) {
    place = sums.place
    values = sums.sums.mapValues { Float($0.total / Double($0.count)) }
  }

  /// One of the numbers; nil where it means nothing.
  public subscript(measure: Measure) -> Float? { values[measure] }

  /// The numbers of a head while its rows come in.
  struct Sums {
    let place: HeadPlace
    let rowCount: Int
    fileprivate(set) var sums: [Measure: (total: Double, count: Int)] = [:]

    init(_ place: HeadPlace, rowCount: Int) {
      self.place = place
      self.rowCount = rowCount
    }

    /// Adds one row of weights.
    mutating func add(_ weights: ArraySlice<Float>, row: Int) {
      let count = weights.count
      guard let first = weights.first, let last = weights.last else { return }
      let isSelf = place.kind != .cross
      let slope = rowCount > 1 ? Double(count - 1) / Double(rowCount - 1) : 0
      let origin = isSelf ? Double(row) : Double(row) * slope
      var (entropy, distance, largest) = (0.0, 0.0, Float(0))
      for (column, weight) in weights.enumerated() {
        if weight.isNaN { return }
        if weight > 0 { entropy -= Double(weight) * log2(Double(weight)) }
        distance += Double(weight) * abs(Double(column) - origin)
        largest = max(largest, weight)
      }
      add(.entropy, entropy)
      add(.distance, distance)
      add(.first, Double(first))
      add(.last, Double(last))
      add(.largest, Double(largest))
      guard isSelf, row < count else { return }
      if row > 0 { add(.previous, Double(weights[weights.startIndex + row - 1])) }
      add(.itself, Double(weights[weights.startIndex + row]))
      if row + 1 < count { add(.next, Double(weights[weights.startIndex + row + 1])) }
    }

    private mutating func add(_ measure: Measure, _ value: Double) {
      let old = sums[measure] ?? (0, 0)
      sums[measure] = (old.total + value, old.count + 1)
    }
  }
}

extension HeadMeasures.Measure {
  /// What it is, in a few words.
  public var title: String {
    switch self {
    case .entropy: "entropy"
    case .distance: "mean distance"
    case .previous: "to the previous token"
    case .itself: "to itself"
    case .next: "to the next token"
    case .first: "to the first token"
    case .last: "to the last token"
    case .largest: "largest weight"
    }
  }

  /// What it counts in.
  public var unit: String {
    switch self {
    case .entropy: "bits"
    case .distance: "tokens"
    default: "share"
    }
  }
}

extension Inspection {
  /// The measures of all heads, or of those of one kind.
  public func measures(_ kind: AttentionKind? = nil) -> [HeadMeasures] {
    heads.filter { kind == nil || $0.kind == kind }.map { place in
      var sums = HeadMeasures.Sums(place, rowCount: rowTokens(place.kind).count)
      forEachRow(place) { sums.add($1, row: $0) }
      return HeadMeasures(sums)
    }
  }

  /// Calls `body` with the weights of each row of a head. Few rows are held at a time: heads of long texts are large.
  func forEachRow(_ place: HeadPlace, _ body: (Int, ArraySlice<Float>) -> Void) {
    let (rowCount, columnCount) = (rowTokens(place.kind).count, columnTokens(place.kind).count)
    let blockSize = max(1, (1 << 20) / max(1, columnCount))
    var start = 0
    while start < rowCount {
      let rows = start..<min(start + blockSize, rowCount)
      guard let weights = weights(place, rows: rows) else { return }
      for row in rows {
        let offset = (row - start) * columnCount
        body(row, weights[offset..<offset + columnCount])
      }
      start = rows.upperBound
    }
  }
}
