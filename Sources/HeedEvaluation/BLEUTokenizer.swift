/// How BLEU cuts a line into words.
///
/// Scores under different tokenizers cannot be compared; `mteval13a` is what papers report.
public enum BLEUTokenizer: String, CaseIterable, Sendable {
  /// The tokenizer of NIST's mteval-v13a script, used by WMT.
  case mteval13a = "13a"
  /// No more than splitting at white space, for text that is tokenised already.
  case none
  /// Every character a word.
  case char
  /// The international tokenizer of mteval-v14, by Unicode categories.
  case intl
  /// Every Chinese character a word, and the rest as in `mteval13a`.
  case zh

  /// The words of `line` that BLEU counts.
  public func words(of line: String) -> [String] {
    tokens(of: line.scalarValues).map(\.text)
  }

  /// The words of `line`, which is lower-cased first where that is wanted.
  func tokens(of line: Scalars) -> [ArraySlice<UInt32>] {
    let line = line.strippedAtEnd()
    switch self {
    case .none: return line.words()
    case .char: return line.indices.lazy.filter { !isWhitespace(line[$0]) }.map { line[$0...$0] }
    case .mteval13a: return mteval13aTokens(line)
    case .intl: return internationalTokens(line)
    case .zh: return chineseTokens(line)
    }
  }
}

private func mteval13aTokens(_ line: Scalars) -> [ArraySlice<UInt32>] {
  var text = line.replacing("<skipped>".scalarValues, with: [])
  text = text.replacing([0x2D, 0x0A], with: []).replacing([0x0A], with: [PunctuationRules.space])
  text = PunctuationRules.decodingEntities(text)
  // Padding lets the rules that look at two neighbours see the first and the last character.
  return westernTokens([PunctuationRules.space] + text + [PunctuationRules.space])
}

private func westernTokens(_ line: Scalars) -> [ArraySlice<UInt32>] {
  let text = PunctuationRules.isolating(line, where: PunctuationRules.isASCIISymbol)
  return PunctuationRules.separatingStops(text).words()
}

private func internationalTokens(_ line: Scalars) -> [ArraySlice<UInt32>] {
  var text = PunctuationRules.spacing(
    line, first: { !Category.isNumber($0) }, second: Category.isPunctuation, before: false, behind: true)
  text = PunctuationRules.spacing(
    text, first: Category.isPunctuation, second: { !Category.isNumber($0) }, before: true, behind: false)
  return PunctuationRules.isolating(text, where: Category.isSymbol).words()
}

private func chineseTokens(_ line: Scalars) -> [ArraySlice<UInt32>] {
  westernTokens(PunctuationRules.isolating(line.stripped(), where: isChinese))
}

/// Whether the Chinese tokenizer sets this scalar apart.
///
/// sacreBLEU writes two ranges beyond U+FFFF with four-digit escapes, which Python reads as a character and a digit.
/// They therefore cover U+2001 to U+2A6D and U+2F81 to U+2FA1, and published scores contain that.
private func isChinese(_ value: UInt32) -> Bool {
  switch value {
  case 0x2001...0x2A6D, 0x2E80...0x2FDF, 0x2FF0...0x303F, 0x3100...0x312F, 0x31A0...0x31BF, 0x31C0...0x31EF,
    0x3200...0x33FF, 0x3400...0x4DB5, 0x4E00...0x9FBB, 0xF900...0xFA2D, 0xFA30...0xFA6A, 0xFA70...0xFAD9,
    0xFE10...0xFE1F, 0xFE30...0xFE4F, 0xFF00...0xFFEF:
    true
  default: false
  }
}

/// The general categories that the international tokenizer asks for.
private enum Category {
  static func isNumber(_ value: UInt32) -> Bool {
    switch Unicode.Scalar(value)?.properties.generalCategory {
    case .decimalNumber, .letterNumber, .otherNumber: true
    default: false
    }
  }

  static func isPunctuation(_ value: UInt32) -> Bool {
    switch Unicode.Scalar(value)?.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
      .finalPunctuation, .otherPunctuation:
      true
    default: false
    }
  }

  static func isSymbol(_ value: UInt32) -> Bool {
    switch Unicode.Scalar(value)?.properties.generalCategory {
    case .mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol: true
    default: false
    }
  }
}
