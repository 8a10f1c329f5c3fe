import HeedInspection
import HeedTraining

extension ComparisonReport {
  /// A picture of the report, in the order in which it is shown.
  struct Picture {
    /// The file's name, beside `report.md`.
    let name: String
    /// Its content.
    let svg: String
  }

  /// The charts as files of their own.
  var pictures: [Picture] { placedCharts.flatMap { $0 }.compactMap { $0 }.map(\.picture) }

  /// For each section, its charts with their files; nil for charts without points.
  private var placedCharts: [[(chart: ReportChart, picture: Picture)?]] {
    var number = 0
    return filledSections.map { section in
      section.charts.map { chart in
        number += 1
        return chart.lineChart.svgFile.map { svg in
          let name = "report-\(number < 10 ? "0" : "")\(number)-\(Self.fileName(chart.title)).svg"
          return (chart, Picture(name: name, svg: svg))
        }
      }
    }
  }

  /// The report as Markdown, with charts in files beside it.
  package var markdown: String {
    var blocks = ["# \(Markdown.line(title))"] + introduction.map(Markdown.paragraph)
    for (section, charts) in zip(filledSections, placedCharts) {
      blocks.append("## \(Markdown.line(section.title))")
      blocks += section.paragraphs.map(Markdown.paragraph)
      blocks += section.tables.map(\.markdown)
      for case let (chart, picture)? in charts {
        blocks.append("![\(Markdown.line(chart.lineChart.summary))](\(picture.name))")
        if let note = chart.note { blocks.append(Markdown.paragraph(note)) }
      }
    }
    return blocks.joined(separator: "\n\n") + "\n"
  }

  /// Small letters and digits with hyphens between them.
  private static func fileName(_ title: String) -> String {
    let words = title.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
    return words.isEmpty ? "chart" : words.joined(separator: "-")
  }
}

extension ReportTable {
  /// A table of GitHub's Markdown, below its caption.
  var markdown: String {
    func row(_ cells: [String]) -> String { "| \(cells.joined(separator: " | ")) |" }
    let rule = columns.indices.map { isNumeric($0) ? "---:" : "---" }
    let lines =
      [row(columns.map(Markdown.line)), row(rule)] + filledRows.map { row($0.map(Markdown.line)) }
    return "**\(Markdown.line(caption))**\n\n\(lines.joined(separator: "\n"))"
  }
}

/// Text as it stands in Markdown.
enum Markdown {
  /// Text in a line, none of which means anything but itself.
  static func line(_ text: String) -> String {
    var result = ""
    for scalar in MarkupText.plain(text).unicodeScalars {
      switch scalar {
      case "\\", "|", "*", "_", "`", "[", "]", "#", "~", "$": result += "\\\(scalar)"
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\n", "\r", "\t", "\u{2028}", "\u{2029}": result += " "
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// The same, for text that begins a line and may look like an item of a list.
  static func paragraph(_ text: String) -> String {
    let text = line(text)
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    if let mark = text.dropFirst(digits.count).first, !digits.isEmpty, ".)".contains(mark) {
      return "\(digits)\\\(text.dropFirst(digits.count))"
    }
    return "-+=".contains(text.first ?? " ") ? "\\\(text)" : text
  }
}
