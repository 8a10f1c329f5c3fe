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
