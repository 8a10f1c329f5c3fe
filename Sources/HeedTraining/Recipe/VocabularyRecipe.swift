/// The vocabulary that is learned from the training text.
public struct VocabularyRecipe: Sendable, Hashable {
  /// How text is cut before pairs are merged.
  public enum Scheme: String, RecipeChoice {
    /// Characters, with the start of a word marked by "▁", as SentencePiece does.
    case metaspace
    /// Bytes spelled as visible characters, as GPT-2 does.
    case byteLevel = "byte_level"
  }

  /// How Unicode text is normalised first.
  public enum Normalization: String, RecipeChoice {
    /// Not at all.
    case none
    /// Canonical composition: "e" with a combining accent becomes "é".
    case nfc
    /// Compatibility composition: full-width letters and ligatures become plain ones as well.
    case nfkc
  }

  /// `size`: how many tokens each vocabulary has, special ones included. Default: 8000.
  public var size = 8000
  /// `joint`: whether both languages share one vocabulary. Default: true.
  public var joint = true
  /// `scheme`: how text is cut before pairs are merged. Default: metaspace.
  public var scheme = Scheme.metaspace
  /// `lowercase`: whether text is lower-cased; the model then writes lower case. Default: false.
  public var lowercase = false
  /// `normalization`: how Unicode text is normalised first. Default: nfc.
  public var normalization = Normalization.nfc
  /// `split_punctuation`: whether punctuation never shares a token with letters. Default: true.
  public var splitPunctuation = true
  /// `split_digits`: whether each digit is a token. Default: false.
  public var splitDigits = false
  /// `byte_fallback`: whether a character outside the vocabulary is spelled in bytes; otherwise it is unknown.
  /// Only for the scheme metaspace: byte_level knows every byte. Default: true for metaspace.
  public var byteFallback = true
  /// `min_frequency`: how often a pair must occur to be merged. Default: 2.
  public var minimumFrequency = 2

  /// Creates a section with every default.
  public init() {}
}

extension VocabularyRecipe: RecipeSection {
  package static let name = "vocabulary"
  package static let fields: [RecipeField<VocabularyRecipe>] = [
    RecipeField("size", \.size),
    RecipeField("joint", \.joint),
    RecipeField("scheme", \.scheme),
    RecipeField("lowercase", \.lowercase),
    RecipeField("normalization", \.normalization),
    RecipeField("split_punctuation", \.splitPunctuation),
    RecipeField("split_digits", \.splitDigits),
    RecipeField("byte_fallback", \.byteFallback),
    RecipeField("min_frequency", \.minimumFrequency),
  ]
}
