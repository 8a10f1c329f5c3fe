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

  /// Settings of the metric; the defaults are those of the `sacrebleu` command.
  public init(caseSensitive: Bool = false, normalized: Bool = false, ignoresPunctuation: Bool = false) {
    self.caseSensitive = caseSensitive
    self.normalized = normalized
    self.ignoresPunctuation = ignoresPunctuation
  }

  /// The score of a corpus; see `Metric`.
  public func score(hypotheses: [String], references: [[String]]) -> TERScore {
    checkStreams(hypotheses, references)
    var editCount = 0
    var referenceLength = 0.0
    var numbers = WordNumbers()
    for line in hypotheses.indices {
      let hypothesis = numbers(words(of: hypotheses[line]))
      var fewest = Int.max
      var lengthSum = 0
      for stream in references {
        let reference = numbers(words(of: stream[line]))
        fewest = min(fewest, ShiftSearch.editCount(from: hypothesis, to: reference))
        lengthSum += reference.count
      }
      editCount += fewest
      referenceLength += Double(lengthSum) / Double(references.count)
    }
    var rate = editCount > 0 ? 1.0 : 0.0
    if referenceLength > 0 { rate = Double(editCount) / referenceLength }
    return TERScore(
      score: 100 * rate, editCount: editCount, referenceLength: referenceLength,
      settings: "nrefs:\(references.count)|case:\(caseSensitive ? "mixed" : "lc")|tok:tercom"
        + "|norm:\(normalized ? "yes" : "no")|punct:\(ignoresPunctuation ? "no" : "yes")|asian:no")
  }

  private func words(of line: String) -> [ArraySlice<UInt32>] {
    var text = line.scalarValues.strippedAtEnd()
    if text.isEmpty { return [] }
    if !caseSensitive { text = text.lowercased() }
    if normalized { text = Self.normalize(text) }
    if ignoresPunctuation { text.removeAll(where: Self.isRemovedPunctuation) }
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
