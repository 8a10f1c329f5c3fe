import HeedLayers

/// The attention of an inspection as named arrays, for files that other programs read.
///
/// An array `cross.0` holds the heads of the first layer of the decoder, `[heads, rows, columns]`.
struct AttentionArrays {
  /// One array, whose heads are computed when they are asked for.
  struct Entry {
    let name: String
    let shape: [Int]
    let kind: AttentionKind
    let heads: [HeadPlace]
  }

  let inspection: Inspection
  let entries: [Entry]
  /// The tokens of the rows and columns of each kind, by name.
  let tokens: [(name: String, tokens: [String])]

  /// The arrays of those heads that `includes` accepts.
  init(_ inspection: Inspection, includes: (HeadPlace) -> Bool) {
    self.inspection = inspection
    var entries: [Entry] = []
    var tokens: [(name: String, tokens: [String])] = []
    for kind in inspection.kinds {
      let size = [inspection.rowTokens(kind).count, inspection.columnTokens(kind).count]
      var isThere = false
      for layer in inspection.layers(kind) {
        let heads = (0..<inspection.headCount(kind, layer: layer))
          .map { HeadPlace(kind, layer: layer, head: $0) }.filter(includes)
        guard !heads.isEmpty else { continue }
        isThere = true
        entries.append(
          Entry(name: "\(kind.rawValue).\(layer)", shape: [heads.count] + size, kind: kind, heads: heads))
      }
      guard isThere else { continue }
      tokens.append(("\(kind.rawValue).rows", inspection.rowTokens(kind).map(\.token)))
      tokens.append(("\(kind.rawValue).columns", inspection.columnTokens(kind).map(\.token)))
    }
    self.entries = entries
    self.tokens = tokens
  }

  /// The weights of one head, row by row.
  func weights(_ place: HeadPlace) -> [Float] { inspection.weights(place) ?? [] }
}
