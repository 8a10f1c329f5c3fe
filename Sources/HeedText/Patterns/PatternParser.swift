/// Reads regular expressions as the reference does, which has Oniguruma with Ruby's syntax.
///
/// What tokenizers use is there: alternation, groups, classes with properties, nesting and intersection, greedy, lazy and
/// possessive repetition, looking ahead and behind, atomic groups, anchors, `(?i)`. Anything else is an error that names
/// it. Case is ignored scalar by scalar: unlike there, `(?i)ss` does not match `ß`.
struct PatternParser {
  let scalars: [UInt32]
  var index = 0
  private var ignoresCase = false
  private var dotMatchesAll = false
  var depth = 0

  /// Groups and classes deeper than this are refused.
  static let depthLimit = 60
  static let lengthLimit = 10_000

  init(_ pattern: [UInt8]) { scalars = UTF8Scanning.scalars(pattern) }

  static func parse(_ pattern: [UInt8]) throws(PatternProblem) -> PatternNode {
    var parser = PatternParser(pattern)
    guard parser.scalars.count <= lengthLimit else { throw PatternProblem(message: "it is too long") }
    let node = try parser.alternation()
    guard parser.index == parser.scalars.count else { throw PatternProblem(message: "a ) closes no group") }
    return node
  }

  // MARK: Reading

  var current: UInt32? { index < scalars.count ? scalars[index] : nil }

  mutating func take(_ text: String) -> Bool {
    let wanted = text.unicodeScalars.map { $0.value }
    guard scalars.count - index >= wanted.count, scalars[index..<index + wanted.count].elementsEqual(wanted)
    else {
      return false
    }
    index += wanted.count
    return true
  }

  func unsupported(_ construct: String) -> PatternProblem {
    PatternProblem(message: "\(construct) is not supported")
  }

  static func text(_ scalars: some Sequence<UInt32>) -> String {
    var view = String.UnicodeScalarView()
    for scalar in scalars { if let scalar = Unicode.Scalar(scalar) { view.append(scalar) } }
    return String(view)
  }

  // MARK: Expressions

  private mutating func alternation() throws(PatternProblem) -> PatternNode {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else { throw PatternProblem(message: "groups are nested too deep") }
    var branches: [PatternNode] = []
    repeat { branches.append(try sequence()) } while take("|")
    return branches.count == 1 ? branches[0] : .alternation(branches)
  }

  private mutating func sequence() throws(PatternProblem) -> PatternNode {
    var parts: [PatternNode] = []
    while let next = current, next != UInt32(ascii: "|"), next != UInt32(ascii: ")") {
      // An option without a colon holds for the rest of its group, alternatives included.
      if let rest = try isolatedOption() {
        parts.append(rest)
        break
      }
      guard let atom = try atom() else { continue }
      parts.append(try repetitions(of: atom))
    }
    return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
  }

  private mutating func repetitions(of atom: PatternNode) throws(PatternProblem) -> PatternNode {
    var node = atom
    var count = 0
    while let (minimum, maximum, isInterval) = try quantifier() {
      count += 1
      guard count <= 8 else { throw unsupported("a repetition of a repetition of a repetition") }
      var greed = PatternNode.Greed.greedy
      if take("?") {
        // Of an exact count there is no shorter: Ruby takes the mark for an option.
        if isInterval, minimum == maximum {
          node = .repetition(
            .repetition(node, minimum: minimum, maximum: maximum, .greedy), minimum: 0, maximum: 1, .greedy)
          continue
        }
        greed = .lazy
      } else if !isInterval, take("+") {
        greed = .possessive
      }
      node = .repetition(node, minimum: minimum, maximum: maximum, greed)
    }
    return node
  }

  private mutating func quantifier() throws(PatternProblem) -> (Int, Int?, isInterval: Bool)? {
    if take("*") { return (0, nil, false) }
    if take("+") { return (1, nil, false) }
    if take("?") { return (0, 1, false) }
    guard current == UInt32(ascii: "{") else { return nil }
    let start = index
    index += 1
    let minimum = decimal()
    var maximum = minimum
    if take(",") { maximum = decimal() } else if minimum == nil { maximum = -1 }
    let isOpen = scalars[index - 1] == UInt32(ascii: ",")
    guard take("}"), minimum != nil || maximum.map({ $0 >= 0 }) == true else {
      index = start  // not a count: the brace stands for itself
      return nil
    }
    let low = minimum ?? 0
    let high = isOpen ? nil : maximum
    guard low <= 100_000, (high ?? 0) <= 100_000 else {
      throw PatternProblem(message: "a count is too large")
    }
    if let high, high < low { throw PatternProblem(message: "a count's limits are the wrong way round") }
    return (low, high, true)
  }

  private mutating func decimal() -> Int? {
    var value: Int?
    while let digit = current, 0x30...0x39 ~= digit {
      value = min((value ?? 0) * 10 + Int(digit - 0x30), 1_000_000)
      index += 1
    }
    return value
  }

  /// Reads `(?i)` and what follows it in the group; nil if none stands here.
  private mutating func isolatedOption() throws(PatternProblem) -> PatternNode? {
    let start = index
    guard take("(?") else { return nil }
    let saved = (ignoresCase, dotMatchesAll)
    guard try options(), take(")") else {
      index = start
      (ignoresCase, dotMatchesAll) = saved
      return nil
    }
    defer { (ignoresCase, dotMatchesAll) = saved }
    return try alternation()
  }

