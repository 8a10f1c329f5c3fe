import HeedTraining

/// What was compared and what came out, to be read as a page, as Markdown, and by programs.
package struct ComparisonReport: Sendable {
  /// What was compared.
  package var title: String
  /// What a reader has to know first, a paragraph each.
  package var introduction: [String]
  /// The parts, in order.
  package var sections: [ReportSection]
  /// What programs read, as JSON; figures that are not finite are written as text.
  package var figures: any Encodable & Sendable

  /// A report.
  package init(
    title: String, introduction: [String], sections: [ReportSection], figures: any Encodable & Sendable
  ) {
    self.title = title
    self.introduction = introduction
    self.sections = sections
    self.figures = figures
  }

  /// The parts in which there is anything.
  var filledSections: [ReportSection] { sections.filter { !$0.isEmpty } }
}

/// A part of a report: text, then tables, then charts.
package struct ReportSection: Sendable {
  /// What it is about.
  package var title: String
  /// Its text, a paragraph each.
  package var paragraphs: [String]
  /// Its tables.
  package var tables: [ReportTable]
  /// Its charts; those without points are left out.
  package var charts: [ReportChart]

  /// A part of a report.
  package init(
    title: String, paragraphs: [String] = [], tables: [ReportTable] = [], charts: [ReportChart] = []
  ) {
    self.title = title
    self.paragraphs = paragraphs
    self.tables = tables
    self.charts = charts
  }

  var isEmpty: Bool {
    paragraphs.isEmpty && tables.isEmpty && charts.allSatisfy { $0.lineChart.drawing() == nil }
  }
}

/// A table of a report, whose first column says what the rows are.
package struct ReportTable: Sendable {
  /// What stands above it.
  package var caption: String
  /// The names of the columns.
  package var columns: [String]
  /// The rows, as they are shown; a row that is too short ends in empty cells, and what is too long is left out.
  package var rows: [[String]]

  /// A table.
  package init(caption: String, columns: [String], rows: [[String]]) {
    self.caption = caption
    self.columns = columns
    self.rows = rows
  }

  /// The rows, each as long as there are columns.
  var filledRows: [[String]] {
    rows.map { row in columns.indices.map { $0 < row.count ? row[$0] : "" } }
  }

  /// Whether a column holds numbers, which stand to the right.
  func isNumeric(_ column: Int) -> Bool {
    let cells = filledRows.map { $0[column] }.filter { !$0.isEmpty && $0 != "–" }
    return column > 0 && !cells.isEmpty
      && cells.allSatisfy { cell in cell.drop { "+-−≈<>".contains($0) }.first?.isNumber == true }
  }
}

/// A chart of a report.
package struct ReportChart: Sendable {
  /// A measured value.
  package typealias Point = LineChart.Point

  /// A line.
  package struct Series: Sendable {
    /// Its name.
    package var name: String
    /// Its points, in the order of their x.
    package var points: [Point]

    /// A line.
    package init(name: String, points: [Point]) {
      self.name = name
      self.points = points
    }
  }

  /// What it shows.
  package var title: String
  /// What the horizontal axis counts, with its unit.
  package var xLabel: String
  /// What the vertical axis counts, with its unit.
  package var yLabel: String
  /// Whether equal distances on the horizontal axis are equal ratios.
  package var isXLogarithmic: Bool
  /// Whether equal distances on the vertical axis are equal ratios.
  package var isYLogarithmic: Bool
  /// The lines.
  package var series: [Series]

  /// A chart.
  package init(
    title: String, xLabel: String, yLabel: String, isXLogarithmic: Bool = false, isYLogarithmic: Bool = false,
    series: [Series]
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.isXLogarithmic = isXLogarithmic
    self.isYLogarithmic = isYLogarithmic
    self.series = series
  }
}
