/// The substitutions that the metrics' tokenizers are made of, each a pass from left to right over scalar values.
enum PunctuationRules {
  static let space: UInt32 = 0x20

  /// Puts spaces round every scalar that `isSymbol` accepts.
  static func isolating(_ text: Scalars, where isSymbol: (UInt32) -> Bool) -> Scalars {
    var result = Scalars()
    result.reserveCapacity(text.count + text.count / 2)
    for value in text {
      if isSymbol(value) {
        result.append(space)
        result.append(value)
        result.append(space)
      } else {
        result.append(value)
      }
    }
    return result
  }

  /// Where two neighbours match, puts a space before, between or behind them as asked; matches do not overlap.
  static func spacing(
    _ text: Scalars, first: (UInt32) -> Bool, second: (UInt32) -> Bool, before: Bool, behind: Bool
  ) -> Scalars {
    var result = Scalars()
    result.reserveCapacity(text.count + text.count / 4)
    var index = 0
    while index < text.count {
      guard index + 1 < text.count, first(text[index]), second(text[index + 1]) else {
        result.append(text[index])
        index += 1
        continue
      }
      if before { result.append(space) }
      result.append(text[index])
      result.append(space)
      result.append(text[index + 1])
      if behind { result.append(space) }
      index += 2
    }
    return result
  }

  /// ASCII symbols other than the apostrophe, comma, hyphen and full stop; the space is among them.
  static func isASCIISymbol(_ value: UInt32) -> Bool {
    switch value {
    case 0x7B...0x7E, 0x5B...0x60, 0x20...0x26, 0x28...0x2B, 0x3A...0x40, 0x2F: true
    default: false
    }
  }

  static func isDigit(_ value: UInt32) -> Bool { (0x30...0x39).contains(value) }

  static func isStopOrComma(_ value: UInt32) -> Bool { value == 0x2E || value == 0x2C }

  /// Full stops and commas apart unless between digits, and a dash apart behind a digit.
  static func separatingStops(_ text: Scalars) -> Scalars {
    var text = spacing(text, first: { !isDigit($0) }, second: isStopOrComma, before: false, behind: true)
    text = spacing(text, first: isStopOrComma, second: { !isDigit($0) }, before: true, behind: false)
    return spacing(text, first: isDigit, second: { $0 == 0x2D }, before: false, behind: true)
  }

  /// The four entities of XML that occur in test sets, as their characters; `&amp;quot;` stays an entity.
  static func decodingEntities(_ text: Scalars) -> Scalars {
    guard text.contains(0x26) else { return text }
    return text.replacing("&quot;".scalarValues, with: [0x22])
      .replacing("&amp;".scalarValues, with: [0x26])
      .replacing("&lt;".scalarValues, with: [0x3C])
      .replacing("&gt;".scalarValues, with: [0x3E])
  }
}
