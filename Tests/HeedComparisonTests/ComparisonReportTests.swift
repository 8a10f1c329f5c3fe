import Foundation
import HeedComparison
import Testing

private struct Figures: Encodable, Sendable {
  var bleu = 31.25
  var odd = Double.nan
}

private func sample() -> ComparisonReport {
  func points(_ factor: Double) -> [ReportChart.Point] {
    [8.0, 64, 512].map { .init(x: $0, y: factor * $0, spread: factor * $0 / 10) }
  }
  let chart = ReportChart(
    title: "Time <by> length", xLabel: "tokens", yLabel: "ms & more", isXLogarithmic: true,
    isYLogarithmic: true,
    series: [
      .init(name: "attention", points: points(1)),
      .init(name: "a|b", points: points(3) + [.init(x: 600, y: 0)]),
    ])
  let empty = ReportChart(
    title: "Nothing", xLabel: "x", yLabel: "y", series: [.init(name: "none", points: [.init(x: .nan, y: 1)])])
  let long = ReportChart(
    title: "Long", xLabel: "steps", yLabel: "nats",
    series: [.init(name: "loss", points: (0..<2000).map { .init(x: Double($0), y: 1 / Double($0 + 1)) })])
  let table = ReportTable(
    caption: "Figures of \"all\"", columns: ["model", "BLEU", "note"],
    rows: [["lstm|gru", "31.25", "*best*"], ["<script>", "–"], ["c", "+0.5 ± 1", "1. x", "too much"]])
  return ComparisonReport(
    title: "What <attention> buys", introduction: ["- not a list & not <b>bold</b>", "1. neither"],
    sections: [
      .init(title: "Quality", paragraphs: ["First_paragraph"], tables: [table], charts: [chart, empty]),
      .init(title: "Curves", charts: [long]),
    ],
    figures: Figures())
}

@Suite struct ComparisonReportTests {
  @Test func pageIsOneWellFormedFile() throws {
    let html = sample().html
    #expect(html.contains("<h1>What &lt;attention&gt; buys</h1>"))
    #expect(html.contains("<p class=\"lead\">- not a list &amp; not &lt;b&gt;bold&lt;/b&gt;</p>"))
    #expect(html.contains("<th scope=\"row\">&lt;script&gt;</th><td class=\"number\">–</td><td></td>"))
    #expect(html.contains("<h3>Time &lt;by&gt; length <small>ms &amp; more</small></h3>"))
    // A text for those who do not see it, and all values where they are few.
    #expect(html.contains("attention: from 8 at 8 to 512 at 512, lowest 8 at 8, highest 512 at 512"))
    #expect(html.contains("<th scope=\"row\">64</th><td class=\"number\">64 ± 6.4</td>"))
    #expect(html.contains("1 of the values are zero or less"))
    #expect(html.components(separatedBy: "<svg").count == 3)
    #expect(html.components(separatedBy: "<summary>Values</summary>").count == 2)
    for word in ["<script", "http:", "https:", "src=", "href=", "@import", "NaN", "nan ", "too much"] {
      #expect(!html.contains(word), "\(word)")
    }
    try expectWellFormed(html)
  }

  @Test func picturesStandAlone() throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    try sample().write(to: directory)
    let name = "report-01-time-by-length.svg"
    let svg = try String(contentsOf: directory.appending(path: name), encoding: .utf8)
    try expectWellFormed(svg)
    #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 420 "))
    for text in [
      "<title>Time &lt;by&gt; length</title>", ">attention</text>", ">a|b</text>", ">tokens</text>",
    ] {
      #expect(svg.contains(text))
    }
    // Places where all lines were measured are marked, and their spread is drawn.
    for label in [">8</text>", ">64</text>", ">512</text>"] { #expect(svg.contains(label)) }
    #expect(svg.components(separatedBy: "class=\"band ").count == 3)
    let files = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
    #expect(files == [name, "report-03-long.svg", "report.html", "report.json", "report.md"])
  }

  @Test func markdownMeansWhatItSays() {
    let text = sample().markdown
    #expect(
      text.hasPrefix(
        "# What &lt;attention&gt; buys\n\n\\- not a list &amp; not &lt;b&gt;bold&lt;/b&gt;\n\n1\\. neither\n")
    )
    #expect(
      text.contains(
        "## Quality\n\nFirst\\_paragraph\n\n**Figures of \"all\"**\n\n| model | BLEU | note |\n| --- | ---: | --- |\n"
      ))
    #expect(
      text.contains("| lstm\\|gru | 31.25 | \\*best\\* |\n| &lt;script&gt; | – |  |\n| c | +0.5 ± 1 | 1. x |")
    )
    #expect(text.contains("](report-01-time-by-length.svg)"))
    #expect(text.contains("](report-03-long.svg)"))
    #expect(!text.contains("Nothing"))
  }

  @Test func figuresAreForPrograms() throws {
    let figures = try #require(try JSONSerialization.jsonObject(with: sample().json) as? [String: Any])
    #expect(figures["bleu"] as? Double == 31.25)
    #expect(figures["odd"] as? String == "not a number")
  }

  /// What was there stays whole until the new file is.
  @Test func filesAreReplaced() throws {
    let directory = try temporaryDirectory()
    defer { try? FileManager.default.removeItem(at: directory) }
    var report = sample()
    try report.write(to: directory)
    report.title = "Second"
    try report.write(to: directory)
    let text = try String(contentsOf: directory.appending(path: "report.md"), encoding: .utf8)
    #expect(text.hasPrefix("# Second\n"))
    #expect(throws: (any Error).self) { try report.write(to: directory.appending(path: "report.md")) }
  }

  @Test func survivesOddValues() throws {
    let odd: [[Double]] = [
      [.nan, .infinity], [0, 0], [1e308, -1e308], [1e-308, 1e308], [5e-324], [7], [1e-8, 1.00000001e-8],
    ]
    for values in odd {
      for isLogarithmic in [false, true] {
        var report = sample()
        let points = values.map { ReportChart.Point(x: $0, y: $0, spread: $0) }
        report.sections = [
          .init(
            title: "",
            charts: [
              .init(
                title: "", xLabel: "", yLabel: "", isXLogarithmic: isLogarithmic,
                isYLogarithmic: isLogarithmic,
                series: (0..<20).map { .init(name: "\($0)", points: points) })
            ])
        ]
        let html = report.html
        #expect(!html.contains("nan") && !html.contains("NaN"))
        try expectWellFormed(html)
      }
    }
  }
}

/// A new directory for the files of a test.
func temporaryDirectory() throws -> URL {
  let directory = FileManager.default.temporaryDirectory.appending(
    path: "heed-comparison-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
  return directory
}

/// Every tag that is opened is closed, in order.
func expectWellFormed(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
  var open: [Substring] = []
  var rest = text[...]
  while let start = rest.firstIndex(of: "<") {
    rest = rest[rest.index(after: start)...]
    let end = try #require(rest.firstIndex(of: ">"), sourceLocation: sourceLocation)
    let tag = rest[..<end]
    rest = rest[rest.index(after: end)...]
    let name = tag.prefix { $0.isLetter || $0.isNumber || $0 == "/" || $0 == "!" }
    if tag.hasSuffix("/") || ["!DOCTYPE", "meta"].contains(name) { continue }
    if name.hasPrefix("/") {
      #expect(open.popLast() == name.dropFirst(), sourceLocation: sourceLocation)
    } else {
      open.append(name)
    }
  }
  #expect(open == [], sourceLocation: sourceLocation)
}
