/// Finds what was probably meant by a name that is not known.
public enum NameMatching {
  /// The candidate that needs the fewest insertions, deletions and replacements of bytes to become `name`, or nil if
  /// none is similar (a third of its length may differ, and at least two bytes).
  ///
  /// Of equally close candidates, the first.
  public static func closest(to name: String, among candidates: some Sequence<String>) -> String? {
    let target = Array(name.utf8)
    var limit = max(2, target.count / 3)
    var best: String?
    for candidate in candidates {
      let bytes = Array(candidate.utf8)
      guard let distance = editDistance(target, bytes, limit: limit) else { continue }
      best = candidate
      if distance == 0 { break }
      limit = distance - 1  // only what is strictly closer counts from now on
    }
    return best
  }

  /// The Levenshtein distance, or nil if it is above `limit`; work is proportional to length × limit.
  static func editDistance(_ left: [UInt8], _ right: [UInt8], limit: Int) -> Int? {
    guard abs(left.count - right.count) <= limit else { return nil }
    let tooFar = limit + 1
    var previous = (0...right.count).map { min($0, tooFar) }
    var current = [Int](repeating: tooFar, count: right.count + 1)
    for i in 0..<left.count {
      // Only columns within `limit` of the diagonal can hold a distance within it.
      let first = max(0, i + 1 - limit)
      let last = min(right.count, i + 1 + limit)
      guard first <= last else { return nil }
      for j in current.indices { current[j] = tooFar }
      var smallest = tooFar
      for j in first...last {
        var distance = previous[j] + 1
        if j == 0 {
          distance = i + 1
        } else {
          distance = min(distance, current[j - 1] + 1, previous[j - 1] + (left[i] == right[j - 1] ? 0 : 1))
        }
        current[j] = min(distance, tooFar)
        smallest = min(smallest, current[j])
      }
      if smallest > limit { return nil }
      swap(&previous, &current)
    }
    return previous[right.count] <= limit ? previous[right.count] : nil
  }
}
