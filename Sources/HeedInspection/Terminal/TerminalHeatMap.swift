/// An attention map as a picture of coloured or shaded cells for a terminal.
public struct TerminalHeatMap: Sendable {
  /// How a weight is shown.
  public enum Style: String, CaseIterable, Sendable {
    /// Block characters, ` ░▒▓█`: for files and terminals without colour.
    case shades
    /// The 256 colours that almost every terminal has.
    case color256
    /// 24-bit colour.
    case trueColor
  }

  /// What is shown.
  public let map: AttentionMap

  /// Labels beyond these are cut with an ellipsis.
  private static let longestRowLabel = 24
  private static let longestColumnLabel = 12

  /// A picture of `map`.
  public init(_ map: AttentionMap) { self.map = map }

  /// Draws the map: row labels on the left, column labels above, the darkest cell for zero and the brightest for the
  /// largest weight of the map.
  ///
  /// Column labels are written across where they fit and downwards where not. Maps too wide for the terminal are folded
  /// into blocks of columns, one below the other.
  ///
  /// - Parameters:
  ///   - width: Columns of the terminal; lines are no longer, but at least one column of the map is drawn.
  ///   - style: How weights are shown.
  /// - Returns: Lines, each with a line feed; empty for a map without rows or columns.
  public func render(width: Int = 80, style: Style = .color256) -> String {
    guard !map.rows.isEmpty, !map.columns.isEmpty else { return "" }
    let rowLimit = max(1, min(Self.longestRowLabel, width / 3))
    let rowLabels = map.rows.map { TerminalText.fitted(TerminalText.cells(of: $0), to: rowLimit) }
    let margin = (rowLabels.map(TerminalText.width).max() ?? 0) + 1
    let columnLabels = map.columns.map {
      TerminalText.fitted(TerminalText.cells(of: $0), to: Self.longestColumnLabel)
    }
    let painter = Painter(style, largest: largestWeight)

    let widths = columnWidths(columnLabels, available: width - margin)
    var text = ""
    var start = 0
    while start < map.columns.count {
      let block = block(from: start, widths.cells, available: width - margin)
      if start > 0 { text += "\n" }
      text +=
        widths.across
        ? across(columnLabels[block], widths.cells[block], margin) : downwards(columnLabels[block], margin)
      for row in map.rows.indices {
        text += padded(rowLabels[row], to: margin - 1, isRight: true) + " "
        let cells = painter.paint(block.map { (map[row, $0], widths.cells[$0]) })
        text += (style == .shades ? trimmed(cells) : cells) + "\n"
      }
      start = block.upperBound
    }
    return text + String(repeating: " ", count: margin) + painter.legend + "\n"
  }

  private var largestWeight: Float {
    map.weights.lazy.filter(\.isFinite).max().map { max($0, 0) } ?? 0
  }

  /// The width of each column: its label's, if all labels fit beside each other, or else that of a square.
  private func columnWidths(
    _ labels: [[(text: String, width: Int)]], available: Int
  ) -> (cells: [Int], across: Bool) {
    let across = labels.map { TerminalText.width(of: $0) + 1 }
    let widest = across.max() ?? 0
    if widest * across.count <= available { return (across.map { _ in widest }, true) }
    if across.reduce(0, +) <= available { return (across, true) }
    // A cell of a terminal is about twice as high as it is wide.
    return (across.map { _ in 2 }, false)
  }

  /// As many columns from `start` on as fit, and at least one.
  private func block(from start: Int, _ widths: [Int], available: Int) -> Range<Int> {
    var end = start + 1
    var used = widths[start]
    while end < widths.count, used + widths[end] <= available {
      used += widths[end]
      end += 1
    }
    return start..<end
  }

  private func across(
    _ labels: ArraySlice<[(text: String, width: Int)]>, _ widths: ArraySlice<Int>, _ margin: Int
  ) -> String {
    let line = zip(labels, widths).map { padded($0, to: $1, isRight: false) }.joined()
    return trimmed(String(repeating: " ", count: margin) + line) + "\n"
  }

  /// Labels written downwards, so that their last character stands on the column.
  private func downwards(_ labels: ArraySlice<[(text: String, width: Int)]>, _ margin: Int) -> String {
    let height = labels.map(\.count).max() ?? 0
    return (0..<height).map { line in
      let cells = labels.map { label -> String in
        let index = line - (height - label.count)
        return index < 0 ? "  " : padded([label[index]], to: 2, isRight: false)
      }
      return trimmed(String(repeating: " ", count: margin) + cells.joined()) + "\n"
    }.joined()
  }

  private func padded(_ cells: [(text: String, width: Int)], to width: Int, isRight: Bool) -> String {
    let text = cells.map(\.text).joined()
    let space = String(repeating: " ", count: max(0, width - TerminalText.width(of: cells)))
    return isRight ? space + text : text + space
  }

  private func trimmed(_ line: String) -> String {
    String(line.reversed().drop { $0 == " " }.reversed())
  }
}
