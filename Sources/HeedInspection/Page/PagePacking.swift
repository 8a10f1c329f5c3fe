import HeedLayers

/// What of all weights and vectors goes into a page of limited size.
struct PagePacking {
  /// Tiles a side.
  static let tileCount = 32
  /// Larger maps have tiles.
  static let tiledSize = 64
  /// How many weights of a row are kept where not all can be: the most that fit.
  private static let topCounts = [64, 32, 16, 8]
  /// How many are kept where that is possible for some heads only.
  private static let fallbackCounts = [16, 8, 4]

  private(set) var kinds: [PageData.Kind] = []
  private(set) var topCount: Int?
  let start: HeadPlace?
  private(set) var leftOut: [String] = []

  /// How the weights of a head are kept.
  private enum Form {
    case all
    case top(Int)
    case none
  }

  init(_ page: AttentionPage) {
    let inspection = page.inspection
    let heads = inspection.heads
    start = page.start.flatMap { heads.contains($0) ? $0 : nil } ?? Self.usualStart(inspection)
    let order = Self.order(heads, from: start)
    let room = max(0, page.byteLimit)
    let forms = Self.forms(order, inspection, room: room * 6 / 10)
    var used = 0
    var kept: (sum: Float, least: Float, count: Int) = (0, 1, 0)
    var packed: [HeadPlace: PageData.Head] = [:]
    for place in heads {
      let form = forms[place] ?? .none
      let head = Self.head(place, form, inspection)
      used += Self.size(place, form, inspection)
      if let share = head.kept {
        kept = (kept.sum + share[0], min(kept.least, share[1]), kept.count + 1)
        if case .top(let count) = form { topCount = count }
      }
      packed[place] = head
    }
    var vectorCount = 0
    for place in order {
      let size = Self.vectorSize(place, inspection)
      guard used + size <= room, let vectors = inspection.vectors(place) else { continue }
      packed[place]?.vectors = PageData.Vectors(vectors)
      used += size
      vectorCount += 1
    }
    kinds = inspection.kinds.map { kind in
      PageData.Kind(
        kind: kind.rawValue, title: kind.title, rows: inspection.rowTokens(kind).map(PageData.Token.init),
        columns: inspection.columnTokens(kind).map(PageData.Token.init), causal: kind == .decoder,
        layers: inspection.layers(kind).map { layer in
          PageData.Layer(
            layer: layer,
            heads: heads.filter { $0.kind == kind && $0.layer == layer }.compactMap { packed[$0] })
        })
    }
    describe(forms, kept, headCount: heads.count, vectorCount: vectorCount)
  }

  private mutating func describe(
    _ forms: [HeadPlace: Form], _ kept: (sum: Float, least: Float, count: Int), headCount: Int,
    vectorCount: Int
  ) {
    if let topCount, kept.count > 0 {
      leftOut.append(
        "Of each row the \(topCount) largest weights are here; they hold "
          + "\(MarkupText.fixed(100 * kept.sum / Float(kept.count), 1)) % of the attention on average and "
          + "\(MarkupText.fixed(100 * kept.least, 1)) % at least.")
    }
    let absent = forms.values.count { if case .none = $0 { true } else { false } }
    if absent > 0 {
      leftOut.append(
        "Of \(absent) of \(headCount) heads only tiles and measures are here; a larger --page-size holds more."
      )
    }
    if vectorCount < headCount {
      leftOut.append(
        "Queries, keys and values of \(vectorCount) of \(headCount) heads are here; a larger --page-size holds more."
      )
    }
  }

  /// Cross-attention says most; without it there is one kind. The last but one layer aligns best.
  private static func usualStart(_ inspection: Inspection) -> HeadPlace? {
    guard let kind = inspection.kinds.last else { return nil }
    let layers = inspection.layers(kind)
    guard let layer = layers.dropLast().last ?? layers.last else { return nil }
    let best = kind == .cross ? inspection.bestAlignment()?.place : nil
    return best ?? HeadPlace(kind, layer: layer, head: 0)
  }

  /// All heads, those first that will be looked at first: the layer of the start, its kind, the others.
  private static func order(_ heads: [HeadPlace], from start: HeadPlace?) -> [HeadPlace] {
    func distance(_ place: HeadPlace) -> Int {
      guard let start else { return 0 }
      if place == start { return -1 }
      return abs(place.layer - start.layer) * 2 + (place.kind == start.kind ? 0 : 1)
    }
    // Swift's sort is stable.
    return heads.sorted { distance($0) < distance($1) }
  }

