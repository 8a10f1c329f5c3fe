/// The longest common subsequence of two sequences of words, by the usual table of the lengths of prefixes.
enum CommonSubsequence {
  /// Its length.
  static func length(_ first: [UInt32], _ second: [UInt32]) -> Int {
    var row = [Int](repeating: 0, count: second.count + 1)
    for word in first { advance(&row, word, second) { _ in } }
    return row[second.count]
  }

  /// Where its words stand in `first`; of several longest ones the one that rouge-score finds.
  static func positions(in first: [UInt32], _ second: [UInt32]) -> [Int] {
    var row = [Int](repeating: 0, count: second.count + 1)
    // A bit for each cell keeps the memory of long texts at an eighth of a byte for each pair of words.
    let wordsPerRow = second.count / 64 + 1
    var goesLeft = [UInt64](repeating: 0, count: first.count * wordsPerRow)
    for (index, word) in first.enumerated() {
      advance(&row, word, second) { goesLeft[index * wordsPerRow + $0 / 64] |= 1 << UInt64($0 % 64) }
    }
    var positions: [Int] = []
    var (i, j) = (first.count - 1, second.count - 1)
    while i >= 0, j >= 0 {
      if first[i] == second[j] {
        positions.append(i)
        (i, j) = (i - 1, j - 1)
      } else if goesLeft[i * wordsPerRow + j / 64] >> UInt64(j % 64) & 1 == 1 {
        j -= 1
      } else {
        i -= 1
      }
    }
    return positions.reversed()
  }

  /// Turns the row of lengths above `word` into the one below it, and names the columns whose left neighbour is longer
  /// than the cell above.
  @inline(__always)
  private static func advance(
    _ row: inout [Int], _ word: UInt32, _ second: [UInt32], _ leftIsLonger: (Int) -> Void
  ) {
    var diagonal = 0
    for column in second.indices {
      let above = row[column + 1]
      if word == second[column] {
        row[column + 1] = diagonal + 1
      } else if row[column] > above {
        leftIsLonger(column)
        row[column + 1] = row[column]
      }
      diagonal = above
    }
  }
}
