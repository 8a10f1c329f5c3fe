#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Figures as they stand in reports.
package enum FigureText {
  /// A figure with about four digits that count.
  package static func figure(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    let size = abs(value)
    if size >= 1e9 { return scientific(value) }
    if size >= 1e5 { return compact(value) }
    if size >= 1000 { return count(value) }
    if size >= 0.001 {
      let text = fixed(value, size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4)
      guard text.contains(".") else { return text }
      let trimmed = text.reversed().drop { $0 == "0" }
      return String((trimmed.first == "." ? trimmed.dropFirst() : trimmed).reversed())
    }
    if size < 1e-300 { return "0" }
    return scientific(value)
  }

  /// As in 1.5e-4 or 1.5e12: with hundreds of exponents there is no room for zeros.
  private static func scientific(_ value: Double) -> String {
    var exponent = 0
    var mantissa = abs(value)
    while mantissa < 1 {
      mantissa *= 10
      exponent -= 1
    }
    while mantissa >= 10 {
      mantissa /= 10
      exponent += 1
    }
    mantissa = (mantissa * 100).rounded() / 100
    // Rounded, what is just below a power of ten has become one: the steps above leave 9.999… of 1e-12.
    if mantissa >= 10 {
      mantissa /= 10
      exponent += 1
    }
    return "\(value < 0 ? "−" : "")\(figure(mantissa))e\(exponent)"
  }

  /// A whole number with its thousands apart.
  package static func count(_ value: Double) -> String {
    guard let whole = Int(exactly: value.rounded()) else { return "–" }
    var digits = Array(String(whole.magnitude))
    var place = digits.count - 3
    while place > 0 {
      digits.insert(",", at: place)
      place -= 3
    }
    return (whole < 0 ? "−" : "") + String(digits)
  }

  /// A large number in thousands or millions: 12k, 1.5M.
  package static func compact(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    let size = abs(value)
    if size >= 1e6 { return trimmedFixed(value / 1e6, 2) + "M" }
    if size >= 1e4 { return trimmedFixed(value / 1e3, 1) + "k" }
    return count(value)
  }

  /// A length of time: 2 h 05 min.
  package static func duration(_ seconds: Double) -> String {
    guard let whole = Int(exactly: seconds.rounded()), whole >= 0 else { return "–" }
    if whole < 60 { return "\(whole) s" }
    let minutes = whole / 60
    if minutes < 60 { return "\(minutes) min \(whole % 60) s" }
    let rest = minutes % 60
    return "\(minutes / 60) h \(rest < 10 ? "0" : "")\(rest) min"
  }

  private static func trimmedFixed(_ value: Double, _ digits: Int) -> String {
    let text = fixed(value, digits)
    guard text.contains(".") else { return text }
    let trimmed = text.reversed().drop { $0 == "0" }
    return String((trimmed.first == "." ? trimmed.dropFirst() : trimmed).reversed())
  }

  /// A number below 1e9 with so many decimals.
  private static func fixed(_ value: Double, _ digits: Int) -> String {
    let factor = [1.0, 10, 100, 1000, 10_000][min(max(digits, 0), 4)]
    guard let scaled = Int(exactly: (abs(value) * factor).rounded()) else { return value.description }
    let sign = value < 0 && scaled != 0 ? "−" : ""
    guard digits > 0 else { return sign + String(scaled) }
    let all = String(scaled)
    let padded = String(repeating: "0", count: max(0, digits + 1 - all.count)) + all
    return "\(sign)\(padded.dropLast(digits)).\(padded.suffix(digits))"
  }
}
