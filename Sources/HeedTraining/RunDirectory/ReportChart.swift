import HeedInspection

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A line chart as SVG, drawn to fit a phone's width and to take its colours from the page.
struct ReportChart {
  /// A line of a chart.
  struct Series {
    /// Its name in the legend.
    var name: String
    /// Its style class: `a` or `b`.
    var style: String
    /// Its points, in the order of the steps.
    var points: [(x: Double, y: Double)]
    /// Whether there are few points, each worth a dot with its value.
    var hasDots: Bool
    /// Whether the values scatter, so that a smoothed line shows what they do.
    var isNoisy = true
  }

  /// What the chart shows.
  var title: String
  /// What the values are, such as "nats a token".
  var unit: String
  /// The lines.
  var series: [Series]
  /// The last step of the run, so that all charts have the same one.
  var lastStep: Double
  /// Whether the value axis starts at zero.
  var startsAtZero = false

  private static let size = (width: 420.0, height: 230.0)
  private static let frame = (left: 46.0, right: 410.0, top: 10.0, bottom: 204.0)
  /// More points than this cannot be told apart at that width.
  private static let maximumPointCount = 300

  /// The chart with its heading; nil without points.
  var html: String? {
    let series = series.map { one in
      var one = one
      one.points = one.points.filter { $0.x.isFinite && $0.y.isFinite }
      return one
    }.filter { !$0.points.isEmpty }
    guard !series.isEmpty else { return nil }
    let scale = Scale(series, lastStep: lastStep, startsAtZero: startsAtZero)
    let name = Self.clipName(title)
    var svg = """
      <svg viewBox="0 0 420 230" role="img" aria-label="\(MarkupText.escape(title))">
      <clipPath id="\(name)"><rect x="46" y="6" width="368" height="202"/></clipPath>

      """
    for tick in scale.yTicks {
      let y = Self.number(scale.y(tick))
      svg += "<path class=\"grid\" d=\"M46 \(y)H410\"/>"
      svg +=
        "<text class=\"tick\" x=\"40\" y=\"\(y)\" dy=\"4\" text-anchor=\"end\">\(HTML.figure(tick))</text>\n"
    }
    for tick in scale.xTicks {
      let x = Self.number(scale.x(tick))
      svg +=
        "<text class=\"tick\" x=\"\(x)\" y=\"222\" text-anchor=\"middle\">\(scale.stepLabel(tick))</text>\n"
    }
    svg += "<g clip-path=\"url(#\(name))\">\n"
    for one in series { svg += Self.lines(one, scale) }
    svg += "</g></svg>"
    let legend = series.map { one in
      let last = one.points.last.map { HTML.figure($0.y) } ?? ""
      return "<span class=\"key \(one.style)\">\(MarkupText.escape(one.name)) <b>\(last)</b></span>"
    }
    return """
      <figure><figcaption><h2>\(MarkupText.escape(title)) <small>\(MarkupText.escape(unit))</small></h2>
      \(legend.joined(separator: " "))</figcaption>
      \(svg)</figure>
      """
  }

  private static func lines(_ series: Series, _ scale: Scale) -> String {
    let points = thinned(series.points)
    var svg = ""
    if series.hasDots {
      svg += path(points, scale, "line \(series.style)")
      let radius = points.count > 60 ? "1.6" : "2.8"
      for point in points {
        svg +=
          "<circle class=\"dot \(series.style)\" cx=\"\(number(scale.x(point.x)))\" "
          + "cy=\"\(number(scale.y(point.y)))\" r=\"\(radius)\"><title>step \(HTML.count(point.x)): "
          + "\(HTML.figure(point.y))</title></circle>\n"
      }
    } else {
      let isSmoothed = series.isNoisy && points.count > 20
      if isSmoothed { svg += path(points, scale, "raw \(series.style)") }
      svg += path(isSmoothed ? smoothed(points) : points, scale, "line \(series.style)")
    }
    return svg
  }

  private static func path(_ points: [(x: Double, y: Double)], _ scale: Scale, _ style: String) -> String {
    let places = points.map { "\(number(scale.x($0.x))) \(number(scale.y($0.y)))" }
    // A line to itself, so that a single point shows under a round cap.
    let only = points.count == 1 ? "L\(places[0])" : ""
    return "<path class=\"\(style)\" d=\"M\(places.joined(separator: "L"))\(only)\"/>\n"
  }

