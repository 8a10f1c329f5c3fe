import HeedText

/// A token and how likely it is in some place.
struct ScoredToken {
  let id: TokenID
  let probability: Float

  /// The places of the largest numbers, the largest first; of equal ones the earlier.
  static func best(_ values: ArraySlice<Float>, _ count: Int) -> [ScoredToken] {
    var best: [ScoredToken] = []
    for (index, value) in values.enumerated() {
      if best.count == count, let last = best.last, !(value > last.probability) { continue }
      let place = best.partitioningIndex { value > $0.probability }
      best.insert(ScoredToken(id: TokenID(index), probability: value), at: place)
      if best.count > count { best.removeLast() }
    }
    return best
  }
}

extension Array {
  /// The first place from which on all elements fulfil `condition`, where those that do stand behind the others.
  fileprivate func partitioningIndex(_ condition: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if condition(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
