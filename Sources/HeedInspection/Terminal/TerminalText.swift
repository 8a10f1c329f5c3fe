/// Text as a terminal shows it: in cells of a fixed width, of which some characters take two and some none.
enum TerminalText {
  /// Characters that a label is made of, each with its width; control characters become visible and harmless.
  static func cells(of label: String) -> [(text: String, width: Int)] {
    label.isEmpty ? [("∅", 1)] : label.map(cell)
  }

  static func width(of cells: [(text: String, width: Int)]) -> Int { cells.reduce(0) { $0 + $1.width } }

  /// The cells, or as many as fit into `limit` with an ellipsis behind them.
  static func fitted(_ cells: [(text: String, width: Int)], to limit: Int) -> [(text: String, width: Int)] {
    guard width(of: cells) > limit else { return cells }
    var kept: [(text: String, width: Int)] = []
    var used = 0
    for cell in cells {
      guard used + cell.width + 1 <= limit else { break }
      kept.append(cell)
      used += cell.width
    }
    return kept + (limit > 0 ? [("…", 1)] : [])
  }

  private static func cell(_ character: Character) -> (text: String, width: Int) {
    var scalars = String.UnicodeScalarView()
    var width = 0
    for scalar in character.unicodeScalars {
      if let visible = visible(scalar) {
        scalars.append(visible)
        width = max(width, 1)
      } else if !scalars.isEmpty || !isZeroWidth(scalar) {
        scalars.append(scalar)
        width = max(width, isZeroWidth(scalar) ? 0 : isWide(scalar) ? 2 : 1)
      } else {
        // A mark without a letter before it would sit on the neighbouring cell.
        scalars.append("\u{25CC}")
        scalars.append(scalar)
        width = 1
      }
    }
    // An emoji is wide although its first scalar may be an ordinary symbol.
    if character.unicodeScalars.contains("\u{FE0F}") { width = 2 }
    return (String(scalars), width)
  }

  /// A picture for a scalar that would move the cursor or be invisible.
  private static func visible(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    switch scalar.value {
    case 0x20, 0xA0: "␣"
    case ..<0x20: Unicode.Scalar(0x2400 + scalar.value)
    case 0x7F: "␡"
    default:
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator, .spaceSeparator, .privateUse, .unassigned:
        "\u{FFFD}"
      // Directions would reorder the rest of the line.
      case .format where scalar.value != 0x200D: "\u{FFFD}"
      default: nil
      }
    }
  }

  private static func isZeroWidth(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: true
    default: false
    }
  }

  /// The blocks of East Asian wide characters and emoji, after Unicode's EastAsianWidth, coarsely.
  private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x4DBF, 0x4E00...0xA4CF, 0xA960...0xA97F, 0xAC00...0xD7A3,
      0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F,
      0x1F680...0x1F6FF,
      0x1F900...0x1FAFF, 0x20000...0x3FFFD:
      true
    default: scalar.properties.isEmojiPresentation
    }
  }
}
