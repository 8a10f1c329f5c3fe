/// A regular expression, read but not yet compiled.
indirect enum PatternNode: Sendable {
  /// Matches nothing, successfully.
  case empty
  /// One scalar of a set.
  case set(ScalarSet)
  case sequence([PatternNode])
  case alternation([PatternNode])
  case repetition(PatternNode, minimum: Int, maximum: Int?, Greed)
  /// What follows (or comes before) must match, or must not; nothing is consumed.
  case look(PatternNode, isBehind: Bool, isNegated: Bool)
  /// Matches without ever giving anything back.
  case atomic(PatternNode)
  case anchor(Anchor)

  /// How a repetition tries its counts.
  enum Greed: Sendable { case greedy, lazy, possessive }

  /// A place in the text.
  enum Anchor: Int32, Sendable {
    case textStart, textEnd, textEndOrLastLine, lineStart, lineEnd, wordBoundary, noWordBoundary
  }

  /// Whether the node may match without consuming anything.
  var isNullable: Bool {
    switch self {
    case .empty, .look, .anchor: true
    case .set: false
    case .sequence(let parts): parts.allSatisfy { $0.isNullable }
    case .alternation(let parts): parts.contains { $0.isNullable }
    case .repetition(let body, let minimum, _, _): minimum == 0 || body.isNullable
    case .atomic(let body): body.isNullable
    }
  }

  /// The scalars with which a match may begin; all of them where a place is asked for.
  var firstSet: ScalarSet {
    switch self {
    case .empty: .empty
    case .look, .anchor: .all
    case .set(let set): set
    case .sequence(let parts): Self.firstSet(of: parts[...])
    case .alternation(let parts): parts.reduce(.empty) { $0.union($1.firstSet) }
    case .repetition(let body, _, _, _), .atomic(let body): body.firstSet
    }
  }

  /// The scalars with which a match of `parts` in a row may begin.
  static func firstSet(of parts: ArraySlice<PatternNode>) -> ScalarSet {
    var result = ScalarSet.empty
    for part in parts {
      result = result.union(part.firstSet)
      if !part.isNullable { break }
    }
    return result
  }

  /// The number of scalars of every match, or nil if matches differ.
  var fixedLength: Int? {
    switch self {
    case .empty, .look, .anchor: return 0
    case .set: return 1
    case .sequence(let parts):
      var total = 0
      for part in parts {
        guard let length = part.fixedLength, total + length <= 10_000 else { return nil }
        total += length
      }
      return total
    case .alternation(let parts):
      guard let first = parts.first?.fixedLength, parts.allSatisfy({ $0.fixedLength == first }) else {
        return nil
      }
      return first
    case .repetition(let body, let minimum, let maximum, _):
      guard minimum == maximum, minimum <= 1000, let length = body.fixedLength, length <= 1000 else {
        return nil
      }
      return length * minimum
    case .atomic(let body): return body.fixedLength
    }
  }
}

/// What is wrong with a regular expression.
struct PatternProblem: Error {
  let message: String
}
