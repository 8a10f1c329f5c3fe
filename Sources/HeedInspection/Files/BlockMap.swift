/// A map with neighbouring tokens or words merged into blocks, where it has too many to be told apart in a picture.
struct BlockMap {
  /// The map itself, or a map of blocks that are called by the places of their tokens, such as "12–17".
  let map: AttentionMap
  /// What a reader of the picture must know; nil where nothing was merged.
  let note: String?

  /// A map of at most so many rows and columns.
  ///
  /// - Parameters:
  ///   - map: The map of tokens.
  ///   - largest: How many rows and how many columns are shown, at most.
  init(_ map: AttentionMap, largest: Int) {
    let height = Self.blockSize(map.rows.count, largest), width = Self.blockSize(map.columns.count, largest)
    guard height > 1 || width > 1 else {
      (self.map, note) = (map, nil)
      return
    }
    let rows = Self.blocks(map.rows.count, height), columns = Self.blocks(map.columns.count, width)
    // The share that a row gives to the columns, and not the mean of single weights: blocks' rows add up to 1 as well.
    let weights = rows.flatMap { rows in
      columns.map { columns in
        let sum = rows.reduce(Float(0)) { sum, row in
          columns.reduce(sum) { map[row, $1].isNaN ? $0 : $0 + map[row, $1] }
        }
        return sum / Float(rows.count)
      }
    }
    self.map = AttentionMap(
      rows: Self.labels(rows, map.rows, height), columns: Self.labels(columns, map.columns, width),
      weights: weights)
    note =
      "\(map.rows.count) rows and \(map.columns.count) columns in blocks of \(height) × \(width), from 0: the share "
      + "that a row gives to a block's columns, mean of its rows"
  }

  private static func blockSize(_ count: Int, _ largest: Int) -> Int {
    max(1, (count + largest - 1) / largest)
  }

  private static func blocks(_ count: Int, _ size: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
  }

  /// Tokens keep their text where only the other side is merged.
  private static func labels(_ blocks: [Range<Int>], _ tokens: [String], _ size: Int) -> [String] {
    guard size > 1 else { return tokens }
    return blocks.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound - 1)" }
  }
}