  private static func forms(_ order: [HeadPlace], _ inspection: Inspection, room: Int) -> [HeadPlace: Form] {
    func forms(_ form: Form) -> [HeadPlace: Form]? {
      let size = order.reduce(0) { $0 + self.size($1, form, inspection) }
      return size <= room ? Dictionary(uniqueKeysWithValues: order.map { ($0, form) }) : nil
    }
    if let all = forms(.all) { return all }
    let widest = order.map { inspection.columnTokens($0.kind).count }.max() ?? 0
    for count in topCounts where count * 2 < widest {
      if let some = forms(.top(count)) { return some }
    }
    // Not even the largest weights of all heads: more of those of the heads that will be looked at first.
    func smallest(_ place: HeadPlace, _ count: Int) -> Form {
      size(place, .all, inspection) <= size(place, .top(count), inspection) ? .all : .top(count)
    }
    let first = order.prefix { $0.kind == order[0].kind && $0.layer == order[0].layer }
    let count =
      fallbackCounts.first { count in
        first.reduce(0) { $0 + size($1, smallest($1, count), inspection) } <= room
      } ?? fallbackCounts[fallbackCounts.count - 1]
    var (result, used): ([HeadPlace: Form], Int) = ([:], 0)
    for place in order {
      let form = smallest(place, count)
      let size = size(place, form, inspection)
      let fits = used + size <= room
      result[place] = fits ? form : Form.none
      used += fits ? size : 0
    }
    return result
  }

  /// Bytes of base64: four for three.
  private static func size(_ place: HeadPlace, _ form: Form, _ inspection: Inspection) -> Int {
    let (rows, columns) = (inspection.rowTokens(place.kind).count, inspection.columnTokens(place.kind).count)
    let tiles = max(rows, columns) > tiledSize ? tileCount * tileCount : 0
    let weights =
      switch form {
      case .all: rows * columns * 2
      case .top(let count): rows * count * 6
      case .none: 0
      }
    return (tiles + weights) * 4 / 3
  }

  private static func vectorSize(_ place: HeadPlace, _ inspection: Inspection) -> Int {
    guard let size = inspection.headSize(place.kind, layer: place.layer) else { return 0 }
    let (rows, columns) = (inspection.rowTokens(place.kind).count, inspection.columnTokens(place.kind).count)
    return (rows + 2 * columns) * size * 4 * 4 / 3
  }

  private static func head(_ place: HeadPlace, _ form: Form, _ inspection: Inspection) -> PageData.Head {
    let (rowCount, columnCount) = (
      inspection.rowTokens(place.kind).count, inspection.columnTokens(place.kind).count
    )
    var head = PageData.Head(head: place.head)
    var sums = HeadMeasures.Sums(place, rowCount: rowCount)
    var tiles = max(rowCount, columnCount) > tiledSize ? Tiles(rowCount, columnCount) : nil
    var all: [UInt16] = []
    var top = TopWeights()
    inspection.forEachRow(place) { row, weights in
      sums.add(weights, row: row)
      tiles?.add(weights, row: row)
      switch form {
      case .all: all += weights.map(share)
      case .top(let count): top.add(weights, count)
      case .none: break
      }
    }
    let measures = HeadMeasures(sums)
    for measure in HeadMeasures.Measure.allCases { head.measures[measure.rawValue] = measures[measure] }
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
      weights.append(place < best.count ? PagePacking.share(best[place].weight) : 0)
    }
  }
}

/// A map that is too large to be drawn cell by cell, in tiles.
private struct Tiles {
  private let rowCount, columnCount: Int
  private var sums: [Float]
  private var counts: [Float]

  init(_ rowCount: Int, _ columnCount: Int) {
    (self.rowCount, self.columnCount) = (rowCount, columnCount)
    sums = [Float](repeating: 0, count: PagePacking.tileCount * PagePacking.tileCount)
    counts = [Float](repeating: 0, count: PagePacking.tileCount)
  }

  mutating func add(_ weights: ArraySlice<Float>, row: Int) {
    let count = PagePacking.tileCount
    let tileRow = row * count / max(1, rowCount)
    counts[tileRow] += 1
    for (column, weight) in weights.enumerated() where weight > 0 {
      sums[tileRow * count + column * count / max(1, columnCount)] += weight
    }
  }

  /// The mean share that a row of the tile gives to its columns.
  var shares: [UInt8] {
    let count = PagePacking.tileCount
    return sums.enumerated().map { index, sum in
      let rows = counts[index / count]
      return rows > 0 ? UInt8((min(sum / rows, 1) * 255).rounded()) : 0
    }
  }
}
