import HeedLayers
import HeedModels
import HeedTensor

extension EncoderDecoder {
  /// Gives queries and keys of all heads a smaller width than values have, by columns that are zero.
  ///
  /// Where a column of queries and the same column of keys are both zero, the scores are those without them, and so
  /// is every gradient: that of a query is a sum of keys, and that of a key a sum of queries. Columns that begin at
  /// zero stay there. Scores are divided by the root of the whole width (section 3.2.1 of the paper), so the first
  /// values of queries are multiplied by what makes that the root of the smaller one.
  mutating func narrowKeys(to keySize: Int) {
    for index in encoder.blocks.indices {
      encoder.blocks[index].attention.projection.narrowHeads(configuration.encoder, to: keySize)
    }
    for index in decoder.blocks.indices {
      decoder.blocks[index].attention.projection.narrowHeads(configuration.decoder, to: keySize)
      decoder.blocks[index].crossAttention?.query.narrowHeads(
        configuration.decoder, to: keySize, parts: [.queries])
      decoder.blocks[index].crossAttention?.memory.narrowHeads(
        configuration.decoder, to: keySize, parts: [.keys])
    }
  }
}

/// What the rows of a projection begin with.
private enum ProjectedPart {
  case queries
  case keys
}

extension Linear {
  /// Sets to zero what lies beyond a head's first columns, in the parts that the rows begin with.
  fileprivate mutating func narrowHeads(
    _ block: BlockConfiguration, to keySize: Int, parts: [ProjectedPart] = [.queries, .keys]
  ) {
    guard keySize < block.headSize else { return }
    let (columns, factor) = (weight.shape.columns, (Float(block.headSize) / Float(keySize)).squareRoot())
    var values = weight.scalars
    var row = 0
    for part in parts {
      let heads = part == .queries ? block.headCount : block.keyValueHeadCount
      for _ in 0..<heads {
        for place in 0..<block.headSize {
          let range = row * columns..<(row + 1) * columns
          if place >= keySize {
            for index in range { values[index] = 0 }
          } else if part == .queries {
            for index in range { values[index] *= factor }
          }
          row += 1
        }
      }
    }
    weight = Tensor(values, weight.shape)
  }
}
