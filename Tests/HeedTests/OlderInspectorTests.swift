import Foundation
import Heed
import HeedLayers
import TestSupport
import Testing

/// Looking into the models that came before the Transformer.
@Suite struct OlderInspectorTests {
  private func with(_ kind: String, _ body: (URL) throws -> Void) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "heed-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: url) }
    try OlderModelDirectory.write(kind, to: url)
    try body(url)
  }

  @Test(arguments: OlderModelDirectory.attending)
  func aTranslationIsInspectedAsItIsTranslated(_ kind: String) throws {
    try with(kind) { url in
      let inspector = try Inspector(directory: url)
      let translator = try Translator(directory: url)
      let line = OlderModelDirectory.lines[0]
      let inspection = try inspector.inspect(line)
      var options = TranslationOptions()
      options.splitsSentences = false
      let translation = try translator.translate([line], options)[0]
      #expect(inspection.outcome?.text == translation.text && inspection.kinds == [.cross])
      #expect(inspection.written.map(\.token) == translation.hypotheses[0].tokens)
      #expect(inspection.heads.count == (kind == "convolutional" ? 3 : 1))
      #expect(inspector.attentions.kinds == [.cross] && inspection.notes.count == 1)
      #expect(inspection.notes.allSatisfy { $0.contains("has no self-attention") })
      for place in inspection.heads {
        let map = try #require(inspection.map(place))
        for row in map.rows.indices {
          #expect(abs(map.columns.indices.reduce(0) { $0 + map[row, $1] } - 1) < 1e-5)
        }
      }
      // The same layer whoever asks: the last but one, or the only one.
      let layer = kind == "convolutional" ? 1 : 0
      let attention = try translator.attention(for: line, options)
      expectClose(
        try #require(inspection.mean(.cross, layer: layer)).weights, attention.tokens.weights, absolute: 1e-6)
      options.alignsWords = true
      #expect(
        inspection.alignment(layer: layer)?.links
          == (try translator.translate([line], options)[0].hypotheses[0].alignment))
    }
  }

  /// Links count the words of the sentence, not those of what comes before it.
  @Test(arguments: OlderModelDirectory.attending) func alignmentsLeaveThePrefixOut(_ kind: String) throws {
    try with(kind) { url in
      let plain = try Translator(directory: url)
      let told = try Translator(directory: url, TranslationTask(sourcePrefix: "The old house: "))
      let line = OlderModelDirectory.lines[1]
      let (inspection, alone) = (try told.inspect(line), try plain.inspect(line))
      #expect(inspection.source.count > alone.source.count)
      let aligned = try #require(inspection.bestAlignment())
      #expect(aligned.map.columns == alone.bestAlignment()?.map.columns)
      var options = TranslationOptions()
      options.splitsSentences = false
      options.alignsWords = true
      #expect(
        inspection.alignment(layer: kind == "convolutional" ? 1 : 0)?.links
          == (try told.translate([line], options)[0].hypotheses[0].alignment))
      #expect(try told.attention(for: line, options).words.columns == aligned.map.columns)
    }
  }

  /// Steps of a search and the pass that is looked into are one model.
  @Test(arguments: OlderModelDirectory.attending) func aGivenTranslationIsScored(_ kind: String) throws {
    try with(kind) { url in
      let translator = try Translator(directory: url)
      let (line, given) = (OlderModelDirectory.lines[0], OlderModelDirectory.lines[2])
      let inspection = try translator.inspect(line, translation: given)
      let scored = try translator.score([line], translations: [given])
      expectClose(
        inspection.predictions.map { Float(log(Double($0.chosen.probability))) },
        scored[0].hypotheses[0].tokenLogProbabilities, absolute: 1e-4)
    }
  }

  /// Without its attention a model writes the same whatever it reads of it, in steps and in a pass.
  @Test(arguments: OlderModelDirectory.attending) func removedHeadsAddNothing(_ kind: String) throws {
    try with(kind) { url in
      let translator = try Translator(directory: url)
      let heads = (0..<(kind == "convolutional" ? 3 : 1)).map { HeadPlace(.cross, layer: $0, head: 0) }
      let without = try translator.removingHeads(heads)
      let (line, given) = (OlderModelDirectory.lines[0], OlderModelDirectory.lines[2])
      let inspection = try without.inspect(line, translation: given)
      let scored = try without.score([line], translations: [given])[0].hypotheses[0]
      expectClose(
        inspection.predictions.map { Float(log(Double($0.chosen.probability))) },
        scored.tokenLogProbabilities, absolute: 1e-4)
      #expect(try translator.score([line], translations: [given])[0].hypotheses[0].score != scored.score)
      for place in heads {
        let output = try #require(inspection.recorder.output(.cross, layer: place.layer, sequence: 0))
        #expect(output.scalars.allSatisfy { $0 == 0 })
        // The rows are there all the same.
        let weights = try #require(inspection.weights(place))
        #expect(weights.contains { $0 > 0 })
      }
      if kind == "convolutional" {
        // All that a convolutional decoder knows of its source is its attention.
        let other = try without.score([OlderModelDirectory.lines[1]], translations: [given])[0].hypotheses[0]
        #expect(other.tokenLogProbabilities == scored.tokenLogProbabilities)
      }
    }
  }

  @Test func whatIsNotThereIsSaid() throws {
    try with("additive") { url in
      let inspector = try Inspector(directory: url)
      #expect(throws: InspectionError.noSuchKind(.encoder, available: [.cross])) {
        try inspector.attentions.check(HeadPlace(.encoder, layer: 0, head: 0))
      }
      #expect(throws: InspectionError.noSuchLayer(.cross, layer: 1, layerCount: 1)) {
        try inspector.removingHeads([HeadPlace(.cross, layer: 1, head: 0)])
      }
    }
    try with("none") { url in
      let translator = try Translator(directory: url)
      #expect(throws: TranslatorError.noAttention) { try translator.attention(for: "It rains.") }
      // What was likely can be looked at all the same.
      let inspection = try translator.inspect("It rains.")
      #expect(inspection.kinds.isEmpty && inspection.predictions.count == inspection.written.count)
    }
  }

  /// A page holds the vector that additive attention compares by.
  @Test func aPageHoldsWhatAdditiveAttentionNeeds() throws {
    try with("additive") { url in
      let page = AttentionPage(try Inspector(directory: url).inspect("It rains.")).html
      #expect(page.contains("\"additive\":\"") && page.contains("A recurrent model has no self-attention"))
    }
    try with("multiplicative") { url in
      let page = AttentionPage(try Inspector(directory: url).inspect("It rains.")).html
      #expect(!page.contains("\"additive\":\""))
    }
  }
}
