import HeedLayers

extension TransformerConfiguration {
  /// The ids of the tokens that mean something to an encoder-decoder.
  public struct SpecialTokens: Sendable, Hashable {
    /// Put first by some tokenizers.
    public var begin: Int32
    /// Fills up batches elsewhere.
    public var pad: Int32
    /// Ends a sequence.
    public var end: Int32

    /// The order that Heed's vocabularies start with: `<s>`, `<pad>`, `</s>`, `<unk>`.
    public init(begin: Int32 = 0, pad: Int32 = 1, end: Int32 = 2) {
      self.begin = begin
      self.pad = pad
      self.end = end
    }
  }

  /// The paper's Transformer, in the form of the family that it will be saved as: post-norm as `marian`, pre-norm as
  /// `m2m_100`. It is trained with the positions of that family, so that others compute the same from the
  /// checkpoint. With learned positions, which neither has, the form is Heed's own.
  ///
  /// - Parameters:
  ///   - block: Width, heads and dropout of all layers, and where their norms stand.
  ///   - encoderLayerCount: Layers of the encoder.
  ///   - decoderLayerCount: Layers of the decoder.
  ///   - vocabularySize: Tokens of the source, and of the target where they share a vocabulary.
  ///   - targetVocabularySize: Tokens of the target, if it has a vocabulary of its own.
  ///   - tokens: The special tokens, of both sides.
  ///   - maximumPositions: The longest sequence that the checkpoint declares; with learned positions the longest
  ///     there is.
  ///   - learnsPositions: Whether positions are learned (row E of table 3 of the paper) instead of sinusoids.
  /// - Throws: `ConfigurationError` for a pre-norm model with two vocabularies, which `m2m_100` cannot hold.
  public init(
    _ block: BlockConfiguration, encoderLayerCount: Int, decoderLayerCount: Int, vocabularySize: Int,
    targetVocabularySize: Int? = nil, tokens: SpecialTokens = SpecialTokens(), maximumPositions: Int = 512,
    learnsPositions: Bool = false
  ) throws(ConfigurationError) {
    let isPostNorm = block.normPlacement == .after
    guard isPostNorm || targetVocabularySize == nil || learnsPositions else {
      throw ConfigurationError(
        nil,
        "a pre-norm model cannot have separate vocabularies: its checkpoint form, m2m_100, has one table for both; "
          + "use a joint vocabulary, or norms after the sublayers")
    }
    self.init(
      family: learnsPositions ? .paper : isPostNorm ? .marian : .m2m100, sourceVocabularySize: vocabularySize,
      targetVocabularySize: targetVocabularySize ?? vocabularySize,
      sharesEmbeddings: targetVocabularySize == nil, encoder: block, encoderLayerCount: encoderLayerCount,
      decoder: block, decoderLayerCount: decoderLayerCount, scalesEmbeddings: true,
      positions: learnsPositions ? .learned : .sinusoidal(isPostNorm ? .paper : .inclusive),
      firstPosition: isPostNorm || learnsPositions ? 0 : Int(tokens.pad) + 1,
      maximumPositions: maximumPositions,
      positionsGrow: !isPostNorm && !learnsPositions, hasOutputBias: isPostNorm, padToken: tokens.pad,
      endTokens: [tokens.end],
      startToken: isPostNorm ? tokens.pad : tokens.end, beginToken: tokens.begin)
  }
}
