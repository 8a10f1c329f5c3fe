import Foundation
import HeedInspection
import HeedLayers
import HeedTensor
import TestSupport
import Testing

/// Tokens as no tokenizer should make them: pages, pictures and files must hold them all the same.
let hostileTokens = [
  "</script><script>alert(1)</script>", "<!--", "\u{2028}", "\u{202E}x", "\"'&", "\u{0}", "日本", "▁a", "]]>",
]

/// An example of a tiny encoder-decoder with tokens that do not matter to it.
func exampleInspection(_ name: String = "marian") throws -> Inspection {
  let pass = try RecordedPass(name)
  func tokens(_ kind: AttentionKind, rows: Bool) throws -> [InspectedToken] {
    let shape = try #require(pass.recorder.weights(kind, layer: 0, head: 0, sequence: 0)).shape
    return (0..<(rows ? shape.rows : shape.columns)).map { index in
      let text = hostileTokens[index % hostileTokens.count]
      return InspectedToken(token: text, text: text, isSpecial: index == 1)
    }
  }
  let read = pass.recorder.layerCount(.decoder) > 0 ? try tokens(.decoder, rows: true) : []
  let source = pass.recorder.layerCount(.encoder) > 0 ? try tokens(.encoder, rows: true) : []
  let prediction = Prediction(
    position: 0, chosen: TokenCandidate(token: read.first ?? source[0], probability: 0.5), rank: 0,
    isGiven: false,
    candidates: [TokenCandidate(token: read.first ?? source[0], probability: 0.5)])
  return Inspection(
    model: "a <model>", architecture: name, input: hostileTokens.joined(separator: " "),
    outcome: Inspection.Outcome(title: "Translation", text: hostileTokens[0]), source: source, read: read,
    written: read, predictions: [prediction], mark: .sentencePiece, recorder: pass.recorder)
}

@Suite struct MeasureTests {
  private func measures(_ kind: AttentionKind, _ rows: [[Float]]) -> HeadMeasures {
    HeadMeasures(
      HeadPlace(kind, layer: 0, head: 0), weights: rows.flatMap { $0 }, rowCount: rows.count,
      columnCount: rows.first?.count ?? 0)
  }

  @Test func aHeadThatLooksBackOneToken() {
    let found = measures(.encoder, [[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])
    #expect(found[.previous] == 1 && found[.entropy] == 0 && found[.largest] == 1)
    #expect(found[.distance] == 0.75 && found[.itself] == 0.25 && found[.next] == 0)
    #expect(found[.first] == 0.5 && found[.last] == 0)
  }

  @Test func aHeadThatLooksAtAllAlike() throws {
    let found = measures(.encoder, [[0.25, 0.25, 0.25, 0.25], [0.25, 0.25, 0.25, 0.25]])
    #expect(found[.entropy] == 2)
    #expect(found[.distance] == (1.5 + 1) / 2)
  }

  /// The diagonal of a map with other columns than rows is no distance.
  @Test func distancesOfCrossAttentionAreFromTheDiagonal() {
    let found = measures(.cross, [[1, 0, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 1]])
    #expect(found[.distance] == 0)
    #expect(found[.previous] == nil && found[.next] == nil && found[.itself] == nil)
    let third = measures(.cross, [[0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 1]])[.distance]
    #expect(third.map { abs($0 - 1.0 / 3) < 1e-6 } == true)
  }

  @Test func rowsWithoutNumbersAreLeftOut() {
    #expect(measures(.encoder, [[.nan, 1], [0, 1]])[.last] == 1)
    #expect(measures(.encoder, [[.nan]])[.entropy] == nil)
    #expect(measures(.encoder, [])[.entropy] == nil)
  }

  @Test func measuringRowByRowIsMeasuringAtOnce() throws {
    let inspection = try exampleInspection()
    for found in inspection.measures() {
      let map = try #require(inspection.map(found.place))
      #expect(
        found
          == HeadMeasures(
            found.place, weights: map.weights, rowCount: map.rows.count, columnCount: map.columns.count))
    }
    #expect(inspection.measures(.cross).allSatisfy { $0.place.kind == .cross })
  }
}

