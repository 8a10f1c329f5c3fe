/// An attention map as a picture for papers and slides: SVG that needs nothing else, with colours and sizes written
/// out so that any program can turn it into PNG or PDF.
public struct AttentionPicture: Sendable {
  /// Rows and columns of the largest map that is drawn token by token. Of larger ones tokens are merged into blocks, which
  /// the picture says: 650 tokens would be a picture of 48 megabytes, and too large for any page.
  public static let largestSide = 128

  /// How a map is drawn.
  public enum Form: String, Sendable, CaseIterable {
    /// A square for each weight.
    case map
    /// A line for each weight, from the source on the left to the target on the right.
    case lines
  }

  /// What is drawn.
  public var map: AttentionMap
  /// What stands above it; nothing where it is empty.
  public var title: String

  private static let ink = "#1d1d1f"
  private static let soft = "#5f6066"
  private static let colour = (red: 31.0, green: 111.0, blue: 184.0)
  private static let cell = 22.0
  private static let fontSize = 12.0
  private static let longestLabel = 24
  /// Lines thinner than this are not drawn: they would be dust.
  static let faintest: Float = 0.01

  /// A picture of `map`.
  public init(_ map: AttentionMap, title: String = "") {
    self.map = map
    self.title = title
  }

  /// The picture in one of its forms.
  public func svg(_ form: Form = .map) -> String {
    let blocks = BlockMap(map, largest: Self.largestSide)
    return switch form {
    case .map: cells(blocks.map, note: blocks.note)
    case .lines: lines(blocks.map, note: blocks.note)
    }
  }

  private func cells(_ map: AttentionMap, note: String?) -> String {
    let rows = map.rows.map(Self.label), columns = map.columns.map(Self.label)
    let left = Self.width(rows) + 14
    let top = Self.width(columns) * 0.72 + 18 + (title.isEmpty ? 0 : 26)
    let width = left + Self.cell * Double(columns.count) + Self.width(columns) * 0.72 + 12
    let height = top + Self.cell * Double(rows.count) + 34
    var body = heading()
    for (index, label) in columns.enumerated() {
      let x = left + Self.cell * (Double(index) + 0.5)
      body +=
        "<text x=\"\(Self.number(x))\" y=\"\(Self.number(top - 6))\" text-anchor=\"start\" "
        + "transform=\"rotate(-45 \(Self.number(x)) \(Self.number(top - 6)))\">\(MarkupText.escape(label))</text>\n"
    }
    for (row, label) in rows.enumerated() {
      let y = top + Self.cell * Double(row)
      body +=
        "<text x=\"\(Self.number(left - 8))\" y=\"\(Self.number(y + 15))\" text-anchor=\"end\">"
        + "\(MarkupText.escape(label))</text>\n"
      for column in columns.indices {
        let weight = map[row, column]
        body +=
          "<rect x=\"\(Self.number(left + Self.cell * Double(column)))\" y=\"\(Self.number(y))\" "
          + "width=\"21\" height=\"21\" rx=\"2\" fill=\"\(Self.shade(weight))\"><title>"
          + "\(MarkupText.escape(label)) to \(MarkupText.escape(columns[column])): "
          + "\(MarkupText.fixed(weight, 3))</title></rect>\n"
      }
    }
    return document(width, height, body + legend(x: left, y: height - 22), note: note)
  }

