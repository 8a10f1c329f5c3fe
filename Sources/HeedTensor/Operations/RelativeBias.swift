import CHeedKernels

/// What is added to the scores of an attention, by head and by the distance from the query to the key.
///
/// The distance is the key's place less the query's: below 0 for keys that come before. The place of a causal query i
/// among the keys is i + (keys − queries), so that the last query stands at the last key; otherwise it is i.
public struct RelativeBias: Sendable {
  /// `[headCount, distances]`.
  public let values: Tensor
  /// The distance of the first column; the others follow.
  public let firstDistance: Int

  /// Describes a bias.
  public init(values: Tensor, firstDistance: Int) {
    precondition(values.shape.rank == 2, "a relative bias has two axes, not \(values.shape)")
    self.values = values
    self.firstDistance = firstDistance
  }

  /// How far the biases of one head lie from those of the next.
  var distanceCount: Int { values.shape[1] }

  /// The address of a head's bias for distance 0, or where it would be.
  func zeroDistance(head: Int) -> UnsafePointer<Float> {
    UnsafePointer(values.pointer + (head * values.shape[1] - firstDistance))
  }

  func check(headCount: Int, distances: Range<Int>) {
    precondition(
      values.shape[0] == headCount, "a relative bias \(values.shape) for an attention of \(headCount) heads")
    precondition(
      distances.isEmpty
        || firstDistance <= distances.lowerBound && distances.upperBound <= firstDistance + values.shape[1],
      "a relative bias for distances \(firstDistance)..<\(firstDistance + values.shape[1]), where the attention "
        + "has \(distances)")
  }
}

extension Tensor {
  /// This being a table `[buckets, heads]`: the values of a bias by distance, as T5 has them (Raffel et al. 2020).
  ///
  /// - Parameter buckets: The bucket of each distance.
  /// - Returns: `[heads, distances]`, with the element [buckets[d], h] of the table at [h, d].
  public func relativeBias(buckets: [Int32]) -> Tensor {
    precondition(shape.rank == 2, "a table of relative biases has two axes, not \(shape)")
    for bucket in buckets where bucket < 0 || Int(bucket) >= shape[0] {
      preconditionFailure("bucket \(bucket) is not a row of a table \(shape)")
    }
    let (headCount, distanceCount) = (shape[1], buckets.count)
    let output = Tensor(uninitialized: [headCount, distanceCount])
    for head in 0..<headCount {
      heed_bucket_bias(
        pointer, headCount, buckets, distanceCount, head, output.pointer + head * distanceCount)
    }
    let tableShape = shape
    return output.recorded(as: "relativeBias", inputs: [self]) { gradient in
      let result = Tensor(zeros: tableShape)
      for head in 0..<headCount {
        heed_bucket_bias_gradient(
          gradient.pointer + head * distanceCount, headCount, buckets, distanceCount, head, result.pointer)
      }
      return [result]
    }
  }
}
