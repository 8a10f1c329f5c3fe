extension Tensor {
  /// The cross entropy of choosing one row of each range, for each column by itself: where an answer begins and where
  /// it ends (Devlin et al. 2019, section 4.2).
  ///
  /// - Parameters:
  ///   - ranges: Ranges of rows of these scores, `[rows, columns]`, one for each text.
  ///   - labels: For each range and each column the row that is right, counted from the range's start,
  ///     `[ranges × columns]`; one below 0 does not count.
  ///   - scale: The factor of the loss: 1 / (number of labels) for the mean.
  /// - Returns: The loss and the sums behind it.
  public func rowCrossEntropy(_ ranges: [Range<Int>], labels: [Int32], scale: Float) -> LossResult {
    let (rows, columns) = (shape.rows, shape.columns)
    precondition(
      labels.count == ranges.count * columns,
      "\(labels.count) labels for \(ranges.count) ranges of \(columns) columns")
    precondition(
      ranges.allSatisfy { $0.lowerBound >= 0 && $0.upperBound <= rows }, "a range is not in \(shape)")
    // Few numbers beside what computed them: doubles, one after another.
    var gradients = [Float](repeating: 0, count: rows * columns)
    var lossSum = 0.0
    withUnsafeValues { scores in
      for (index, range) in ranges.enumerated() {
        for column in 0..<columns {
          let label = labels[index * columns + column]
          guard label >= 0 else { continue }
          precondition(
            Int(label) < range.count, "the label \(label) is not in a range of \(range.count) rows")
          func score(_ row: Int) -> Double { Double(scores[row * columns + column]) }
          let largest = range.reduce(-Double.infinity) { Swift.max($0, score($1)) }
          let total = range.reduce(0.0) { $0 + Double.exponential(score($1) - largest) }
          let right = range.lowerBound + Int(label)
          lossSum += Double.logarithm(total) + largest - score(right)
          for row in range {
            gradients[row * columns + column] +=
              scale * Float(Double.exponential(score(row) - largest) / total)
          }
          gradients[right * columns + column] -= scale
        }
      }
    }
    let shape = self.shape
    let loss = Tensor(Float(lossSum * Double(scale))).recorded(as: "rowCrossEntropy", inputs: [self]) {
      gradient in
      let upstream = gradient.scalar
      return [Tensor(upstream == 1 ? gradients : gradients.map { $0 * upstream }, shape)]
    }
    return LossResult(
      loss: loss, lossSum: lossSum, negativeLogLikelihoodSum: lossSum, labelCount: labels.count { $0 >= 0 })
  }
}