  /// Reads the letters of an option; false if there are none.
  private mutating func options() throws(PatternProblem) -> Bool {
    var isOn = true
    var isAny = false
    while let letter = current {
      switch letter {
      case UInt32(ascii: "i"): ignoresCase = isOn
      case UInt32(ascii: "m"): dotMatchesAll = isOn
      case UInt32(ascii: "-"): isOn = false
      case UInt32(ascii: "x"), UInt32(ascii: "s"), UInt32(ascii: "a"), UInt32(ascii: "u"), UInt32(ascii: "d"):
        throw unsupported("the option (?\(Self.text([letter])))")
      default: return isAny
      }
      isAny = true
      index += 1
    }
    return isAny
  }

  private mutating func atom() throws(PatternProblem) -> PatternNode? {
    guard let scalar = current else { return nil }
    switch scalar {
    case UInt32(ascii: "("): return try group()
    case UInt32(ascii: "["): return .set(folded(try characterClass()))
    case UInt32(ascii: "."):
      index += 1
      return .set(dotMatchesAll ? .all : ScalarSet(0x0A).inverted)
    case UInt32(ascii: "^"):
      index += 1
      return .anchor(.lineStart)
    case UInt32(ascii: "$"):
      index += 1
      return .anchor(.lineEnd)
    case UInt32(ascii: "*"), UInt32(ascii: "+"), UInt32(ascii: "?"):
      throw PatternProblem(message: "there is nothing to repeat before \(Self.text([scalar]))")
    case UInt32(ascii: "\\"): return try escape()
    default:
      index += 1
      return .set(folded(ScalarSet(scalar)))
    }
  }

  func folded(_ set: ScalarSet) -> ScalarSet { ignoresCase ? set.closedUnderCase : set }

  private mutating func group() throws(PatternProblem) -> PatternNode? {
    let start = index
    index += 1
    if take("?#") {
      while let next = current, next != UInt32(ascii: ")") { index += 1 }
      guard take(")") else { throw PatternProblem(message: "a comment is not closed") }
      return nil
    }
    let saved = (ignoresCase, dotMatchesAll)
    defer { (ignoresCase, dotMatchesAll) = saved }
    var wrap: (PatternNode) throws(PatternProblem) -> PatternNode = { node throws(PatternProblem) in node }
    if take("?:") {
    } else if take("?=") {
      wrap = { node throws(PatternProblem) in .look(node, isBehind: false, isNegated: false) }
    } else if take("?!") {
      wrap = { node throws(PatternProblem) in .look(node, isBehind: false, isNegated: true) }
    } else if take("?<=") {
      wrap = { node throws(PatternProblem) in try Self.lookBehind(node, isNegated: false) }
    } else if take("?<!") {
      wrap = { node throws(PatternProblem) in try Self.lookBehind(node, isNegated: true) }
    } else if take("?>") {
      wrap = { node throws(PatternProblem) in .atomic(node) }
    } else if take("?<") || take("?P<") {
      while let letter = current, letter != UInt32(ascii: ">") { index += 1 }
      guard take(">") else { throw PatternProblem(message: "a group's name is not closed") }
    } else if take("?") {
      guard try options(), take(":") else {
        throw unsupported("the group \(Self.text(scalars[start..<min(index + 1, scalars.count)]))")
      }
    }
    let body = try alternation()
    guard take(")") else { throw PatternProblem(message: "a group is not closed") }
    return try wrap(body)
  }

  /// Looking behind takes alternatives of fixed lengths.
  private static func lookBehind(_ node: PatternNode, isNegated: Bool) throws(PatternProblem) -> PatternNode {
    var branches = [node]
    if case .alternation(let parts) = node { branches = parts }
    var looks: [PatternNode] = []
    for branch in branches {
      guard branch.fixedLength != nil else {
        throw PatternProblem(message: "looking behind for something of varying length is not supported")
      }
      looks.append(.look(branch, isBehind: true, isNegated: isNegated))
    }
    if looks.count == 1 { return looks[0] }
    return isNegated ? .sequence(looks) : .alternation(looks)
  }

  private mutating func escape() throws(PatternProblem) -> PatternNode {
    index += 1
    guard let letter = current else { throw PatternProblem(message: "it ends in a backslash") }
    if let anchor = Self.anchors[letter] {
      index += 1
      return .anchor(anchor)
    }
    switch letter {
    case UInt32(ascii: "R"):
      index += 1
      let breaks = ScalarSet(unordered: [0x0A...0x0D, 0x85...0x85, 0x2028...0x2029])
      return .atomic(
        .alternation([.sequence([.set(ScalarSet(0x0D)), .set(ScalarSet(0x0A))]), .set(breaks)]))
    case 0x31...0x39: throw unsupported("a reference to a group (\\\(Self.text([letter])))")
    case UInt32(ascii: "k"), UInt32(ascii: "g"), UInt32(ascii: "K"), UInt32(ascii: "X"), UInt32(ascii: "G"),
      UInt32(ascii: "y"), UInt32(ascii: "Y"), UInt32(ascii: "N"), UInt32(ascii: "O"):
      throw unsupported("\\\(Self.text([letter]))")
    default:
      let set = try classEscape(isInClass: false)
      // Outside classes the case of a property stays as it is.
      return .set(set.single == nil ? set : folded(set))
    }
  }

  private static let anchors: [UInt32: PatternNode.Anchor] = [
    UInt32(ascii: "A"): .textStart, UInt32(ascii: "z"): .textEnd, UInt32(ascii: "Z"): .textEndOrLastLine,
    UInt32(ascii: "b"): .wordBoundary, UInt32(ascii: "B"): .noWordBoundary,
  ]
}

extension ScalarSet {
  /// The only scalar of the set, or nil if there is another.
  var single: UInt32? {
    ranges.count == 1 && ranges[0].count == 1 ? ranges[0].lowerBound : nil
  }
}

extension UInt32 {
  init(ascii scalar: Unicode.Scalar) { self = scalar.value }
}
