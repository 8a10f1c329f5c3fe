import HeedLayers

extension EncoderDecoder {
  /// The same model in which these heads count as zero.
  ///
  /// - Precondition: The heads exist; see ``TransformerConfiguration/attentions``.
  public func removingHeads(_ heads: some Sequence<HeadPlace>) -> EncoderDecoder {
    var copy = self
    copy.encoder.removeHeads(heads.filter { $0.kind == .encoder })
    copy.decoder.removeHeads(heads.filter { $0.kind != .encoder })
    return copy
  }
}

extension TextEncoder {
  /// The same model in which these heads count as zero.
  ///
  /// - Precondition: The heads exist; see ``TransformerConfiguration/attentions``.
  public func removingHeads(_ heads: some Sequence<HeadPlace>) -> TextEncoder {
    var copy = self
    copy.encoder.removeHeads(heads)
    return copy
  }
}

extension LanguageModel {
  /// The same model in which these heads count as zero.
  ///
  /// - Precondition: The heads exist; see ``TransformerConfiguration/attentions``.
  public func removingHeads(_ heads: some Sequence<HeadPlace>) -> LanguageModel {
    var copy = self
    copy.decoder.removeHeads(heads)
    return copy
  }
}

extension RecurrentEncoderDecoder {
  /// The same model in which its attention counts as zero, if that is among these heads.
  ///
  /// - Precondition: The heads exist; see ``RecurrentConfiguration/attentions``.
  public func removingHeads(_ heads: some Sequence<HeadPlace>) -> RecurrentEncoderDecoder {
    var copy = self
    for _ in heads {
      copy.additive?.isRemoved = true
      copy.multiplicative?.isRemoved = true
    }
    return copy
  }
}

extension ConvolutionalEncoderDecoder {
  /// The same model in which the attention of these layers counts as zero.
  ///
  /// - Precondition: The heads exist; see ``ConvolutionalConfiguration/attentions``.
  public func removingHeads(_ heads: some Sequence<HeadPlace>) -> ConvolutionalEncoderDecoder {
    var copy = self
    for place in heads { copy.attention[place.layer].isRemoved = true }
    return copy
  }
}

extension AnyModel {
  /// The same model in which these heads count as zero.
  ///
  /// - Precondition: The heads exist; see ``TransformerConfiguration/attentions``.
  public func removingHeads(_ heads: some Sequence<HeadPlace>) -> AnyModel {
    switch self {
    case .encoderDecoder(let model): .encoderDecoder(model.removingHeads(heads))
    case .encoder(let model): .encoder(model.removingHeads(heads))
    case .decoder(let model): .decoder(model.removingHeads(heads))
    }
  }
}
