extension SentenceSplitter {
  static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    ScalarClasses.shared[scalar.value].contains(.whitespace)
  }

  static func isLineEnd(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": true
    default: false
    }
  }

  static func isTerminator(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case ".", "!", "?", "…", "‼", "⁇", "⁈", "⁉", "؟", "।": true
    default: isWide(scalar)
    }
  }

  /// Terminators of scripts that set no space between sentences.
  static func isWide(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "。", "！", "？", "｡": true
    default: false
    }
  }

  static func isCloser(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\"", "'", "”", "’", "“", "‘", "»", "«", "›", "‹", ")", "]", "}", "」", "』", "）": true
    default: false
    }
  }

  static func isOpener(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\"", "'", "“", "‘", "„", "‚", "«", "»", "‹", "›", "(", "[", "{", "「", "『", "（", "–", "—", "-", "¿",
      "¡":
      true
    default: false
    }
  }

  static func isClauseMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case ",", ";", ":", "–", "—", "，", "；", "：", "、": true
    default: false
    }
  }

  /// Letters, digits and full stops inside a word such as "z.B".
  static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "." || ScalarClasses.shared[scalar.value].contains(.word)
  }

  func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  /// Skips white space.
  static func skipSpace(_ scalars: [Unicode.Scalar], from start: Int) -> Int {
    var index = start
    while index < scalars.count, isSpace(scalars[index]) { index += 1 }
    return index
  }
}