  private func lines(_ map: AttentionMap, note: String?) -> String {
    let rows = map.rows.map(Self.label), columns = map.columns.map(Self.label)
    let left = Self.width(columns) + 16
    let gap = 240.0
    let top = title.isEmpty ? 14.0 : 40.0
    let height = top + Self.cell * Double(max(rows.count, columns.count)) + 12
    var body = heading()
    let middle = left + gap / 2
    for row in rows.indices {
      for column in columns.indices where map[row, column] >= Self.faintest {
        let from = Self.number(top + Self.cell * (Double(column) + 0.5))
        let to = Self.number(top + Self.cell * (Double(row) + 0.5))
        let weight = Double(min(map[row, column], 1))
        body +=
          "<path d=\"M\(Self.number(left)) \(from)C\(Self.number(middle)) \(from) \(Self.number(middle)) \(to) "
          + "\(Self.number(left + gap)) \(to)\" fill=\"none\" stroke=\"\(Self.shade(1))\" "
          + "stroke-width=\"\(Self.number(max(0.3, weight * 9)))\" "
          + "stroke-opacity=\"\(MarkupText.fixed(Float(0.25 + 0.65 * weight), 2))\"/>\n"
      }
    }
    for (side, labels) in [(left - 8, columns), (left + gap + 8, rows)] {
      for (index, label) in labels.enumerated() {
        body +=
          "<text x=\"\(Self.number(side))\" y=\"\(Self.number(top + Self.cell * Double(index) + 15))\" "
          + "text-anchor=\"\(side < left ? "end" : "start")\">\(MarkupText.escape(label))</text>\n"
      }
    }
    return document(left + gap + Self.width(rows) + 16, height, body, note: note)
  }

  private func heading() -> String {
    title.isEmpty
      ? "" : "<text x=\"10\" y=\"20\" font-weight=\"600\">\(MarkupText.escape(title))</text>\n"
  }

  private func legend(x: Double, y: Double) -> String {
    var text = ""
    for step in 0...10 {
      text +=
        "<rect x=\"\(Self.number(x + 14 + Double(step) * 10))\" y=\"\(Self.number(y))\" width=\"10\" "
        + "height=\"10\" fill=\"\(Self.shade(Float(step) / 10))\"/>\n"
    }
    return
      "<g fill=\"\(Self.soft)\" font-size=\"10\"><text x=\"\(Self.number(x))\" y=\"\(Self.number(y + 9))\">0</text>"
      + "<text x=\"\(Self.number(x + 130))\" y=\"\(Self.number(y + 9))\">1</text></g>\n" + text
  }

  /// The whole picture; a note stands below all else, and is what screen readers are told of the picture.
  private func document(_ width: Double, _ height: Double, _ body: String, note: String?) -> String {
    let titleWidth = Self.width([title, note ?? ""]) * 1.1 + 20
    let size = (Self.number(max(width, titleWidth)), Self.number(height + (note == nil ? 0 : 22)))
    let description = note.map { "<desc>\($0)</desc>\n" } ?? ""
    let caption =
      note.map { "<text x=\"10\" y=\"\(Self.number(height + 8))\" fill=\"\(Self.soft)\">\($0)</text>\n" }
      ?? ""
    return """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" width="\(size.0)" height="\(size.1)" viewBox="0 0 \(size.0) \(size.1)" \
      font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif" font-size="\(Self.number(Self.fontSize))" \
      fill="\(Self.ink)">
      \(description)<rect width="100%" height="100%" fill="#ffffff"/>
      \(body)\(caption)</svg>

      """
  }

  private static func label(_ token: String) -> String {
    token.count > longestLabel ? String(token.prefix(longestLabel - 1)) + "…" : token
  }

  /// About how wide the longest of some labels is; wide characters count twice.
  private static func width(_ labels: [String]) -> Double {
    let widest =
      labels.map { label in
        label.unicodeScalars.reduce(0.0) { $0 + ($1.value >= 0x1100 && $1.value != 0x2026 ? 1 : 0.6) }
      }.max() ?? 0
    return widest * fontSize
  }

  /// White for 0 to the full colour for 1.
  private static func shade(_ weight: Float) -> String {
    let share = weight.isNaN ? 0 : Double(min(max(weight, 0), 1))
    let channels = [colour.red, colour.green, colour.blue].map { Int((245 + ($0 - 245) * share).rounded()) }
    return "#"
      + channels.map { value in
        let digits = String(value, radix: 16)
        return digits.utf8.count < 2 ? "0" + digits : digits
      }.joined()
  }

  private static func number(_ value: Double) -> String { MarkupText.fixed(Float(value), 1) }
}
