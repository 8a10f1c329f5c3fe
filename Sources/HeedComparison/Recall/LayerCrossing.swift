import HeedTensor
import HeedTraining

/// From which length on one kind of layer takes longer than another.
package enum LayerCrossing: Hashable, Sendable {
  /// From about this length on; between measured lengths, times are taken to grow by powers.
  case at(Double)
  /// From the shortest length that was measured on, or from a shorter one.
  case always(shortest: Int)
  /// At no length up to the longest that was measured, or not in the end.
  case never(longest: Int)

  /// The crossing behind which the first time stays the longer one; nil without times.
  ///
  /// - Parameter times: A length and two times, by rising length; the first time is to become the longer one.
  package init?(_ times: [(length: Int, first: Double, second: Double)]) {
    guard let shortest = times.first, let longest = times.last else { return nil }
    guard longest.first >= longest.second else {
      self = .never(longest: longest.length)
      return
    }
    guard let before = times.lastIndex(where: { $0.first < $0.second }) else {
      self = .always(shortest: shortest.length)
      return
    }
    let (low, high) = (times[before], times[before + 1])
    // On logarithmic axes both are lines between the two lengths; they meet where their difference is zero.
    let below = Double.logarithm(low.second / low.first)
    let above = Double.logarithm(high.first / high.second)
    let part = below + above > 0 ? below / (below + above) : 1
    let (from, to) = (Double.logarithm(Double(low.length)), Double.logarithm(Double(high.length)))
    self = .at(Double.exponential(from + part * (to - from)))
  }

  /// The crossing as it stands in a table.
  package var text: String {
    switch self {
    case .at(let length): FigureText.count(length)
    case .always(let shortest): "< \(FigureText.count(Double(shortest)))"
    case .never(let longest): "> \(FigureText.count(Double(longest)))"
    }
  }
}

/// Two kinds of layers of one width.
package struct LayerPair {
  /// The one whose work grows with the square of the length.
  package let attention: LayerTimes
  /// The one whose work grows with the length.
  package let other: LayerTimes

  /// Two kinds of layers of one width.
  package init(attention: LayerTimes, other: LayerTimes) {
    self.attention = attention
    self.other = other
  }

  /// The width of both.
  package var width: Int { attention.width }

  /// Where the first becomes slower.
  package func crossing(_ time: (LayerTime) -> Double) -> LayerCrossing? {
    LayerCrossing(
      attention.times.compactMap { one in
        other.times.first { $0.length == one.length }.map { (one.length, time(one), time($0)) }
      })
  }

  /// Where the multiply-adds of the first become more; nil where they are more at all lengths.
  package var crossingOfWork: Double? {
    let (first, second) = (attention.kind.workFactors, other.kind.workFactors)
    guard first.quadratic > 0, second.linear > first.linear else { return nil }
    return Double((second.linear - first.linear) * width) / Double(first.quadratic)
  }

  /// Where the complexities of the paper's table are equal: n²·d = n·d² for a recurrent layer, n²·d = k·n·d² for a
  /// convolution.
  package var publishedCrossing: Int { other.kind == .convolution ? LayerKind.kernelSize * width : width }
}
