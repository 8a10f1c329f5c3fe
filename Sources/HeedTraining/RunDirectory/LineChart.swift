import HeedInspection

/// A line chart as SVG, drawn to fit a phone's width and to take its colours from the page.
package struct LineChart: Sendable {
  /// A measured value.
  package struct Point: Sendable, Hashable {
    /// Where it was measured.
    package var x: Double
    /// What was measured.
    package var y: Double
    /// How far measurements lie from `y` on both sides; nil where there is one.
    package var spread: Double?

    /// A value, and how far measurements of it lie apart.
    package init(x: Double, y: Double, spread: Double? = nil) {
      self.x = x
      self.y = y
      self.spread = spread
    }
  }

  /// A line of a chart.
  package struct Series: Sendable {
    /// Its name in the legend.
    package var name: String
    /// Its style class: one of `LineChart.styles`, with ` dash` behind it for a broken line.
    package var style: String
    /// Its points, in the order of their x.
    package var points: [Point]
    /// Whether there are few points, each worth a dot with its value.
    package var hasDots: Bool
    /// Whether the values scatter, so that a smoothed line shows what they do.
    package var isNoisy: Bool

    /// A line.
    package init(name: String, style: String, points: [Point], hasDots: Bool, isNoisy: Bool = true) {
      self.name = name
      self.style = style
      self.points = points
      self.hasDots = hasDots
      self.isNoisy = isNoisy
    }
  }

  /// What the horizontal axis is.
  package enum HorizontalAxis: Sendable {
    /// Steps of a run, whole numbers from zero to the last one, so that all charts of the run have the same.
    case steps(last: Double)
    /// Equal distances are equal differences.
    case linear
    /// Equal distances are equal ratios.
    case logarithmic
  }

  /// What the vertical axis is.
  package enum VerticalAxis: Sendable {
    /// Equal distances are equal differences; zero is on the axis where it is asked for.
    case linear(startsAtZero: Bool)
    /// Equal distances are equal ratios.
    case logarithmic
  }

  /// What the chart shows.
  package var title: String
  /// What the values are, such as "nats a token".
  package var unit: String
  /// What the horizontal axis counts; empty where the page says it.
  package var xLabel: String
  /// The lines.
  package var series: [Series]
  /// The horizontal axis.
  package var xAxis: HorizontalAxis
  /// The vertical axis.
  package var yAxis: VerticalAxis

  /// A chart.
  package init(
    title: String, unit: String, xLabel: String = "", series: [Series], xAxis: HorizontalAxis,
    yAxis: VerticalAxis
  ) {
    self.title = title
    self.unit = unit
    self.xLabel = xLabel
    self.series = series
    self.xAxis = xAxis
    self.yAxis = yAxis
  }

  /// The style classes that the stylesheet knows, in the order in which lines take them.
  package static let styles = ["a", "b", "c", "d", "e", "f", "g", "h"]

  /// The style of the line of an index: broken lines where the colours are used up.
  package static func style(_ index: Int) -> String {
    styles[index % styles.count] + (index / styles.count % 2 == 1 ? " dash" : "")
  }

  /// More points than this cannot be told apart at that width.
  private static let maximumPointCount = 300

  /// What can be drawn: finite points, above zero where an axis is logarithmic, and lines that have any.
  var drawn: [Series] {
    series.map { one in
      var one = one
      one.points = one.points.filter { $0.x.isFinite && $0.y.isFinite && isOnAxes($0) }
      return one
    }.filter { !$0.points.isEmpty }
  }

  private func isOnAxes(_ point: Point) -> Bool {
    if case .logarithmic = xAxis, point.x <= 0 { return false }
    if case .logarithmic = yAxis, point.y <= 0 { return false }
    return true
  }

  /// The finite points that a logarithmic axis has no place for.
  package var pointsOffAxes: Int {
    series.reduce(0) { $0 + $1.points.count { $0.x.isFinite && $0.y.isFinite && !isOnAxes($0) } }
  }

  /// What the chart shows, in words: for each line its ends and its extremes.
  package var summary: String {
    let lines = drawn.map { one -> String in
      let sorted = one.points.sorted { $0.y < $1.y }
      guard let first = one.points.first, let last = one.points.last, let low = sorted.first,
        let high = sorted.last
      else { return "" }
      func place(_ point: Point) -> String {
        "\(FigureText.figure(point.y)) at \(FigureText.figure(point.x))"
      }
      guard one.points.count > 1 else { return "\(one.name): \(place(first))" }
      return "\(one.name): from \(place(first)) to \(place(last)), lowest \(place(low)), "
        + "highest \(place(high))"
    }
    return ([title] + lines).joined(separator: ". ")
  }

  /// The chart with its heading; nil without points.
  ///
  /// - Parameters:
  ///   - heading: The heading's element, such as `h2`.
  ///   - identifier: What tells the chart from others of the page; nil takes it from the title.
  ///   - below: HTML that stands below the drawing.
  /// - Returns: A `figure`.
  package func html(heading: String = "h2", identifier: String? = nil, below: String = "") -> String? {
    guard let svg = svg(identifier: identifier) else { return nil }
    let legend = drawn.map { one in
      let last = one.points.last.map { FigureText.figure($0.y) } ?? ""
      return "<span class=\"key \(one.style)\">\(MarkupText.escape(one.name)) <b>\(last)</b></span>"
    }
    let unit = MarkupText.escape(unit)
    return """
      <figure><figcaption><\(heading)>\(MarkupText.escape(title)) <small>\(unit)</small></\(heading)>
      \(legend.joined(separator: " "))</figcaption>
      \(svg)\(below)</figure>
      """
  }

  /// The drawing alone, without title and legend; nil without points.
  private func svg(identifier: String?) -> String? {
    let height = xLabel.isEmpty ? 230 : 246
    return drawing(identifier: identifier).map { drawing in
      """
      <svg viewBox="0 0 420 \(height)" role="img" aria-label="\(MarkupText.escape(summary))">
      \(drawing)</svg>
      """
    }
  }

  /// The content of a drawing 420 wide and 230 high, 246 with a label below; nil without points.
  package func drawing(identifier: String? = nil) -> String? {
    let series = drawn
    guard !series.isEmpty else { return nil }
    let scale = Scale(series, xAxis, yAxis)
    let name = "clip-" + Self.plainName(identifier ?? title)
    var svg = "<clipPath id=\"\(name)\"><rect x=\"46\" y=\"6\" width=\"368\" height=\"202\"/></clipPath>\n"
    for tick in scale.yTicks {
      let y = Self.number(scale.y(tick))
      svg += "<path class=\"grid\" d=\"M46 \(y)H410\"/>"
      svg +=
        "<text class=\"tick\" x=\"40\" y=\"\(y)\" dy=\"4\" text-anchor=\"end\">\(FigureText.figure(tick))</text>\n"
    }
    for tick in scale.xTicks {
      let x = Self.number(scale.x(tick))
      svg +=
        "<text class=\"tick\" x=\"\(x)\" y=\"222\" text-anchor=\"middle\">\(scale.xTickLabel(tick))</text>\n"
    }
    if !xLabel.isEmpty {
      svg +=
        "<text class=\"tick\" x=\"410\" y=\"240\" text-anchor=\"end\">\(MarkupText.escape(xLabel))</text>\n"
    }
    svg += "<g clip-path=\"url(#\(name))\">\n"
    for one in series { svg += Self.band(one, scale) }
    for one in series { svg += lines(one, scale) }
    return svg + "</g>"
  }

  private func lines(_ series: Series, _ scale: Scale) -> String {
    let points = Self.thinned(series.points)
    var svg = ""
    if series.hasDots {
      svg += Self.path(points, scale, "line \(series.style)")
      let radius = points.count > 60 ? "1.6" : "2.8"
      for point in points {
        let spread = point.spread.map { " ± \(FigureText.figure($0))" } ?? ""
        svg +=
          "<circle class=\"dot \(series.style)\" cx=\"\(Self.number(scale.x(point.x)))\" "
          + "cy=\"\(Self.number(scale.y(point.y)))\" r=\"\(radius)\"><title>"
          + "\(MarkupText.escape(placeName(point, series))): \(FigureText.figure(point.y))\(spread)"
          + "</title></circle>\n"
      }
    } else {
      let isSmoothed = series.isNoisy && points.count > 20
      if isSmoothed { svg += Self.path(points, scale, "raw \(series.style)") }
      svg += Self.path(isSmoothed ? Self.smoothed(points) : points, scale, "line \(series.style)")
    }
    return svg
  }

  private func placeName(_ point: Point, _ series: Series) -> String {
    if case .steps = xAxis { return "step \(FigureText.count(point.x))" }
    return "\(series.name), \(xLabel.isEmpty ? "x" : xLabel) \(FigureText.figure(point.x))"
  }

  /// The area between a spread below and a spread above.
  private static func band(_ series: Series, _ scale: Scale) -> String {
    let points = series.points.filter { $0.spread?.isFinite == true && $0.spread != 0 }
    guard points.count > 1, points.count <= maximumPointCount else { return "" }
    func place(_ point: Point, _ y: Double) -> String { "\(number(scale.x(point.x))) \(number(scale.y(y)))" }
    let above = points.map { place($0, $0.y + ($0.spread ?? 0)) }
    let below = points.reversed().map { place($0, $0.y - ($0.spread ?? 0)) }
    return "<path class=\"band \(series.style)\" d=\"M\((above + below).joined(separator: "L"))Z\"/>\n"
  }

  private static func path(_ points: [Point], _ scale: Scale, _ style: String) -> String {
    let places = points.map { "\(number(scale.x($0.x))) \(number(scale.y($0.y)))" }
    // A line to itself, so that a single point shows under a round cap.
    let only = points.count == 1 ? "L\(places[0])" : ""
    return "<path class=\"\(style)\" d=\"M\(places.joined(separator: "L"))\(only)\"/>\n"
  }

  /// Means of neighbours, no more than can be told apart.
  private static func thinned(_ points: [Point]) -> [Point] {
    guard points.count > maximumPointCount else { return points }
    return (0..<maximumPointCount).map { bucket in
      let from = bucket * points.count / maximumPointCount
      let to = max(from + 1, (bucket + 1) * points.count / maximumPointCount)
      let part = points[from..<to]
      let sum = part.reduce((0.0, 0.0)) { ($0.0 + $1.x, $0.1 + $1.y) }
      return Point(x: sum.0 / Double(part.count), y: sum.1 / Double(part.count))
    }
  }

  /// Means over a window round each point, which shrinks at the ends so that the line does not lag.
  private static func smoothed(_ points: [Point]) -> [Point] {
    let reach = max(1, points.count / 40)
    return points.indices.map { index in
      let half = min(reach, index, points.count - 1 - index)
      let window = points[(index - half)...(index + half)]
      return Point(x: points[index].x, y: window.reduce(0) { $0 + $1.y } / Double(window.count))
    }
  }

  static func number(_ value: Double) -> String {
    let tenths = (value * 10).rounded()
    return abs(tenths) < 1e9 ? (tenths / 10).recipeText : "0"
  }

  /// Letters and digits alone, as names inside a page have them.
  private static func plainName(_ text: String) -> String {
    String(
      text.unicodeScalars.filter {
        $0.isASCII && ($0.properties.isAlphabetic || $0.properties.numericType != nil)
      })
  }
}
