import HeedLayers

/// The attentions that a model has, how many layers each of them, and how many heads a layer.
public struct AttentionSizes: Sendable, Hashable {
  /// One of the attentions.
  private struct Entry: Sendable, Hashable {
    let kind: AttentionKind
    let layerCount, headCount: Int
  }
  private let entries: [Entry]
  /// A sentence about the self-attention that a model has not, and what it has instead; nil of Transformers.
  public let note: String?

  init(
    _ sizes: [(kind: AttentionKind, layerCount: Int, headCount: Int)], note: String? = nil
  ) {
    entries = sizes.map { Entry(kind: $0.kind, layerCount: $0.layerCount, headCount: $0.headCount) }
    self.note = note
  }

  /// The attentions, in the order in which data passes through them; none in a recurrent model without attention.
  public var kinds: [AttentionKind] { entries.map(\.kind) }

  /// How many layers an attention has, and how many heads each of them; 0 where there is no such attention.
  public func size(of kind: AttentionKind) -> (layerCount: Int, headCount: Int) {
    entries.first { $0.kind == kind }.map { ($0.layerCount, $0.headCount) } ?? (0, 0)
  }
}

extension TransformerConfiguration {
  /// The attentions of a Transformer: those of its stacks, and that between them.
  public var attentions: AttentionSizes {
    let (own, other) = (
      (AttentionKind.encoder, encoderLayerCount, encoder.headCount),
      (AttentionKind.decoder, decoderLayerCount, decoder.headCount)
    )
    return switch family.shape {
    case .encoderDecoder:
      AttentionSizes([own, other, (.cross, decoderLayerCount, decoder.headCount)])
    case .encoder: AttentionSizes([own])
    case .decoder: AttentionSizes([other])
    }
  }
}

extension RecurrentConfiguration {
  /// The attention of the decoder to the source, where that was chosen: one layer with one head.
  public var attentions: AttentionSizes {
    AttentionSizes(
      attention == .none ? [] : [(.cross, 1, 1)],
      note:
        "A recurrent model has no self-attention: what a token knows of those before it comes through the states of its "
        + "layers.")
  }
}

extension ConvolutionalConfiguration {
  /// The attention of each layer of the decoder to the source, with one head.
  public var attentions: AttentionSizes {
    AttentionSizes(
      [(.cross, decoderLayerCount, 1)],
      note:
        "A convolutional model has no self-attention: a layer sees \(kernelSize) token\(kernelSize == 1 ? "" : "s") of its "
        + "own sequence at a time.")
  }
}
