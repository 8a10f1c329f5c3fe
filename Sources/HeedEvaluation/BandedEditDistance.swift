/// The edit distance between a hypothesis and a reference, computed near the diagonal only.
///
/// Row i of the matrix covers the columns within the beam of i × reference length ÷ hypothesis length, as in sacreBLEU,
/// so memory grows with the sum of the lengths and not with their product. Shifts keep the length, so all rows of all
/// shifted hypotheses have the same columns, and only rows that a shift changes are computed again.
struct BandedEditDistance {
  /// A step of turning the hypothesis into the reference.
  enum Operation { case keep, substitute, insert, delete }

  let reference: [UInt32]
  private(set) var hypothesis: [UInt32]
  /// The edit distance of the hypothesis.
  private(set) var value = 0

  /// The first column of each row.
  private let firstColumns: [Int]
  /// Where each row starts in `costs`, in which the rows of the hypothesis lie end to end.
  private let rowStarts: [Int]
  private var costs: [Int32]
  /// Two rows, the one above and the one being filled.
  private var scratch: [Int32]

  /// More than any distance, and small enough to add to.
  private static let infinity: Int32 = 1 << 30
  private static let beamWidth = 25

  init(from hypothesis: [UInt32], to reference: [UInt32]) {
    self.hypothesis = hypothesis
    self.reference = reference
    let ratio = hypothesis.isEmpty ? 1 : Double(reference.count) / Double(hypothesis.count)
    // Where lengths differ so much that neighbouring rows would not overlap, the beam is wider.
    let halfStep = ratio / 2
    let beam =
      Double(Self.beamWidth) < halfStep
      ? Int((halfStep + Double(Self.beamWidth)).rounded(.up)) : Self.beamWidth

    var firstColumns = [0]
    var rowStarts = [0, reference.count + 1]
    for row in hypothesis.indices.map({ $0 + 1 }) {
      let diagonal = Int((Double(row) * ratio).rounded(.down))
      let first = max(0, diagonal - beam)
      let end = row == hypothesis.count ? reference.count + 1 : min(reference.count + 1, diagonal + beam)
      firstColumns.append(first)
      rowStarts.append(rowStarts[row] + end - first)
    }
    self.firstColumns = firstColumns
    self.rowStarts = rowStarts
    costs = [Int32](repeating: Self.infinity, count: rowStarts[hypothesis.count + 1])
    for column in 0...reference.count { costs[column] = Int32(clamping: column) }
    let widest = zip(rowStarts, rowStarts.dropFirst()).map { $1 - $0 }.max() ?? 0
    scratch = [Int32](repeating: 0, count: 2 * widest)
    // An empty hypothesis has no row below the first. Any other is filled to the end, as its kept rows are infinite.
    value = reference.count
    setHypothesis(hypothesis, changed: hypothesis.indices)
  }

  /// Takes another hypothesis, which differs from the present one in nothing but the words at `changed`.
  mutating func setHypothesis(_ words: [UInt32], changed: Range<Int>) {
    hypothesis = words
    value = distance(of: words, changed: changed, isKept: true)
  }

  /// The edit distance of `words`, which differ from the hypothesis in nothing but the words at `changed`.
  mutating func value(of words: [UInt32], changed: Range<Int>) -> Int {
    distance(of: words, changed: changed, isKept: false)
  }

