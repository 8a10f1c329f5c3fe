/// Text and numbers as they stand in pages and pictures.
package enum MarkupText {
  /// Text that is safe anywhere in HTML or SVG, between tags or in an attribute.
  package static func escape(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(harmless(scalar))
      }
    }
    return result
  }

  /// Text with control characters and marks of direction replaced: the former are not allowed in a page or a picture,
  /// the latter could disguise what follows.
  package static func plain(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars { result.unicodeScalars.append(harmless(scalar)) }
    return result
  }

  private static func harmless(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar {
    case "\u{0}"..."\u{8}", "\u{B}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{200E}", "\u{200F}",
      "\u{202A}"..."\u{202E}",
      "\u{2066}"..."\u{2069}", "\u{FFFE}", "\u{FFFF}":
      "\u{FFFD}"
    default: scalar
    }
  }

  /// A number with so many decimals, at most six; a dash for what is no number.
  static func fixed(_ value: Float, _ digits: Int) -> String {
    var factor = 1
    for _ in 0..<min(max(digits, 0), 6) { factor *= 10 }
    guard value.isFinite, abs(value) < 1e9 else { return "–" }
    let scaled = Int((abs(Double(value)) * Double(factor)).rounded())
    let sign = value < 0 && scaled != 0 ? "-" : ""
    guard factor > 1 else { return sign + String(scaled) }
    let rest = String(scaled % factor)
    let zeros = String(repeating: "0", count: min(max(digits, 0), 6) - rest.utf8.count)
    return "\(sign)\(scaled / factor).\(zeros)\(rest)"
  }
}
