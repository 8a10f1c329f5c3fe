import HeedLayers

extension TransformerConfiguration {
  /// The attentions that the model has, in the order in which data passes through them.
  public var attentionKinds: [AttentionKind] {
    switch family.shape {
    case .encoderDecoder: [.encoder, .decoder, .cross]
    case .encoder: [.encoder]
    case .decoder: [.decoder]
    }
  }

  /// How many layers an attention has, and how many heads each of them.
  public func size(of kind: AttentionKind) -> (layerCount: Int, headCount: Int) {
    guard attentionKinds.contains(kind) else { return (0, 0) }
    return kind == .encoder
      ? (encoderLayerCount, encoder.headCount) : (decoderLayerCount, decoder.headCount)
  }
}

extension EncoderDecoder {
  /// The same model in which these heads count as zero.
  ///
  /// - Precondition: The heads exist; see ``TransformerConfiguration/size(of:)``.
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
  /// - Precondition: The heads exist; see ``TransformerConfiguration/size(of:)``.
  public func removingHeads(_ heads: some Sequence<HeadPlace>) -> TextEncoder {
    var copy = self
    copy.encoder.removeHeads(heads)
    return copy
  }
}

extension LanguageModel {
  /// The same model in which these heads count as zero.
  ///
  /// - Precondition: The heads exist; see ``TransformerConfiguration/size(of:)``.
  public func removingHeads(_ heads: some Sequence<HeadPlace>) -> LanguageModel {
    var copy = self
    copy.decoder.removeHeads(heads)
    return copy
  }
}

extension AnyModel {
  /// The same model in which these heads count as zero.
  ///
  /// - Precondition: The heads exist; see ``TransformerConfiguration/size(of:)``.
  public func removingHeads(_ heads: some Sequence<HeadPlace>) -> AnyModel {
    switch self {
    case .encoderDecoder(let model): .encoderDecoder(model.removingHeads(heads))
    case .encoder(let model): .encoder(model.removingHeads(heads))
    case .decoder(let model): .decoder(model.removingHeads(heads))
    }
  }
}
