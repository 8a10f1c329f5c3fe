#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension LineChart {
  /// Where values lie on the paper.
  struct Scale {
    let xTicks: [Double]
    let yTicks: [Double]
    private let xRange: ClosedRange<Double>
    private let yRange: ClosedRange<Double>
    private let isLogarithmic: (x: Bool, y: Bool)

    private static let frame = (left: 46.0, right: 410.0, top: 10.0, bottom: 204.0)

    init(_ series: [Series], _ xAxis: HorizontalAxis, _ yAxis: VerticalAxis) {
      isLogarithmic = (xAxis.isLogarithmic, yAxis.isLogarithmic)
      let xs = series.flatMap { $0.points.map(\.x) }
      switch xAxis {
      case .steps(let last):
        xRange = min(0, xs.min() ?? 0)...max(last, xs.max() ?? 1, 1)
        // Steps are whole numbers.
        xTicks = Self.ticks(xRange.lowerBound, xRange.upperBound, 6).filter { $0 == $0.rounded() }
      case .linear:
        xRange = Self.widened(xs.min() ?? 0, xs.max() ?? 1)
        xTicks = Self.ticks(xRange.lowerBound, xRange.upperBound, 6)
      case .logarithmic:
        xRange = Self.widenedByRatio(xs.min() ?? 1, xs.max() ?? 10)
        // A few places where all lines were measured are better marks than round numbers.
        let places = Set(xs).sorted()
        xTicks = places.count <= 8 ? places : Self.ratioTicks(xRange)
      }
      switch yAxis {
      case .linear(let startsAtZero):
        (yRange, yTicks) = Self.linear(series, startsAtZero)
      case .logarithmic:
        let ys = series.flatMap { $0.points.flatMap { Self.ends($0) } }.filter { $0 > 0 }
        yRange = Self.widenedByRatio(ys.min() ?? 1, ys.max() ?? 10)
        yTicks = Self.ratioTicks(yRange)
      }
    }

    /// The point and the ends of its spread.
    private static func ends(_ point: Point) -> [Double] {
      guard let spread = point.spread, spread.isFinite else { return [point.y] }
      return [point.y - spread, point.y, point.y + spread].filter(\.isFinite)
    }

    private static func linear(
      _ series: [Series], _ startsAtZero: Bool
    ) -> (range: ClosedRange<Double>, ticks: [Double]) {
      var low = series.flatMap { $0.points.flatMap { ends($0) } }.min() ?? 0
      // The first steps of a run and single outliers would press everything else flat.
      var high =
        series.map { one -> Double in
          let sorted = one.points.flatMap { ends($0) }.sorted()
          let isCalm = one.hasDots || !one.isNoisy || sorted.count < 40
          return sorted[isCalm ? sorted.count - 1 : (sorted.count - 1) * 97 / 100]
        }.max() ?? 1
      if startsAtZero { low = min(0, low) }
      let range = widened(low, high)
      (low, high) = (range.lowerBound, range.upperBound)
      let ticks = ticks(low, high, 5)
      // The axis ends on a round number below, where there is one a little way down.
      let step = ticks.count > 1 ? ticks[1] - ticks[0] : 0
      let below = (ticks.first ?? low) - step
      let isRoundBelow = step > 0 && (ticks.first ?? low) > low && (below >= 0 || low < 0)
      let margin = max(0, (high - low) * 0.04)
      return ((isRoundBelow ? below : low)...(high + margin), isRoundBelow ? [below] + ticks : ticks)
    }

    private static func widened(_ low: Double, _ high: Double) -> ClosedRange<Double> {
      if high - low > 1e-12 * max(abs(high), abs(low)) { return low...high }
      let margin = max(abs(high) * 0.1, 1e-9)
      return (low - margin)...(high + margin)
    }

    /// A range of positive numbers that is a little wider, and never empty.
    private static func widenedByRatio(_ low: Double, _ high: Double) -> ClosedRange<Double> {
      let low = max(low, .leastNormalMagnitude)
      let high = max(high, low)
      let margin = high / low > 1.001 ? 1.0 : 2.0
      return max(low / margin, .leastNormalMagnitude)...min(high * margin, .greatestFiniteMagnitude)
    }

    /// A place on the horizontal axis; all of them in thousands where some steps need it.
    func xTickLabel(_ value: Double) -> String {
      guard !isLogarithmic.x, xRange.upperBound >= 10_000, xRange.upperBound < 1e6, value != 0 else {
        return abs(value) < 1000 && value != value.rounded()
          ? FigureText.figure(value) : FigureText.compact(value)
      }
      return FigureText.figure(value / 1000) + "k"
    }

    func x(_ value: Double) -> Double {
      let part = Self.part(value, xRange, isLogarithmic.x)
      return Self.frame.left + part * (Self.frame.right - Self.frame.left)
    }

    func y(_ value: Double) -> Double {
      let part = Self.part(value, yRange, isLogarithmic.y)
      return Self.frame.bottom - part * (Self.frame.bottom - Self.frame.top)
    }

    private static func part(_ value: Double, _ range: ClosedRange<Double>, _ isLogarithmic: Bool) -> Double {
      guard isLogarithmic else {
        return (value - range.lowerBound) / (range.upperBound - range.lowerBound)
      }
      // The lower end of a spread may reach zero: far below the frame, which cuts it off.
      guard value > 0 else { return -1 }
      return (log(value) - log(range.lowerBound)) / (log(range.upperBound) - log(range.lowerBound))
    }

    /// Round numbers between two values, about so many.
    private static func ticks(_ low: Double, _ high: Double, _ count: Int) -> [Double] {
      let rough = (high - low) / Double(count)
      guard rough > 0, rough.isFinite else { return [low] }
      let power = pow(10, floor(log10(rough)))
      guard power > 0, power.isFinite else { return [low] }
      let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? 10 * power
      let first = (low / step).rounded(.up)
      return (0...20).map { (first + Double($0)) * step }.filter { $0 <= high + step * 1e-9 }
    }

    /// Powers of ten in a range, with their doubles and fivefolds where there are few, or some where there are
    /// many; round numbers where the range is narrow.
    private static func ratioTicks(_ range: ClosedRange<Double>) -> [Double] {
      let (low, high) = (floor(log10(range.lowerBound)), ceil(log10(range.upperBound)))
      let decades = high - low
      guard decades.isFinite, log10(range.upperBound / range.lowerBound) > 0.8 else {
        return ticks(range.lowerBound, range.upperBound, 5)
      }
      let step = max(1, (decades / 7).rounded(.up))
      let factors: [Double] = decades <= 3 ? [1, 2, 5] : [1]
      return stride(from: low, through: high, by: step).flatMap { power in factors.map { $0 * pow(10, power) }
      }
      .filter { $0 >= range.lowerBound * 0.999 && $0 <= range.upperBound * 1.001 }
    }
  }
}

extension LineChart.HorizontalAxis {
  fileprivate var isLogarithmic: Bool { if case .logarithmic = self { true } else { false } }
}

extension LineChart.VerticalAxis {
  fileprivate var isLogarithmic: Bool { if case .logarithmic = self { true } else { false } }
}
