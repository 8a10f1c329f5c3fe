import HeedLayers

/// What of all weights and vectors goes into a page of limited size.
struct PagePacking {
  /// How many weights of a row are kept where not all can be: the most that fit.
  private static let topCounts = [64, 32, 16, 8]
  /// How many are kept where that is possible for some heads only.
  private static let fallbackCounts = [16, 8, 4]

  private(set) var kinds: [PageData.Kind] = []
  private(set) var topCount: Int?
  let start: HeadPlace?
  private(set) var leftOut: [String] = []

  /// A head, or, without a number, the mean of the heads of a layer. Where weights are left out of the heads, the mean
  /// cannot be made of what remains.
  private struct Part: Hashable {
    let kind: AttentionKind
    let layer: Int
    let head: Int?

    var place: HeadPlace? { head.map { HeadPlace(kind, layer: layer, head: $0) } }
  }

  init(_ page: AttentionPage) {
    let inspection = page.inspection
    let heads = inspection.heads
    start = page.start.flatMap { heads.contains($0) ? $0 : nil } ?? Self.usualStart(inspection)
    let order = Self.order(inspection, from: start, isMean: page.startsWithMean)
    let room = max(0, page.byteLimit)
    let forms = Self.forms(order, inspection, room: room * 6 / 10)
    var used = order.reduce(0) { $0 + Self.size($1, forms[$1] ?? .none, inspection) }
    var kept: (sum: Float, least: Float, count: Int) = (0, 1, 0)
    var packed: [Part: PageData.Head] = [:]
    for kind in inspection.kinds {
      for layer in inspection.layers(kind) {
        for (part, head) in Self.parts(kind, layer, forms, inspection) {
          if let share = head.kept {
            kept = (kept.sum + share[0], min(kept.least, share[1]), kept.count + 1)
            if case .top(let count) = forms[part] { topCount = count }
          }
          packed[part] = head
        }
      }
    }
    var vectorCount = 0
    for part in order {
      guard let place = part.place else { continue }
      let size = Self.vectorSize(place, inspection)
      guard used + size <= room, let vectors = inspection.vectors(place) else { continue }
      packed[part]?.vectors = PageData.Vectors(vectors)
      used += size
      vectorCount += 1
    }
    kinds = inspection.kinds.map { kind in
      let (rows, columns) = (inspection.rowTokens(kind), inspection.columnTokens(kind))
      let grid = TileGrid(rowCount: rows.count, columnCount: columns.count)
      return PageData.Kind(
        kind: kind.rawValue, title: kind.title, rows: rows.map(PageData.Token.init),
        columns: columns.map(PageData.Token.init), causal: kind == .decoder, tileRows: grid?.rows,
        tileColumns: grid?.columns,
        layers: inspection.layers(kind).map { layer in
          PageData.Layer(
            layer: layer,
            heads: (0..<inspection.headCount(kind, layer: layer)).compactMap {
              packed[Part(kind: kind, layer: layer, head: $0)]
            },
            mean: packed[Part(kind: kind, layer: layer, head: nil)])
        })
    }
    describe(forms, kept, headCount: heads.count, vectorCount: vectorCount)
  }

