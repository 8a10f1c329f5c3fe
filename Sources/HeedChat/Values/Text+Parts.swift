/// Trimming and splitting.
extension Text {
  /// Without white space, or without the characters of `set`, at its ends.
  func trimmed(_ set: Text? = nil, start trimsStart: Bool = true, end trimsEnd: Bool = true) -> Text {
    let isTrimmed: (Unicode.Scalar) -> Bool =
      set.map { set in { set.scalars.contains($0) } } ?? \.isPythonSpace
    var (start, end) = (0, count)
    if trimsStart { while start < end, isTrimmed(scalars[start]) { start += 1 } }
    if trimsEnd { while end > start, isTrimmed(scalars[end - 1]) { end -= 1 } }
    return slice(start..<end)
  }

  /// The parts between separators; at most `limit` separations, from the start.
  ///
  /// - Precondition: the separator is not empty.
  func split(_ separator: Text, limit: Int) -> [Text] {
    precondition(!separator.isEmpty, "split: the separator is empty")
    var parts: [Text] = []
    var start = 0
    while parts.count < limit, let found = firstIndex(of: separator, from: start) {
      parts.append(slice(start..<found))
      start = found + separator.count
    }
    return parts + [slice(start..<count)]
  }

  /// The same with the separations counted from the end.
  func splitFromEnd(_ separator: Text, limit: Int) -> [Text] {
    precondition(!separator.isEmpty, "split: the separator is empty")
    var parts: [Text] = []
    var end = count
    while parts.count < limit, let found = lastIndex(of: separator, before: end) {
      parts.append(slice(found + separator.count..<end))
      end = found
    }
    return (parts + [slice(0..<end)]).reversed()
  }

  /// The words between white space; behind `limit` separations the rest is one part.
  func words(limit: Int) -> [Text] {
    var parts: [Text] = []
    var start = 0
    while true {
      while start < count, scalars[start].isPythonSpace { start += 1 }
      guard start < count else { return parts }
      if parts.count >= limit { return parts + [slice(start..<count)] }
      var end = start
      while end < count, !scalars[end].isPythonSpace { end += 1 }
      parts.append(slice(start..<end))
      start = end
    }
  }

  /// The same with the separations counted from the end.
  func wordsFromEnd(limit: Int) -> [Text] {
    let reversed = Text(scalars.reversed()).words(limit: limit)
    return reversed.reversed().map { Text($0.scalars.reversed(), isMarkup: isMarkup) }
  }

  /// The lines, without their ends or with them.
  func lines(keepsEnds: Bool) -> [Text] {
    var lines: [Text] = []
    var (start, index) = (0, 0)
    while index < count {
      guard Self.lineEnds.contains(scalars[index]) else {
        index += 1
        continue
      }
      let end = index
      index += scalars[index] == "\r" && index + 1 < count && scalars[index + 1] == "\n" ? 2 : 1
      lines.append(slice(start..<(keepsEnds ? index : end)))
      start = index
    }
    if start < count { lines.append(slice(start..<count)) }
    return lines
  }

  private static let lineEnds: Set<Unicode.Scalar> = [
    "\n", "\r", "\u{B}", "\u{C}", "\u{1C}", "\u{1D}", "\u{1E}", "\u{85}", "\u{2028}", "\u{2029}",
  ]

  /// With the occurrences of `old` replaced, at most `limit` of them; an empty `old` lies between all characters.
  func replacing(_ old: Text, with new: Text, limit: Int) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    var done = 0
    if old.isEmpty {
      for index in 0...count {
        if done < limit {
          result += new.scalars
          done += 1
        }
        if index < count { result.append(scalars[index]) }
      }
      return result
    }
    var start = 0
    while done < limit, let found = firstIndex(of: old, from: start) {
      result += scalars[start..<found]
      result += new.scalars
      start = found + old.count
      done += 1
    }
    return result + scalars[start...]
  }

  /// How often `part` occurs without overlap.
  func occurrences(of part: Text) -> Int {
    if part.isEmpty { return count + 1 }
    var (total, start) = (0, 0)
    while let found = firstIndex(of: part, from: start) {
      total += 1
      start = found + part.count
    }
    return total
  }
}
