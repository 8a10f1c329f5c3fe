/// Classes of scalars, and what stands for scalars and classes behind a backslash.
extension PatternParser {
  /// Reads what follows a backslash and means the same inside a class and outside: a scalar or a set.
  mutating func classEscape(isInClass: Bool) throws(PatternProblem) -> ScalarSet {
    guard let letter = current else { throw PatternProblem(message: "it ends in a backslash") }
    index += 1
    switch letter {
    case UInt32(ascii: "n"): return ScalarSet(0x0A)
    case UInt32(ascii: "r"): return ScalarSet(0x0D)
    case UInt32(ascii: "t"): return ScalarSet(0x09)
    case UInt32(ascii: "f"): return ScalarSet(0x0C)
    case UInt32(ascii: "v"): return ScalarSet(0x0B)
    case UInt32(ascii: "a"): return ScalarSet(0x07)
    case UInt32(ascii: "e"): return ScalarSet(0x1B)
    case UInt32(ascii: "s"): return ScalarProperties.space
    case UInt32(ascii: "S"): return ScalarProperties.space.inverted
    case UInt32(ascii: "w"): return isInClass ? ScalarProperties.wordInClass : ScalarProperties.word
    case UInt32(ascii: "W"):
      return (isInClass ? ScalarProperties.wordInClass : ScalarProperties.word).inverted
    case UInt32(ascii: "d"): return ScalarProperties.digit
    case UInt32(ascii: "D"): return ScalarProperties.digit.inverted
    case UInt32(ascii: "h"): return ScalarProperties.hexadecimalDigit
    case UInt32(ascii: "H"): return ScalarProperties.hexadecimalDigit.inverted
    case UInt32(ascii: "x"): return ScalarSet(try hexadecimal(upTo: 2))
    case UInt32(ascii: "u"): return ScalarSet(try hexadecimal(exactly: 4))
    case UInt32(ascii: "p"), UInt32(ascii: "P"): return try property(isInverted: letter == UInt32(ascii: "P"))
    case 0x30...0x37: return ScalarSet(octal(first: letter))
    case UInt32(ascii: "c"), UInt32(ascii: "C"), UInt32(ascii: "M"):
      throw unsupported("\\\(Self.text([letter]))")
    default: return ScalarSet(letter)
    }
  }

  private mutating func octal(first: UInt32) -> UInt32 {
    var value = first - 0x30
    var count = 1
    while count < 3, let digit = current, 0x30...0x37 ~= digit {
      value = value * 8 + digit - 0x30
      index += 1
      count += 1
    }
    return value
  }

  private mutating func hexadecimal(upTo limit: Int) throws(PatternProblem) -> UInt32 {
    if take("{") {
      let value = digits(upTo: 8)
      guard let value, value <= ScalarSet.limit, take("}") else {
        throw PatternProblem(message: "\\x{…} is no scalar")
      }
      return value
    }
    let value = digits(upTo: limit) ?? 0
    guard value < 0x80 else { throw unsupported("a byte outside ASCII (\\x\(String(value, radix: 16)))") }
    return value
  }

  private mutating func hexadecimal(exactly count: Int) throws(PatternProblem) -> UInt32 {
    let start = index
    guard let value = digits(upTo: count), index - start == count else {
      throw PatternProblem(message: "\\u is not followed by four digits")
    }
    return value
  }

  private mutating func digits(upTo limit: Int) -> UInt32? {
    var value: UInt32?
    var count = 0
    while count < limit, let letter = current, letter < 0x80,
      let digit = hexadecimalDigit(UInt8(truncatingIfNeeded: letter))
    {
      value = (value ?? 0) &<< 4 | UInt32(digit)
      index += 1
      count += 1
    }
    return value
  }

  private mutating func property(isInverted: Bool) throws(PatternProblem) -> ScalarSet {
    var name: [UInt32] = []
    guard take("{") else { throw PatternProblem(message: "\\p is not followed by a name in braces") }
    var isInverted = isInverted
    if take("^") { isInverted.toggle() }
    while let letter = current, letter != UInt32(ascii: "}") {
      name.append(letter)
      index += 1
    }
    guard take("}") else { throw PatternProblem(message: "a property's name is not closed") }
    guard let set = ScalarProperties.named(Self.text(name)) else {
      throw unsupported("the property \\p{\(Self.text(name))}")
    }
    return isInverted ? set.inverted : set
  }

  mutating func characterClass() throws(PatternProblem) -> ScalarSet {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.depthLimit else { throw PatternProblem(message: "classes are nested too deep") }
    index += 1
    let isInverted = take("^")
    var result: ScalarSet?
    var members: [ClosedRange<UInt32>] = []
    var isFirst = true
    while true {
      guard let next = current else { throw PatternProblem(message: "a class is not closed") }
      if next == UInt32(ascii: "]"), !isFirst {
        index += 1
        break
      }
      isFirst = false
      if take("&&") {
        let left = ScalarSet(unordered: members)
        result = result.map { $0.intersection(left) } ?? left
        members = []
        continue
      }
      if next == UInt32(ascii: "[") {
        if let set = try posixClass() {
          members += set.ranges
        } else {
          members += try characterClass().ranges
        }
        continue
      }
      let set = try member()
      guard let low = set.single, current == UInt32(ascii: "-"), index + 1 < scalars.count,
        scalars[index + 1] != UInt32(ascii: "]")
      else {
        members += set.ranges
        continue
      }
      index += 1
      guard scalars[index] != UInt32(ascii: "["), let high = try member().single else {
        throw PatternProblem(message: "a range of a class ends in a class")
      }
      guard low <= high else { throw PatternProblem(message: "a range of a class is empty") }
      members.append(low...high)
    }
    let last = ScalarSet(unordered: members)
    let set = folded(result.map { $0.intersection(last) } ?? last)
    return isInverted ? set.inverted : set
  }

  private mutating func member() throws(PatternProblem) -> ScalarSet {
    guard let scalar = current else { throw PatternProblem(message: "a class is not closed") }
    index += 1
    guard scalar == UInt32(ascii: "\\") else { return ScalarSet(scalar) }
    if take("b") { return ScalarSet(0x08) }
    return try classEscape(isInClass: true)
  }

  /// Reads a class such as `[:alpha:]`; nil if none stands here.
  private mutating func posixClass() throws(PatternProblem) -> ScalarSet? {
    let start = index
    guard take("[:") else { return nil }
    let isInverted = take("^")
    var name: [UInt32] = []
    while let letter = current, 0x61...0x7A ~= letter {
      name.append(letter)
      index += 1
    }
    guard take(":]") else {
      index = start
      return nil
    }
    guard let set = ScalarProperties.named(Self.text(name), isInClass: true) else {
      throw unsupported("the class [:\(Self.text(name)):]")
    }
    return isInverted ? set.inverted : set
  }
}
