/// Patterns as shells and Python's `fnmatch` have them; `*` passes `/` as well.
package enum Glob {
  /// Whether the whole of `text` is what the pattern stands for.
  package static func matches(_ pattern: String, _ text: String) -> Bool {
    matches(Array(pattern.unicodeScalars), Array(text.unicodeScalars))
  }

  /// Goes back to the last `*` only, so that time grows with the product of the lengths at most.
  private static func matches(_ pattern: [Unicode.Scalar], _ text: [Unicode.Scalar]) -> Bool {
    var (p, t) = (0, 0)
    var star: (pattern: Int, text: Int)?
    while t < text.count {
      if p < pattern.count, pattern[p] == "*" {
        star = (p, t)
        p += 1
      } else if let next = step(pattern, p, text[t]) {
        p = next
        t += 1
      } else if let last = star {
        p = last.pattern + 1
        t = last.text + 1
        star = (last.pattern, t)
      } else {
        return false
      }
    }
    return pattern[p...].allSatisfy { $0 == "*" }
  }

  /// The place behind the part of the pattern that takes `scalar`; nil where it does not.
  private static func step(_ pattern: [Unicode.Scalar], _ index: Int, _ scalar: Unicode.Scalar) -> Int? {
    guard index < pattern.count else { return nil }
    if pattern[index] == "?" { return index + 1 }
    guard pattern[index] == "[", let end = setEnd(pattern, index) else {
      return pattern[index] == scalar ? index + 1 : nil
    }
    var members = Array(pattern[index + 1..<end])
    let isNegated = members.first == "!"
    if isNegated { members.removeFirst() }
    var (place, isMember) = (0, false)
    while place < members.count {
      if place + 2 < members.count, members[place + 1] == "-" {
        isMember = isMember || (members[place] <= scalar && scalar <= members[place + 2])
        place += 3
      } else {
        isMember = isMember || members[place] == scalar
        place += 1
      }
    }
    return isMember != isNegated ? end + 1 : nil
  }

  /// The `]` that ends a set; one right behind the opening is a member.
  private static func setEnd(_ pattern: [Unicode.Scalar], _ start: Int) -> Int? {
    var first = start + 1
    if first < pattern.count, pattern[first] == "!" { first += 1 }
    guard first + 1 < pattern.count else { return nil }
    return pattern[(first + 1)...].firstIndex(of: "]")
  }
}
