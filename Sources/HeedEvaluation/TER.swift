/// Translation edit rate as sacreBLEU 2.6 counts it: edits and shifts of word blocks for each word of the reference.
///
/// Source: Snover, Dorr, Schwartz, Micciulla and Makhoul, "A Study of Translation Edit Rate with Targeted Human
/// Annotation" (2006), with the limits of the program Tercom.
public struct TER: Metric {
  /// Whether upper and lower case differ.
  public var caseSensitive: Bool
  /// Whether entities are decoded and punctuation is set apart from words.
  public var normalized: Bool
  /// Whether punctuation is removed.
  public var ignoresPunctuation: Bool
  /// Whether Chinese characters are words of their own where text is normalised, and whether Chinese and Japanese
  /// punctuation goes where punctuation is removed; without either of the two it changes nothing, as in Tercom.
  public var asianSupport: Bool

  /// Settings of the metric; the defaults are those of the `sacrebleu` command.
  public init(
    caseSensitive: Bool = false, normalized: Bool = false, ignoresPunctuation: Bool = false,
    asianSupport: Bool = false
  ) {
    self.caseSensitive = caseSensitive
    self.normalized = normalized
    self.ignoresPunctuation = ignoresPunctuation
    self.asianSupport = asianSupport
  }

  /// Edits and the mean length of the references, for each segment; see `Metric`.
  public func statistics(hypotheses: [String], references: [[String]]) -> SegmentStatistics {
    checkStreams(hypotheses, references)
    var statistics = SegmentStatistics(width: 2)
    var numbers = WordNumbers()
    for line in hypotheses.indices {
      let hypothesis = numbers(words(of: hypotheses[line]))
      var fewest = Int.max
      var lengthSum = 0
      for stream in references {
        let reference = numbers(words(of: stream[line], passes: 2))
        fewest = min(fewest, ShiftSearch.editCount(from: hypothesis, to: reference))
        lengthSum += reference.count
      }
      statistics.append([Double(fewest), Double(lengthSum) / Double(references.count)])
    }
    return statistics
  }

  /// The score from sums over segments; see `Metric`.
  public func score(sums: [Double], referenceCount: Int) -> TERScore {
    let (editCount, referenceLength) = (Int(sums[0]), sums[1])
    var rate = editCount > 0 ? 1.0 : 0.0
    if referenceLength > 0 { rate = Double(editCount) / referenceLength }
    return TERScore(
      score: 100 * rate, editCount: editCount, referenceLength: referenceLength,
      settings: "nrefs:\(referenceCount)|case:\(caseSensitive ? "mixed" : "lc")|tok:tercom"
        + "|norm:\(normalized ? "yes" : "no")|punct:\(ignoresPunctuation ? "no" : "yes")|asian:\(asianSupport ? "yes" : "no")"
    )
  }

  /// The words of a line. sacreBLEU prepares references twice, which changes what normalising leaves to be normalised.
  private func words(of line: String, passes: Int = 1) -> [ArraySlice<UInt32>] {
    var text = line.scalarValues
    for pass in 0..<(normalized ? passes : 1) {
      if pass > 0 { text = Scalars(text.words().joined(separator: [PunctuationRules.space])) }
      text = text.strippedAtEnd()
      if text.isEmpty { return [] }
      if !caseSensitive { text = text.lowercased() }
      if normalized { text = Self.normalize(text) }
      if normalized, asianSupport { text = PunctuationRules.isolating(text, where: Self.isAsianWord) }
      if ignoresPunctuation { text.removeAll(where: Self.isRemovedPunctuation) }
      if ignoresPunctuation, asianSupport { text.removeAll(where: Self.isAsianPunctuation) }
    }
    return text.words()
  }

  private static func normalize(_ text: Scalars) -> Scalars {
    var text = text.replacing([0x0A, 0x2D], with: []).replacing([0x0A], with: [PunctuationRules.space])
    text = PunctuationRules.decodingEntities(text)
    text = [PunctuationRules.space] + text + [PunctuationRules.space]
    text = PunctuationRules.isolating(text, where: PunctuationRules.isASCIISymbol)
    text = text.replacing("'s ".scalarValues, with: " 's ".scalarValues)
    return PunctuationRules.separatingStops(text)
  }

  /// Whether this scalar is a word of its own: Chinese characters and the punctuation that goes with them.
  ///
  /// sacreBLEU writes U+3F22 where the block of enclosed characters ends at U+32FF, and its rules for kana match nothing,
  /// as they ask for the beginning of the text, where normalisation has put a space.
  private static func isAsianWord(_ value: UInt32) -> Bool {
    switch value {
    case 0x2E80...0x2EFF, 0x31C0...0x31EF, 0x3200...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0xFE30...0xFE4F:
      true
    default: isAsianPunctuation(value)
    }
  }

  private static func isAsianPunctuation(_ value: UInt32) -> Bool {
    switch value {
    case 0x3001, 0x3002, 0x3008...0x3011, 0x3014...0x301F, 0x30FB, 0xFF61...0xFF65: true
    case 0xFF01, 0xFF02, 0xFF08, 0xFF09, 0xFF0C, 0xFF0E, 0xFF1A, 0xFF1B, 0xFF1F: true
    default: false
    }
  }

  private static func isRemovedPunctuation(_ value: UInt32) -> Bool {
    switch value {
    case 0x21, 0x22, 0x28, 0x29, 0x2C, 0x2E, 0x3A, 0x3B, 0x3F: true
    default: false
    }
  }
}

/// A translation edit rate and what it was computed from.
public struct TERScore: MetricScore {
  /// Edits for each hundred words of the reference; lower is better, and more than 100 is possible.
  public let score: Double
  /// Insertions, deletions, substitutions and shifts.
  public let editCount: Int
  /// Words in the references; of several, their mean.
  public let referenceLength: Double
  /// The settings behind the score, without the version.
  public let settings: String

  /// Always `TER`.
  public var name: String { "TER" }
  /// Always empty: sacreBLEU prints nothing after the rate.
  public var details: String { "" }
}
