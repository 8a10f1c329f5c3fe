/// What is hidden of texts, for the tasks masked_language_model and span_corruption.
public struct MaskingRecipe: Sendable, Hashable {
  /// `share`: the share of a text's tokens that are to be found. Default: 0.15, as for BERT and T5.
  public var share = 0.15
  /// `whole_words`: whether the tokens of a word are hidden together; only for masked_language_model. Default: false.
  public var wholeWords = false
  /// `next_sentence`: whether the model also learns if the second of two texts goes on from the first, as BERT's authors
  /// have it learn; documents are what stands between empty lines (`data.passages: blocks`), sentences their lines and what
  /// full stops end in them. Only for masked_language_model. Default: false.
  public var nextSentence = false
  /// `mean_span_length`: how many tokens are left out at a time, on average; only for span_corruption. Default: 3.
  public var meanSpanLength = 3.0

  /// Creates a section with every default.
  public init() {}
}

extension MaskingRecipe: RecipeSection {
  package static let name = "masking"
  package static let fields: [RecipeField<MaskingRecipe>] = [
    RecipeField("share", \.share),
    RecipeField("whole_words", \.wholeWords),
    RecipeField("next_sentence", \.nextSentence),
    RecipeField("mean_span_length", \.meanSpanLength),
  ]
}
