import HeedInspection
import HeedTraining

extension ComparisonReport {
  /// The report as one page that needs no other file.
  package var html: String {
    let parts = filledSections.enumerated().map { $1.html(index: $0) }.joined(separator: "\n")
    return ReportPage(kind: "comparison", title: title, lead: introduction, body: parts).html
  }
}

extension ReportSection {
  fileprivate func html(index: Int) -> String {
    var parts = ["<section class=\"part\"><h2>\(MarkupText.escape(title))</h2>"]
    parts += paragraphs.map { "<p>\(MarkupText.escape($0))</p>" }
    parts += tables.map(\.html)
    let drawn = charts.enumerated().compactMap { $1.html(identifier: "\(index)x\($0)") }
    if !drawn.isEmpty { parts.append("<div class=\"charts\">\n\(drawn.joined(separator: "\n"))\n</div>") }
    return parts.joined(separator: "\n") + "</section>"
  }
}

extension ReportTable {
  /// A table that can be moved sideways where the page is too narrow for it, with a keyboard as well.
  var html: String {
    func kind(_ column: Int) -> String { isNumeric(column) ? " class=\"number\"" : "" }
    let head = columns.enumerated().map { "<th scope=\"col\"\(kind($0))>\(MarkupText.escape($1))</th>" }
    let body = filledRows.map { row in
      let cells = row.enumerated().map { index, cell in
        index == 0
          ? "<th scope=\"row\">\(MarkupText.escape(cell))</th>"
          : "<td\(kind(index))>\(MarkupText.escape(cell))</td>"
      }
      return "<tr>\(cells.joined())</tr>"
    }
    let name = MarkupText.escape(caption)
    return """
      <div class="scroll" tabindex="0" role="region" aria-label="\(name)"><table class="figures">
      <caption>\(name)</caption>
      <thead><tr>\(head.joined())</tr></thead>
      <tbody>
      \(body.joined(separator: "\n"))
      </tbody></table></div>
      """
  }
}

extension ReportChart {
  /// The chart as Heed draws charts.
  var lineChart: LineChart {
    let isSparse = series.allSatisfy { $0.points.count <= Self.mostDots }
    return LineChart(
      title: title, unit: yLabel, xLabel: xLabel,
      series: series.enumerated().map { index, one in
        LineChart.Series(
          name: one.name, style: LineChart.style(index), points: one.points, hasDots: isSparse, isNoisy: false
        )
      },
      xAxis: isXLogarithmic ? .logarithmic : .linear,
      yAxis: isYLogarithmic ? .logarithmic : .linear(startsAtZero: false))
  }

  /// What the chart shows as a table: a row for each place of the horizontal axis; nil where there are too many.
  var table: ReportTable? {
    let places = Set(series.flatMap { $0.points.map(\.x) }.filter(\.isFinite)).sorted()
    guard !places.isEmpty, places.count <= Self.mostRows else { return nil }
    let rows = places.map { place in
      [FigureText.figure(place)]
        + series.map { one in
          guard let point = one.points.first(where: { $0.x == place }) else { return "–" }
          let spread = point.spread.map { " ± \(FigureText.figure($0))" } ?? ""
          return FigureText.figure(point.y) + spread
        }
    }
    return ReportTable(caption: title, columns: [xLabel] + series.map(\.name), rows: rows)
  }

  /// What the chart leaves out; nil where that is nothing.
  var note: String? {
    let count = lineChart.pointsOffAxes
    guard count > 0 else { return nil }
    return "\(count) of the values are zero or less, for which a logarithmic axis has no place."
  }

  /// Lines with more points than this have no dots.
  private static var mostDots: Int { 40 }
  /// Charts with more places than this have no table; their text says where lines begin and end.
  private static var mostRows: Int { 40 }

  fileprivate func html(identifier: String) -> String? {
    var below = ""
    if let note { below += "<p class=\"note\">\(MarkupText.escape(note))</p>" }
    if let table { below += "<details><summary>Values</summary>\(table.html)</details>" }
    return lineChart.html(heading: "h3", identifier: identifier, below: below)
  }
}