  /// Computes rows from the first changed word on, until behind the last one a row differs from that of the hypothesis
  /// by the same number everywhere: as rows depend on nothing but the row above, all further ones do too.
  private mutating func distance(of words: [UInt32], changed: Range<Int>, isKept: Bool) -> Int {
    guard !changed.isEmpty else { return value }
    let (reference, firstColumns, rowStarts, value) = (reference, firstColumns, rowStarts, value)
    return costs.withUnsafeMutableBufferPointer { costs in
      scratch.withUnsafeMutableBufferPointer { scratch in
        var above = UnsafeMutableBufferPointer(rebasing: scratch[..<(scratch.count / 2)])
        var here = UnsafeMutableBufferPointer(rebasing: scratch[(scratch.count / 2)...])
        func keptRow(_ row: Int) -> Slice<UnsafeMutableBufferPointer<Int32>> {
          costs[rowStarts[row]..<rowStarts[row + 1]]
        }
        _ = above.update(fromContentsOf: keptRow(changed.lowerBound))
        for row in (changed.lowerBound + 1)...words.count {
          let kept = UnsafeMutableBufferPointer(rebasing: keptRow(row))
          let filled = UnsafeMutableBufferPointer(rebasing: here[..<kept.count])
          Self.fill(
            filled, above: UnsafeBufferPointer(rebasing: above[..<keptRow(row - 1).count]),
            firstColumn: firstColumns[row], firstColumnAbove: firstColumns[row - 1], words[row - 1], reference
          )
          if row >= changed.upperBound, let difference = Self.difference(of: filled, to: kept) {
            if isKept, difference != 0 {
              for index in rowStarts[row]..<costs.count where costs[index] < Self.infinity {
                costs[index] += difference
              }
            }
            return value + Int(difference)
          }
          if isKept { _ = kept.update(fromContentsOf: filled) }
          swap(&above, &here)
        }
        return Int(above[keptRow(words.count).count - 1])
      }
    }
  }

  /// The number by which all cells of a row exceed those of another, or nil if they differ.
  private static func difference(
    of row: UnsafeMutableBufferPointer<Int32>, to other: UnsafeMutableBufferPointer<Int32>
  ) -> Int32? {
    var difference: Int32?
    for index in row.indices {
      let isInfinite = row[index] == infinity
      guard isInfinite == (other[index] == infinity) else { return nil }
      if isInfinite { continue }
      guard (difference ?? row[index] - other[index]) == row[index] - other[index] else { return nil }
      difference = row[index] - other[index]
    }
    return difference ?? 0
  }

  /// Fills a row, for `word` of the hypothesis, from the row above.
  private static func fill(
    _ here: UnsafeMutableBufferPointer<Int32>, above: UnsafeBufferPointer<Int32>, firstColumn: Int,
    firstColumnAbove: Int, _ word: UInt32, _ reference: [UInt32]
  ) {
    let offset = firstColumn - firstColumnAbove
    var left = infinity
    for index in here.indices {
      let aboveIndex = index + offset
      var cost = infinity
      if firstColumn + index > 0, aboveIndex > 0, aboveIndex <= above.count {
        cost = above[aboveIndex - 1] + (reference[firstColumn + index - 1] == word ? 0 : 1)
      }
      if aboveIndex < above.count { cost = min(cost, above[aboveIndex] + 1) }
      left = min(cost, left + 1, infinity)
      here[index] = left
    }
  }

  /// The steps from hypothesis to reference; of equally short ways, keeping and substituting come before deleting, and
  /// that before inserting.
  func operations() -> [Operation] {
    var operations: [Operation] = []
    var (row, column) = (hypothesis.count, reference.count)
    while row > 0 || column > 0 {
      let here = cost(row, column)
      if row == 0 {
        operations.append(.insert)
        column -= 1
      } else if column > 0, cost(row - 1, column - 1) + substitution(row, column) == here {
        operations.append(substitution(row, column) == 0 ? .keep : .substitute)
        row -= 1
        column -= 1
      } else if column == 0 || cost(row - 1, column) + 1 == here {
        operations.append(.delete)
        row -= 1
      } else {
        operations.append(.insert)
        column -= 1
      }
    }
    return operations.reversed()
  }

  private func substitution(_ row: Int, _ column: Int) -> Int32 {
    hypothesis[row - 1] == reference[column - 1] ? 0 : 1
  }

  /// The cost of a cell, infinite outside the beam.
  private func cost(_ row: Int, _ column: Int) -> Int32 {
    let index = column - firstColumns[row]
    guard index >= 0, index < rowStarts[row + 1] - rowStarts[row] else { return Self.infinity }
    return costs[rowStarts[row] + index]
  }
}
