import HeedInspection

extension LineChart {
  /// The chart as a file of its own, with title, unit and legend; nil without points.
  ///
  /// It takes light or dark colours as whoever shows it wants them.
  package var svgFile: String? {
    guard let drawing = drawing() else { return nil }
    let keys = legend
    let top = unit.isEmpty ? 28.0 : 44
    let plotHeight = xLabel.isEmpty ? 230.0 : 246
    let height = top + plotHeight + 18 * Double((keys.last?.row ?? 0) + 1) + 8
    var svg = """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 420 \(Self.number(height))" role="img">
      <title>\(MarkupText.escape(title))</title>
      <desc>\(MarkupText.escape(summary))</desc>
      <style>
      \(Self.colours)
      \(Self.stylesheet)
      text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;fill:var(--ink)}
      text.title{font-size:15px;font-weight:600}text.unit,text.name{font-size:12px}text.unit{fill:var(--soft)}
      </style>
      <rect width="420" height="\(Self.number(height))" fill="var(--card)"/>
      <text class="title" x="10" y="20">\(MarkupText.escape(title))</text>

      """
    if !unit.isEmpty { svg += "<text class=\"unit\" x=\"10\" y=\"37\">\(MarkupText.escape(unit))</text>\n" }
    svg += "<g transform=\"translate(0 \(Self.number(top)))\">\n\(drawing)</g>\n"
    for key in keys {
      let y = top + plotHeight + 14 + 18 * Double(key.row)
      svg += """
        <path class="line \(key.style)" d="M\(Self.number(key.x)) \(Self.number(y - 4))h18"/>\
        <text class="name" x="\(Self.number(key.x + 24))" y="\(Self.number(y))">\(MarkupText.escape(key.name))</text>

        """
    }
    return svg + "</svg>\n"
  }

  /// Where the names of the lines stand: as many in a row as there is room for.
  private var legend: [(name: String, style: String, x: Double, row: Int)] {
    var (x, row) = (10.0, 0)
    return drawn.map { one in
      // A letter is about half as wide as it is high; a little more, so that names never touch.
      let width = 24 + 7 * Double(one.name.count) + 14
      if x > 10, x + width > 415 { (x, row) = (10, row + 1) }
      defer { x += width }
      return (one.name, one.style, x, row)
    }
  }
}
