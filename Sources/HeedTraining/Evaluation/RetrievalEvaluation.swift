import HeedTensor

/// How often the text that is nearest to another is its partner.
public enum RetrievalEvaluation {
  /// Shares of texts whose partner is the nearest of all, by the cosine of the angle between embeddings.
  ///
  /// - Parameters:
  ///   - first: The embedding of a text of each pair.
  ///   - second: That of its partner, in the same order.
  ///   - isSame: Whether the texts of two numbers on the second side, or on the first, are the same; each of them is right then.
  /// - Returns: From the first side to the second, and back; from 0 to 1.
  /// - Precondition: There is a pair, and each embedding has as many numbers as the others.
  public static func accuracy(
    of first: [[Float]], _ second: [[Float]], isSame: (_ isSecond: Bool, Int, Int) -> Bool
  ) -> (forth: Double, back: Double) {
    precondition(
      !first.isEmpty && first.count == second.count, "RetrievalEvaluation: embeddings without partners")
    func matrix(_ rows: [[Float]]) -> Tensor {
      Tensor(rows.flatMap { $0 }, [rows.count, rows[0].count]).normalizedToUnitLength()
    }
    let (one, other) = (matrix(first), matrix(second))
    func share(_ queries: Tensor, _ keys: Tensor, _ isSecond: Bool) -> Double {
      let right = SentenceEmbeddingTask.nearest(queries, keys).enumerated().count {
        $0.offset == $0.element || isSame(isSecond, $0.offset, $0.element)
      }
      return Double(right) / Double(first.count)
    }
    return (share(one, other, true), share(other, one, false))
  }
}
