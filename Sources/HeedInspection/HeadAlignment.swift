import HeedLayers

/// The words of a translation linked to those of its source by one head.
public struct HeadAlignment: Sendable, Hashable {
  /// The head; nil for a mean of heads.
  public let place: HeadPlace?
  /// The attention of words to words, without ends of sentences.
  public let map: AttentionMap
  /// The mean, over the words of the translation, of the largest weight that goes to a word of the source.
  public let confidence: Float
  /// The share of the source's words that some word of the translation is linked to.
  public let coverage: Float
  /// What the best head has most of: confidence × coverage. A head that always looks at the end of the sentence is
  /// not confident, one that always looks at the same word covers little.
  public var score: Float { confidence * coverage }
  /// The links.
  public var links: [Alignment.Link] { Alignment.links(from: map) }

  init(place: HeadPlace?, map: AttentionMap) {
    self.place = place
    self.map = map
    let largest = map.rows.indices.map { row in map.columns.indices.map { map[row, $0] }.max() ?? 0 }
    confidence = largest.isEmpty ? 0 : largest.reduce(0, +) / Float(largest.count)
    let linked = Set(Alignment.links(from: map).map(\.source)).count
    coverage = map.columns.isEmpty ? 0 : Float(linked) / Float(map.columns.count)
  }
}

extension Inspection {
  /// The alignment that a head of the cross-attention tells; nil if there is no such head.
  public func alignment(_ place: HeadPlace) -> HeadAlignment? {
    guard place.kind == .cross, let map = map(place) else { return nil }
    return HeadAlignment(place: place, map: contentWords(map))
  }

  /// The alignment that the mean of a layer's heads tells; nil if there is no such layer.
  public func alignment(layer: Int) -> HeadAlignment? {
    mean(.cross, layer: layer).map { HeadAlignment(place: nil, map: contentWords($0)) }
  }

  /// The alignment of the head with the highest score; of equal ones the first. Nil without cross-attention.
  public func bestAlignment() -> HeadAlignment? {
    var best: HeadAlignment?
    for place in heads where place.kind == .cross {
      guard let next = alignment(place) else { continue }
      if best.map({ next.score > $0.score }) ?? true { best = next }
    }
    return best
  }

  /// Attention between words, without the source's prefix and the tokens that stand for no text: places in the map are
  /// places in the sentence.
  private func contentWords(_ map: AttentionMap) -> AttentionMap {
    let sentence = map.part(rows: 0..<map.rows.count, columns: prefixCount..<map.columns.count)
    let words = words(
      sentence, rows: rowTokens(.cross), columns: Array(columnTokens(.cross).dropFirst(prefixCount)))
    let special = specialTokens.union([InspectedToken.space])
    let rows = words.rows.indices.filter { !special.contains(words.rows[$0]) }
    let columns = words.columns.indices.filter { !special.contains(words.columns[$0]) }
    return AttentionMap(
      rows: rows.map { words.rows[$0] }, columns: columns.map { words.columns[$0] },
      weights: rows.flatMap { row in columns.map { words[row, $0] } })
  }
}