@Suite struct InspectionTests {
  @Test func meansAreMeans() throws {
    let inspection = try exampleInspection()
    let maps = try (0..<4).map { try #require(inspection.map(HeadPlace(.cross, layer: 1, head: $0))) }
    let mean = try #require(inspection.mean(.cross, layer: 1))
    expectClose(mean.weights, AttentionMap.mean(of: maps).weights, absolute: 1e-6)
    #expect(inspection.map(HeadPlace(.cross, layer: 1, head: 4)) == nil)
    #expect(inspection.map(HeadPlace(.cross, layer: 2, head: 0)) == nil)
    #expect(inspection.mean(.cross, layer: 7) == nil)
  }

  @Test func theBestAlignmentHasTheHighestScore() throws {
    let inspection = try exampleInspection()
    let best = try #require(inspection.bestAlignment())
    for place in inspection.heads where place.kind == .cross {
      #expect(try #require(inspection.alignment(place)).score <= best.score)
    }
    #expect(inspection.alignment(HeadPlace(.encoder, layer: 0, head: 0)) == nil)
    #expect(!best.map.rows.contains("<!--"), "special tokens are no words")
    #expect(try exampleInspection("bert").bestAlignment() == nil)
  }

  @Test func reportsHoldWhatTheyWereAskedFor() throws {
    let inspection = try exampleInspection()
    var report = InspectionReport(inspection)
    report.add(inspection, .cross, layer: 1, head: 2)
    report.add(inspection, .decoder, layer: 0, head: nil)
    report.add(inspection, .decoder, layer: 9, head: 0)
    let value = try JSONSerialization.jsonObject(with: try JSONEncoder().encode(report))
    let maps = try #require((value as? [String: Any])?["attention"] as? [[String: Any]])
    #expect(maps.count == 2)
    let weights = try #require(maps[0]["weights"] as? [[Double]])
    expectClose(
      weights.flatMap { $0.map(Float.init) },
      try #require(inspection.map(HeadPlace(.cross, layer: 1, head: 2))).weights, absolute: 1e-6)
  }
}

@Suite struct PictureTests {
  @Test(arguments: AttentionPicture.Form.allCases) func picturesHoldAnyToken(_ form: AttentionPicture.Form)
    throws
  {
    let map = AttentionMap(
      rows: hostileTokens, columns: Array(hostileTokens.prefix(2)),
      weights: hostileTokens.indices.flatMap { [Float($0) / 10, .nan] })
    let svg = AttentionPicture(map, title: "<title>").svg(form)
    #expect(svg.hasPrefix("<?xml") && svg.hasSuffix("</svg>\n"))
    #expect(
      !svg.contains("<script") && !svg.contains("<!--") && !svg.contains("\u{0}") && !svg.contains("<title>:")
    )
    #expect(!svg.contains("nan"))
    switch form {
    case .map: #expect(svg.components(separatedBy: "<rect").count - 1 == 18 + 11 + 1)
    // 0 is thinner than what is drawn, and what is no number is not drawn.
    case .lines: #expect(svg.components(separatedBy: "<path").count - 1 == 8)
    }
  }

  /// A square for each weight of a long text would be millions of them.
  @Test(arguments: AttentionPicture.Form.allCases) func longTextsAreDrawnInBlocks(
    _ form: AttentionPicture.Form
  ) {
    func picture(_ columnCount: Int) -> String {
      let weights = [Float](repeating: 1 / Float(columnCount), count: 2 * columnCount)
      let columns = (0..<columnCount).map { "column\($0)" }
      return AttentionPicture(AttentionMap(rows: ["a", "b"], columns: columns, weights: weights)).svg(form)
    }
    let whole = picture(AttentionPicture.largestSide)
    #expect(whole.contains("column127") && !whole.contains("<desc>"))
    let merged = picture(301)
    #expect(merged.contains("<desc>2 rows and 301 columns in blocks of 1 × 3, from 0: "))
    #expect(
      merged.contains(">a</text>") && merged.contains(">297–299</text>") && merged.contains(">300</text>"))
    #expect(!merged.contains("column1"))
    if form == .map {
      #expect(merged.components(separatedBy: "<rect").count - 1 == 2 * 101 + 11 + 1)
      // The share of three columns, not the mean of their weights.
      #expect(merged.contains("b to 297–299: 0.010</title>") && merged.contains("b to 300: 0.003</title>"))
    }
  }

  @Test func emptyMapsArePictures() {
    let empty = AttentionMap(rows: [], columns: [], weights: [])
    for form in AttentionPicture.Form.allCases {
      #expect(AttentionPicture(empty).svg(form).hasSuffix("</svg>\n"))
    }
  }
}
