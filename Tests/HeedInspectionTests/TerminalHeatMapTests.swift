import HeedInspection
import Testing

@Suite struct TerminalHeatMapTests {
  /// "three hundred forty-two" → "dreihundertzweiundvierzig": the turning round can be seen.
  private let numbers = AttentionMap(
    rows: ["drei", "hundert", "zwei", "und", "vierzig"], columns: ["three", "hundred", "forty", "-", "two"],
    weights: [
      0.96, 0.01, 0.01, 0.01, 0.01,
      0.10, 0.84, 0.02, 0.02, 0.02,
      0.02, 0.02, 0.08, 0.08, 0.80,
      0.01, 0.02, 0.21, 0.55, 0.21,
      0.01, 0.02, 0.88, 0.06, 0.03,
    ])

  @Test func shadesShowTheTurningRound() {
    #expect(
      TerminalHeatMap(numbers).render(width: 80, style: .shades) == """
                three   hundred forty   -       two
           drei ████████
        hundert         ████████
           zwei                                 ▓▓▓▓▓▓▓▓
            und                 ░░░░░░░░▒▒▒▒▒▒▒▒░░░░░░░░
        vierzig                 ████████
                0   ░░▒▒▓▓██ 0.96

        """)
  }

  @Test func labelsThatDoNotFitAcrossRunDownwards() {
    #expect(
      TerminalHeatMap(numbers).render(width: 20, style: .shades) == """
                 h
                 u
               t n f
               h d o
               r r r   t
               e e t   w
               e d y - o
          drei ██
        hunde…   ██
          zwei         ▓▓
           und     ░░▒▒░░
        vierz…     ██
               0   ░░▒▒▓▓██ 0.96

        """)
  }

  @Test func wideMapsAreFolded() {
    let columns = (0..<30).map { "\($0)" }
    let weights = (0..<2).flatMap { row in columns.indices.map { Float($0 % 2 == row ? 1 : 0.2) } }
    let map = AttentionMap(rows: ["a", "b"], columns: columns, weights: weights)
    let lines = map.rendered(width: 42)
    #expect(lines.allSatisfy { $0.count <= 42 })
    // Twenty columns of two cells beside a margin of two, then the other ten.
    #expect(lines.filter { $0.hasPrefix("a ") }.map(\.count) == [42, 22])
    #expect(lines.filter { $0.hasPrefix("b ") }.map(\.count) == [42, 22])
    #expect(lines.filter(\.isEmpty).count == 1)
    // However narrow the terminal, every column is drawn.
    #expect(map.rendered(width: 0).filter { $0.hasPrefix("a ") }.map(\.count) == columns.map { _ in 4 })
  }

  @Test func wideAndCombiningCharactersKeepTheGrid() {
    let map = AttentionMap(
      rows: ["日本", "e\u{301}", "\u{301}", "x"], columns: ["語", "y"], weights: [1, 0, 0, 1, 1, 0, 0, 1])
    #expect(
      TerminalHeatMap(map).render(width: 80, style: .shades) == """
             語 y
        日本 ███
           e\u{301}    ███
           \u{25CC}\u{301} ███
           x    ███
             0   ░░▒▒▓▓██ 1.00

        """)
  }

  @Test(arguments: TerminalHeatMap.Style.allCases)
  func tokensCannotCommandTheTerminal(_ style: TerminalHeatMap.Style) {
    let map = AttentionMap(
      rows: ["\u{1B}[31mred", "a\nb", "\u{9B}2J"], columns: ["\u{202E}x", " "],
      weights: [.nan, .infinity, -.infinity, -1, 0, 0.5])
    let text = TerminalHeatMap(map).render(width: 80, style: style)
    #expect(text.split(separator: "\n").count == 5)
    for forbidden in ["\u{1B}[31", "\u{9B}", "\u{202E}"] {
      #expect(!text.unicodeScalars.contains(forbidden.unicodeScalars))
    }
    #expect(text.contains("a␊b"))
    #expect(text.contains("␣"))
  }

  @Test func coloursGrowBrighterAndAreSwitchedOff() {
    let map = AttentionMap(rows: ["a"], columns: ["x", "y", "z"], weights: [0, 0.5, 1])
    let row256 = map.rendered(width: 80, style: .color256)[1]
    #expect(row256 == "a \u{1B}[48;5;232m  \u{1B}[48;5;162m  \u{1B}[48;5;229m  \u{1B}[0m")
    let rowTrue = map.rendered(width: 80, style: .trueColor)[1]
    #expect(rowTrue == "a \u{1B}[48;2;8;8;16m  \u{1B}[48;2;195;60;80m  \u{1B}[48;2;255;250;190m  \u{1B}[0m")
  }

  @Test func nothingGivesNothingAndZerosStayDark() {
    #expect(TerminalHeatMap(AttentionMap(rows: [], columns: ["x"], weights: [])).render() == "")
    #expect(TerminalHeatMap(AttentionMap(rows: ["a"], columns: [], weights: [])).render() == "")
    let zero = AttentionMap(rows: ["a"], columns: ["x"], weights: [0])
    #expect(zero.rendered(width: 80) == ["  x", "a ", "  0            0.00"])
  }
}

extension AttentionMap {
  fileprivate func rendered(width: Int, style: TerminalHeatMap.Style = .shades) -> [String] {
    var lines = TerminalHeatMap(self).render(width: width, style: style)
      .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    if lines.last == "" { lines.removeLast() }
    return lines
  }
}
