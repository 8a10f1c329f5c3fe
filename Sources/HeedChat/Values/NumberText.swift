/// Numbers as Python writes them.
enum NumberText {
  /// The shortest digits that give the number back; an exponent below 1e-4 and from 1e16 on.
  static func text(_ number: Double) -> String {
    if number.isNaN { return "nan" }
    if number.isInfinite { return number < 0 ? "-inf" : "inf" }
    let sign = number.sign == .minus ? "-" : ""
    if number == 0 { return sign + "0.0" }
    let (digits, point) = shortestDigits(number.magnitude)
    if point > 16 || point < -3 {
      let mantissa = digits.count > 1 ? "\(digits.prefix(1)).\(digits.dropFirst())" : digits
      let exponent = point - 1
      let magnitude = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
      return "\(sign)\(mantissa)e\(exponent < 0 ? "-" : "+")\(magnitude)"
    }
    if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
    if digits.count <= point {
      return sign + digits + String(repeating: "0", count: point - digits.count) + ".0"
    }
    return "\(sign)\(digits.prefix(point)).\(digits.dropFirst(point))"
  }

  /// The digits without zeros at their ends, and where the point lies among them: 12.5 is ("125", 2).
  private static func shortestDigits(_ number: Double) -> (digits: String, point: Int) {
    let parts = number.description.split(separator: "e", maxSplits: 1)
    let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    let mantissa = (parts.first ?? "0").split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let whole = String(mantissa.first ?? "")
    let fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
    let all = whole + fraction
    let leadingZeros = all.prefix { $0 == "0" }.count
    var digits = all.dropFirst(leadingZeros)
    while digits.last == "0" { digits = digits.dropLast() }
    return (String(digits), whole.count - leadingZeros + exponent)
  }

  /// The number that a text is to Python's `float()`: spaces around it and single `_` between digits are allowed.
  static func number(_ text: Text) -> Double? {
    let trimmed = Text(text.trimmed().scalars.map { Unicode.Scalar(UInt8(asciiOf: $0)) })
    let string = trimmed.string.lowercased()
    let unsigned = string.first == "+" || string.first == "-" ? String(string.dropFirst()) : string
    let sign = string.first == "-" ? -1.0 : 1.0
    switch unsigned {
    case "inf", "infinity": return sign * .infinity
    case "nan": return .nan
    default: break
    }
    guard let plain = withoutUnderscores(unsigned), let first = plain.first,
      first.isASCII && first.isNumber || first == ".",
      plain.allSatisfy({ ("0"..."9").contains($0) || ".e+-".contains($0) })
    else { return nil }
    var completed = plain.first == "." ? "0" + plain : plain
    // Swift wants digits behind the point: "5." and "5.e3" are numbers to Python.
    if let point = completed.firstIndex(of: ".") {
      let next = completed.index(after: point)
      if next == completed.endIndex || completed[next] == "e" {
        guard plain != "." else { return nil }
        completed.insert("0", at: next)
      }
    }
    return Double(completed).map { sign * $0 }
  }

  /// The whole number that a text is to Python's `int(text, base)`.
  static func integer(_ text: Text, base: Int) -> Int? {
    guard base == 0 || (2...36).contains(base) else { return nil }
    let trimmed = Text(text.trimmed().scalars.map { Unicode.Scalar(UInt8(asciiOf: $0)) })
    var string = trimmed.string.lowercased()
    let isNegative = string.first == "-"
    if string.first == "-" || string.first == "+" { string.removeFirst() }
    var radix = base
    for (prefix, prefixed) in [("0x", 16), ("0o", 8), ("0b", 2)]
    where string.hasPrefix(prefix) && (base == 0 || base == prefixed) {
      string.removeFirst(2)
      if string.first == "_" { string.removeFirst() }
      radix = prefixed
      break
    }
    if radix == 0 {
      radix = 10
      if string.count > 1, string.first == "0", string.contains(where: { $0 != "0" && $0 != "_" }) {
        return nil
      }
    }
    guard let plain = withoutUnderscores(string), let first = plain.first, first != "-", first != "+" else {
      return nil
    }
    return Int((isNegative ? "-" : "") + plain, radix: radix)
  }

  private static func withoutUnderscores(_ string: String) -> String? {
    guard string.contains("_") else { return string }
    var previous: Character = "_"
    for character in string {
      if character == "_", !(previous.isLetter || previous.isNumber) { return nil }
      if previous == "_", !(character.isLetter || character.isNumber) { return nil }
      previous = character
    }
    return previous == "_" ? nil : string.filter { $0 != "_" }
  }
}

extension UInt8 {
  /// The ASCII digit or letter that a scalar stands for; decimal digits of any script count, all else is `?`.
  fileprivate init(asciiOf scalar: Unicode.Scalar) {
    if scalar.isASCII {
      self = UInt8(scalar.value)
    } else if scalar.properties.generalCategory == .decimalNumber, let value = scalar.properties.numericValue
    {
      self = 0x30 + UInt8(value)
    } else {
      self = UInt8(ascii: "?")
    }
  }
}
