/// The vocabulary that is learned from the training text.
public struct VocabularyRecipe: Sendable, Hashable {
  /// What tokens are made of, and how they are chosen.
  public enum Scheme: String, RecipeChoice {
    /// Byte-pair encoding of characters, with the start of a word marked by "▁", as SentencePiece does.
    case metaspace
    /// Byte-pair encoding of bytes spelled as visible characters, as GPT-2 does.
    case byteLevel = "byte_level"
    /// Pieces of words, those that continue a word marked by "##", as BERT does.
    case wordPiece = "word_piece"
    /// The most probable pieces, with the start of a word marked by "▁", as T5 does.
    case unigram
    /// Each character by itself.
    case characters
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
  /// `scheme`: what tokens are made of. Translation and summarisation learn with metaspace or byte_level, language models
  /// with byte_level or characters, masked_language_model with word_piece, span_corruption with unigram.
  /// Default: metaspace; byte_level for language models; otherwise the one that there is.
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
