/// The sets of scalars that regular expressions name.
enum ScalarProperties {
  static let space = ScalarSet(table: UnicodeTables.patternSpace)
  static let word = ScalarSet(table: UnicodeTables.patternWord)
  /// `\w` in a class, where Oniguruma leaves out six signs of Latin-1 that it has outside: ² ³ ¹ ¼ ½ ¾.
  static let wordInClass = word.intersection(
    ScalarSet(unordered: [0xB2...0xB3, 0xB9...0xB9, 0xBC...0xBE]).inverted)
  static let digit = ScalarSet(table: UnicodeTables.categoryNd)
  static let hexadecimalDigit = ScalarSet(unordered: [0x30...0x39, 0x41...0x46, 0x61...0x66])
  private static let unassigned = union(categories.values.map { ScalarSet(table: $0) }).inverted

  private static let categories: [String: StaticString] = [
    "lu": UnicodeTables.categoryLu, "ll": UnicodeTables.categoryLl, "lt": UnicodeTables.categoryLt,
    "lm": UnicodeTables.categoryLm, "lo": UnicodeTables.categoryLo, "mn": UnicodeTables.categoryMn,
    "mc": UnicodeTables.categoryMc, "me": UnicodeTables.categoryMe, "nd": UnicodeTables.categoryNd,
    "nl": UnicodeTables.categoryNl, "no": UnicodeTables.categoryNo, "pc": UnicodeTables.categoryPc,
    "pd": UnicodeTables.categoryPd, "ps": UnicodeTables.categoryPs, "pe": UnicodeTables.categoryPe,
    "pi": UnicodeTables.categoryPi, "pf": UnicodeTables.categoryPf, "po": UnicodeTables.categoryPo,
    "sm": UnicodeTables.categorySm, "sc": UnicodeTables.categorySc, "sk": UnicodeTables.categorySk,
    "so": UnicodeTables.categorySo, "zs": UnicodeTables.categoryZs, "zl": UnicodeTables.categoryZl,
    "zp": UnicodeTables.categoryZp, "cc": UnicodeTables.categoryCc, "cf": UnicodeTables.categoryCf,
    "co": UnicodeTables.categoryCo,
  ]

  private static let scripts: [String: StaticString] = [
    "arabic": UnicodeTables.scriptArabic, "armenian": UnicodeTables.scriptArmenian,
    "bengali": UnicodeTables.scriptBengali, "bopomofo": UnicodeTables.scriptBopomofo,
    "common": UnicodeTables.scriptCommon, "cyrillic": UnicodeTables.scriptCyrillic,
    "devanagari": UnicodeTables.scriptDevanagari, "ethiopic": UnicodeTables.scriptEthiopic,
    "georgian": UnicodeTables.scriptGeorgian, "greek": UnicodeTables.scriptGreek,
    "gujarati": UnicodeTables.scriptGujarati, "gurmukhi": UnicodeTables.scriptGurmukhi,
    "han": UnicodeTables.scriptHan, "hangul": UnicodeTables.scriptHangul,
    "hebrew": UnicodeTables.scriptHebrew,
    "hiragana": UnicodeTables.scriptHiragana, "inherited": UnicodeTables.scriptInherited,
    "kannada": UnicodeTables.scriptKannada, "katakana": UnicodeTables.scriptKatakana,
    "khmer": UnicodeTables.scriptKhmer, "lao": UnicodeTables.scriptLao, "latin": UnicodeTables.scriptLatin,
    "malayalam": UnicodeTables.scriptMalayalam, "mongolian": UnicodeTables.scriptMongolian,
    "myanmar": UnicodeTables.scriptMyanmar, "oriya": UnicodeTables.scriptOriya,
    "sinhala": UnicodeTables.scriptSinhala, "tamil": UnicodeTables.scriptTamil,
    "telugu": UnicodeTables.scriptTelugu,
    "thai": UnicodeTables.scriptThai, "tibetan": UnicodeTables.scriptTibetan,
  ]

  private static let longNames: [String: String] = [
    "letter": "l", "uppercaseletter": "lu", "lowercaseletter": "ll", "titlecaseletter": "lt",
    "modifierletter": "lm",
    "otherletter": "lo", "mark": "m", "combiningmark": "m", "nonspacingmark": "mn", "spacingmark": "mc",
    "enclosingmark": "me", "number": "n", "decimalnumber": "nd", "letternumber": "nl", "othernumber": "no",
    "punctuation": "p", "connectorpunctuation": "pc", "dashpunctuation": "pd", "openpunctuation": "ps",
    "closepunctuation": "pe", "initialpunctuation": "pi", "finalpunctuation": "pf", "otherpunctuation": "po",
    "symbol": "s", "mathsymbol": "sm", "currencysymbol": "sc", "modifiersymbol": "sk", "othersymbol": "so",
    "separator": "z", "spaceseparator": "zs", "lineseparator": "zl", "paragraphseparator": "zp", "other": "c",
    "control": "cc", "format": "cf", "privateuse": "co", "unassigned": "cn",
  ]

  /// Returns the set that a name stands for, whatever its case, spaces, hyphens and underscores.
  ///
  /// - Parameters:
  ///   - name: The name in `\p{…}` or `[:…:]`.
  ///   - isInClass: Whether it stands as `[:…:]`, which takes signs for punctuation and fewer for letters.
  /// - Returns: The set, or nil if there is none.
  static func named(_ name: String, isInClass: Bool = false) -> ScalarSet? {
    let plain = name.lowercased().filter { $0 != " " && $0 != "_" && $0 != "-" }
    let key = longNames[plain] ?? plain
    if let table = categories[key] ?? scripts[key] { return ScalarSet(table: table) }
    if key.count == 1 {
      var members = categories.filter { $0.key.hasPrefix(key) }.map { ScalarSet(table: $0.value) }
      if key == "c" { members.append(unassigned) }
      return members.isEmpty ? nil : union(members)
    }
    switch key {
    case "any": return .all
    case "ascii": return ScalarSet(0...0x7F)
    case "assigned": return unassigned.inverted
    case "cn": return unassigned
    case "alpha", "alphabetic": return ScalarSet(table: UnicodeTables.patternAlphabetic)
    case "upper", "uppercase": return ScalarSet(table: UnicodeTables.patternUpper)
    case "lower", "lowercase": return ScalarSet(table: UnicodeTables.patternLower)
    case "alnum": return ScalarSet(table: UnicodeTables.patternAlphabetic).union(digit)
    case "digit": return digit
    case "space", "whitespace": return space
    case "word": return isInClass ? wordInClass : word
    case "xdigit": return hexadecimalDigit
    case "cntrl": return ScalarSet(table: UnicodeTables.categoryCc)
    case "blank": return ScalarSet(table: UnicodeTables.categoryZs).union(ScalarSet(0x09))
    case "punct": return isInClass ? union([named("p"), named("s")].compactMap { $0 }) : named("p")
    default: return nil
    }
  }

  private static func union(_ sets: [ScalarSet]) -> ScalarSet {
    ScalarSet(unordered: sets.flatMap { $0.ranges })
  }
}