  /// Means of neighbours, no more than can be told apart.
  private static func thinned(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    guard points.count > maximumPointCount else { return points }
    return (0..<maximumPointCount).map { bucket in
      let from = bucket * points.count / maximumPointCount
      let to = max(from + 1, (bucket + 1) * points.count / maximumPointCount)
      let part = points[from..<to]
      let sum = part.reduce((0.0, 0.0)) { ($0.0 + $1.x, $0.1 + $1.y) }
      return (sum.0 / Double(part.count), sum.1 / Double(part.count))
    }
  }

  /// Means over a window round each point, which shrinks at the ends so that the line does not lag.
  private static func smoothed(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    let reach = max(1, points.count / 40)
    return points.indices.map { index in
      let half = min(reach, index, points.count - 1 - index)
      let window = points[(index - half)...(index + half)]
      return (points[index].x, window.reduce(0) { $0 + $1.y } / Double(window.count))
    }
  }

  private static func number(_ value: Double) -> String {
    let tenths = (value * 10).rounded()
    return abs(tenths) < 1e9 ? (tenths / 10).recipeText : "0"
  }

  private static func clipName(_ title: String) -> String {
    "clip-" + String(title.unicodeScalars.filter { $0.isASCII && $0.properties.isAlphabetic })
  }

  /// Where steps and values lie on the paper.
  private struct Scale {
    let xRange: ClosedRange<Double>
    let yRange: ClosedRange<Double>
    let xTicks: [Double]
    let yTicks: [Double]

    init(_ series: [Series], lastStep: Double, startsAtZero: Bool) {
      let xs = series.flatMap { $0.points.map(\.x) }
      xRange = min(0, xs.min() ?? 0)...max(lastStep, xs.max() ?? 1, 1)
      var low = series.flatMap { $0.points.map(\.y) }.min() ?? 0
      // The first steps of a run and single outliers would press everything else flat.
      var high =
        series.map { one -> Double in
          let sorted = one.points.map(\.y).sorted()
          let isCalm = one.hasDots || !one.isNoisy || sorted.count < 40
          return sorted[isCalm ? sorted.count - 1 : (sorted.count - 1) * 97 / 100]
        }.max() ?? 1
      if startsAtZero { low = min(0, low) }
      if !(high - low > 1e-12 * max(abs(high), abs(low))) {
        let margin = max(abs(high) * 0.1, 1e-9)
        (low, high) = (low - margin, high + margin)
      }
      let ticks = Self.ticks(low, high, 5)
      // The axis ends on a round number below, where there is one a little way down.
      let step = ticks.count > 1 ? ticks[1] - ticks[0] : 0
      let below = (ticks.first ?? low) - step
      let isRoundBelow = step > 0 && (ticks.first ?? low) > low && (below >= 0 || low < 0)
      yTicks = isRoundBelow ? [below] + ticks : ticks
      yRange = (isRoundBelow ? below : low)...(high + (high - low) * 0.04)
      // Steps are whole numbers.
      xTicks = Self.ticks(xRange.lowerBound, xRange.upperBound, 6).filter { $0 == $0.rounded() }
    }

    /// A step on its axis; all of them in thousands where some need it.
    func stepLabel(_ step: Double) -> String {
      guard xRange.upperBound >= 10_000, xRange.upperBound < 1e6, step != 0 else {
        return HTML.compact(step)
      }
      return HTML.figure(step / 1000) + "k"
    }

    func x(_ value: Double) -> Double {
      let part = (value - xRange.lowerBound) / (xRange.upperBound - xRange.lowerBound)
      return ReportChart.frame.left + part * (ReportChart.frame.right - ReportChart.frame.left)
    }

    func y(_ value: Double) -> Double {
      let part = (value - yRange.lowerBound) / (yRange.upperBound - yRange.lowerBound)
      return ReportChart.frame.bottom - part * (ReportChart.frame.bottom - ReportChart.frame.top)
    }

    /// Round numbers between two values, about so many.
    static func ticks(_ low: Double, _ high: Double, _ count: Int) -> [Double] {
      let rough = (high - low) / Double(count)
      guard rough > 0, rough.isFinite else { return [low] }
      let power = pow(10, floor(log10(rough)))
      guard power > 0, power.isFinite else { return [low] }
      let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? 10 * power
      let first = (low / step).rounded(.up)
      return (0...20).map { (first + Double($0)) * step }.filter { $0 <= high + step * 1e-9 }
    }
  }
}