  private mutating func describe(
    _ forms: [Part: WeightForm], _ kept: (sum: Float, least: Float, count: Int), headCount: Int,
    vectorCount: Int
  ) {
    if let topCount, kept.count > 0 {
      leftOut.append(
        "Of each row the \(topCount) largest weights are here; they hold "
          + "\(MarkupText.fixed(100 * kept.sum / Float(kept.count), 1)) % of the attention on average and "
          + "\(MarkupText.fixed(100 * kept.least, 1)) % at least.")
    }
    let absent = forms.count { part, form in
      if case .none = form { part.head != nil } else { false }
    }
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

  /// All heads and means, those first that will be looked at first: the start, its layer, its kind, the others.
  private static func order(_ inspection: Inspection, from start: HeadPlace?, isMean: Bool) -> [Part] {
    let parts = inspection.kinds.flatMap { kind in
      inspection.layers(kind).flatMap { layer in
        [Part(kind: kind, layer: layer, head: nil)]
          + (0..<inspection.headCount(kind, layer: layer)).map { Part(kind: kind, layer: layer, head: $0) }
      }
    }
    guard let start else { return parts }
    let first = Part(kind: start.kind, layer: start.layer, head: isMean ? nil : start.head)
    func distance(_ part: Part) -> Int {
      part == first ? -1 : abs(part.layer - start.layer) * 2 + (part.kind == start.kind ? 0 : 1)
    }
    // Swift's sort is stable.
    return parts.sorted { distance($0) < distance($1) }
  }

  private static func forms(_ order: [Part], _ inspection: Inspection, room: Int) -> [Part: WeightForm] {
    func forms(_ form: WeightForm, mean: WeightForm) -> [Part: WeightForm]? {
      let result = Dictionary(uniqueKeysWithValues: order.map { ($0, $0.head == nil ? mean : form) })
      return result.reduce(0) { $0 + size($1.key, $1.value, inspection) } <= room ? result : nil
    }
    // The script makes the mean of heads that are all there itself.
    if let all = forms(.all, mean: .none) { return all }
    let widest = order.map { inspection.columnTokens($0.kind).count }.max() ?? 0
    for count in topCounts where count * 2 < widest {
      if let some = forms(.top(count), mean: .top(count)) { return some }
    }
    // Not even the largest weights of all heads: more of those of the heads that will be looked at first.
    func smallest(_ part: Part, _ count: Int) -> WeightForm {
      size(part, .all, inspection) <= size(part, .top(count), inspection) ? .all : .top(count)
    }
    let first = order.prefix { $0.kind == order[0].kind && $0.layer == order[0].layer }
    let count =
      fallbackCounts.first { count in
        first.reduce(0) { $0 + size($1, smallest($1, count), inspection) } <= room
      } ?? fallbackCounts[fallbackCounts.count - 1]
    var (result, used): ([Part: WeightForm], Int) = ([:], 0)
    for part in order {
      let form = smallest(part, count)
      let size = size(part, form, inspection)
      let fits = used + size <= room
      result[part] = fits ? form : WeightForm.none
      used += fits ? size : 0
    }
    return result
  }

  /// Bytes of base64: four for three.
  private static func size(_ part: Part, _ form: WeightForm, _ inspection: Inspection) -> Int {
    let (rows, columns) = (inspection.rowTokens(part.kind).count, inspection.columnTokens(part.kind).count)
    let tiles = TileGrid(rowCount: rows, columnCount: columns).map { $0.rows * $0.columns } ?? 0
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

  /// The heads of a layer and their mean, in one walk over the rows. Few rows are held at a time: heads of long texts
  /// are large.
  private static func parts(
    _ kind: AttentionKind, _ layer: Int, _ forms: [Part: WeightForm], _ inspection: Inspection
  ) -> [(part: Part, head: PageData.Head)] {
    let (rowCount, columnCount) = (inspection.rowTokens(kind).count, inspection.columnTokens(kind).count)
    func packing(_ part: Part) -> WeightPacking {
      WeightPacking(forms[part] ?? .none, rowCount: rowCount, columnCount: columnCount)
    }
    let mean = Part(kind: kind, layer: layer, head: nil)
    let places = (0..<inspection.headCount(kind, layer: layer)).map {
      HeadPlace(kind, layer: layer, head: $0)
    }
    let heads = places.map { Part(kind: kind, layer: layer, head: $0.head) }
    var (packings, meanPacking) = (heads.map(packing), packing(mean))
    var sums = places.map { HeadMeasures.Sums($0, rowCount: rowCount) }
    let blockSize = max(1, (1 << 20) / max(1, columnCount))
    for start in stride(from: 0, to: rowCount, by: blockSize) {
      let rows = start..<min(start + blockSize, rowCount)
      func slice(_ row: Int) -> Range<Int> { (row - start) * columnCount..<(row - start + 1) * columnCount }
      var total = [Float](repeating: 0, count: rows.count * columnCount)
      for (index, place) in places.enumerated() {
        guard let weights = inspection.weights(place, rows: rows) else { continue }
        for row in rows {
          sums[index].add(weights[slice(row)], row: row)
          packings[index].add(weights[slice(row)], row: row)
        }
        for index in total.indices { total[index] += weights[index] }
      }
      for index in total.indices { total[index] /= Float(places.count) }
      for row in rows { meanPacking.add(total[slice(row)], row: row) }
    }
    return [(mean, meanPacking.head(nil))]
      + heads.indices.map { index in
        var head = packings[index].head(places[index].head)
        let measures = HeadMeasures(sums[index])
        for measure in HeadMeasures.Measure.allCases { head.measures[measure.rawValue] = measures[measure] }
        return (heads[index], head)
      }
  }
}
