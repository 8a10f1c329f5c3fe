import HeedTensor

/// One head of a model.
public struct HeadPlace: Hashable, Sendable, Codable, CustomStringConvertible {
  /// Which attention it belongs to.
  public var kind: AttentionKind
  /// Its layer, counted from 0.
  public var layer: Int
  /// Its number in the layer, counted from 0.
  public var head: Int

  /// Names a head.
  public init(_ kind: AttentionKind, layer: Int, head: Int) {
    self.kind = kind
    self.layer = layer
    self.head = head
  }

  /// As the command line writes it: `cross:3:2`.
  public var description: String { "\(kind.rawValue):\(layer):\(head)" }
}

extension TransformerStack {
  /// Makes heads count as zero in all that the stack computes from now on (Michel, Levy and Neubig, "Are Sixteen Heads
  /// Really Better than One?", 2019, section 2.3).
  ///
  /// - Parameter heads: Heads of this stack; those of other kinds of attention are passed over.
  /// - Precondition: The layers and heads exist.
  public mutating func removeHeads(_ heads: some Sequence<HeadPlace>) {
    for place in heads {
      precondition(blocks.indices.contains(place.layer), "a stack of \(blocks.count) layers has no \(place)")
      precondition(
        (0..<blocks[place.layer].configuration.headCount).contains(place.head),
        "a layer of \(blocks[place.layer].configuration.headCount) heads has no \(place)")
      if place.kind == blocks[place.layer].attention.kind {
        blocks[place.layer].attention.removedHeads.insert(place.head)
      } else if place.kind == .cross {
        blocks[place.layer].crossAttention?.removedHeads.insert(place.head)
      }
    }
  }
}

extension BlockConfiguration {
  /// What heads attended to, `[rows, queryWidth]`, with zeros in the columns of those that are removed.
  func without(_ removed: Set<Int>, _ attended: Tensor) -> Tensor {
    guard !removed.isEmpty else { return attended }
    let row = (0..<queryWidth).map { Float(removed.contains($0 / headSize) ? 0 : 1) }
    let rows = attended.shape.rows
    return attended * Tensor((0..<rows).flatMap { _ in row }, attended.shape)
  }
}
