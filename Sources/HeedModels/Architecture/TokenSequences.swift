/// A ragged batch of token sequences: laid end to end, without padding.
public struct TokenSequences: Sendable {
  /// The tokens of all sequences, `[tokens]`.
  public let ids: [Int32]
  /// The positions in `ids` of each sequence.
  public let ranges: [Range<Int>]

  /// Lays sequences end to end.
  public init(_ sequences: some Collection<some Collection<Int32>>) {
    var ids: [Int32] = []
    var ranges: [Range<Int>] = []
    ids.reserveCapacity(sequences.reduce(0) { $0 + $1.count })
    for sequence in sequences {
      let start = ids.count
      ids.append(contentsOf: sequence)
      ranges.append(start..<ids.count)
    }
    self.ids = ids
    self.ranges = ranges
  }

  /// Sequences that already lie end to end.
  ///
  /// - Parameters:
  ///   - ids: The tokens, `[tokens]`.
  ///   - offsets: Where each sequence starts, and where the last ends, `[sequences + 1]`.
  public init(ids: [Int32], offsets: [Int]) {
    precondition(
      offsets.last == ids.count, "the offsets end at \(offsets.last ?? 0), not at \(ids.count) tokens")
    self.ids = ids
    ranges = zip(offsets, offsets.dropFirst()).map { $0..<$1 }
  }

  /// The position of each token in its sequence, counted from 0.
  var places: [Int32] {
    var places: [Int32] = []
    places.reserveCapacity(ids.count)
    for range in ranges { places.append(contentsOf: 0..<Int32(range.count)) }
    return places
  }

  /// The length of the longest sequence.
  var longest: Int { ranges.lazy.map(\.count).max() ?? 0 }
}
