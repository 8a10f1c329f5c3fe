/// How the weights of a head, or of a mean of heads, stand in a page.
enum WeightForm {
  case all
  /// The largest of each row, so many.
  case top(Int)
  case none
}

/// The weights of a head, or of a mean of heads, packed while their rows come in.
struct WeightPacking {
  private let form: WeightForm
  private var all: [UInt16] = []
  private var top = TopWeights()
  private var tiles: Tiles?

  init(_ form: WeightForm, rowCount: Int, columnCount: Int) {
    self.form = form
    tiles = TileGrid(rowCount: rowCount, columnCount: columnCount).map(Tiles.init)
  }

  /// Packs one row of weights.
  mutating func add(_ weights: ArraySlice<Float>, row: Int) {
    tiles?.add(weights, row: row)
    switch form {
    case .all: all += weights.map(Self.share)
    case .top(let count): top.add(weights, count)
    case .none: break
    }
  }

  /// What was packed, as the weights of a head by its number, or, without one, of a mean.
  func head(_ number: Int?) -> PageData.Head {
    var head = PageData.Head(head: number)
    head.tiles = tiles.map { PageData.base64($0.shares) }
    switch form {
    case .all: head.weights = PageData.base64(all)
    case .top:
      head.topColumns = PageData.base64(top.columns)
      head.topWeights = PageData.base64(top.weights)
      head.kept = [top.rowCount == 0 ? 0 : top.sum / Float(top.rowCount), top.least]
    case .none: break
    }
    return head
  }

  /// A weight in 16 bits; what is no number counts as zero.
  fileprivate static func share(_ weight: Float) -> UInt16 {
    weight.isNaN ? 0 : UInt16((min(max(weight, 0), 1) * 65535).rounded())
  }
}

/// The tiles of a map that is too large to be drawn cell by cell.
struct TileGrid {
  /// Tiles a side, at most.
  private static let largest = 32
  /// Larger maps have tiles.
  private static let tiledSize = 64

  let rowCount, columnCount: Int
  /// Tiles from top to bottom and from left to right: no more than there are rows and columns, as tiles without any
  /// would be stripes.
  let rows, columns: Int

  /// Nil for a map that needs no tiles.
  init?(rowCount: Int, columnCount: Int) {
    guard max(rowCount, columnCount) > Self.tiledSize else { return nil }
    (self.rowCount, self.columnCount) = (rowCount, columnCount)
    (rows, columns) = (min(Self.largest, rowCount), min(Self.largest, columnCount))
  }
}

/// The largest weights of rows.
private struct TopWeights {
  private(set) var columns: [UInt32] = []
  private(set) var weights: [UInt16] = []
  private(set) var sum: Float = 0
  private(set) var least: Float = 1
  private(set) var rowCount = 0

  /// Keeps the `count` largest weights of a row, the largest first; zeros fill up.
  mutating func add(_ row: ArraySlice<Float>, _ count: Int) {
    var best: [(column: Int, weight: Float)] = []
    for (column, weight) in row.enumerated() where weight > 0 {
      if best.count == count, !(weight > best[count - 1].weight) { continue }
      let place = best.firstIndex { weight > $0.weight } ?? best.count
      best.insert((column, weight), at: place)
      if best.count > count { best.removeLast() }
    }
    let kept = best.reduce(0) { $0 + $1.weight }
    sum += kept
    least = min(least, kept)
    rowCount += 1
    for place in 0..<count {
      columns.append(place < best.count ? UInt32(best[place].column) : 0)
      weights.append(place < best.count ? WeightPacking.share(best[place].weight) : 0)
    }
  }
}

/// The shares of attention in tiles.
private struct Tiles {
  private let grid: TileGrid
  private var sums: [Float]
  private var counts: [Float]

  init(_ grid: TileGrid) {
    self.grid = grid
    sums = [Float](repeating: 0, count: grid.rows * grid.columns)
    counts = [Float](repeating: 0, count: grid.rows)
  }

  mutating func add(_ weights: ArraySlice<Float>, row: Int) {
    let tileRow = row * grid.rows / grid.rowCount
    counts[tileRow] += 1
    for (column, weight) in weights.enumerated() where weight > 0 {
      // All tiles are equally wide, or even attention would be stripes: a column across an edge gives to both sides.
      // Counted so that a column is `grid.columns` wide, a tile is `grid.columnCount` wide.
      let tile = column * grid.columns / grid.columnCount
      let beyond = max(0, (column + 1) * grid.columns - (tile + 1) * grid.columnCount)
      let part = weight * Float(beyond) / Float(grid.columns)
      sums[tileRow * grid.columns + tile] += weight - part
      if beyond > 0 { sums[tileRow * grid.columns + tile + 1] += part }
    }
  }

  /// The mean share that a row of the tile gives to its columns.
  var shares: [UInt8] {
    sums.enumerated().map { index, sum in
      let rows = counts[index / grid.columns]
      return rows > 0 ? UInt8((min(sum / rows, 1) * 255).rounded()) : 0
    }
  }
}
