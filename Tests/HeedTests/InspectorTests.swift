import Foundation
import Heed
import HeedLayers
import TestSupport
import Testing

/// Laws of looking into models; that rows are those of transformers is shown where they are captured.
@Suite struct InspectorTests {
  /// Search never writes the token that fills up batches, one of 420, and counts probabilities among the others.
  private static let shareOfPad: Float = 5e-3

  private static let stories = fixturesDirectory.appending(path: "Stories")

  private static func encoder(_ name: String) -> URL { fixturesDirectory.appending(path: "Encoders/\(name)") }

  @Test func aTranslationIsInspectedAsItIsTranslated() throws {
    try TinyModel.with { tiny in
      let translator = try tiny.translator()
      let line = TinyModel.lines[0]
      let inspection = try translator.inspect(line)
      var options = TranslationOptions()
      options.splitsSentences = false
      let translation = try translator.translate([line], options)[0]
      #expect(inspection.outcome?.text == translation.text)
      #expect(inspection.written.map(\.token) == translation.hypotheses[0].tokens)
      #expect(inspection.read.count == inspection.written.count)
      expectClose(
        inspection.predictions.map { Float(log(Double($0.chosen.probability))) },
        translation.hypotheses[0].tokenLogProbabilities, absolute: Self.shareOfPad)
      // Search never takes the token that fills up batches, likely as it may be.
      #expect(inspection.predictions.allSatisfy { $0.rank <= 1 && !$0.isGiven && $0.candidates.count == 10 })
      let attention = try translator.attention(for: line, options)
      expectClose(
        try #require(inspection.mean(.cross, layer: 0)).weights, attention.tokens.weights, absolute: 1e-6)
      options.alignsWords = true
      options.attentionLayer = 1
      #expect(
        inspection.alignment(layer: 1)?.links
          == (try translator.translate([line], options)[0].hypotheses[0].alignment))
      #expect(inspection.source.last?.isSpecial == true && inspection.source[0].startsWord)
      #expect(inspection.heads.count == 12)
    }
  }

  @Test func aGivenTranslationIsScored() throws {
    try TinyModel.with { tiny in
      let inspection = try tiny.translator().inspect(TinyModel.lines[0], translation: TinyModel.lines[5])
      #expect(inspection.outcome?.text == TinyModel.lines[5])
      let scored = try tiny.translator().score([TinyModel.lines[0]], translations: [TinyModel.lines[5]])
      expectClose(
        inspection.predictions.map { Float(log(Double($0.chosen.probability))) },
        scored[0].hypotheses[0].tokenLogProbabilities, absolute: Self.shareOfPad)
      #expect(inspection.predictions.allSatisfy { $0.isGiven })
    }
  }

  @Test func onlyWhatIsWantedIsRecorded() throws {
    try TinyModel.with { tiny in
      var choice = InspectionOptions()
      choice.kinds = [.decoder, .cross]
      choice.layers = [1]
      choice.predictionLimit = 2
      choice.candidateCount = 3
      let inspection = try tiny.translator().inspect(TinyModel.lines[1], TranslationOptions(), choice)
      #expect(inspection.kinds == [.decoder, .cross] && inspection.layers(.cross) == [1])
      #expect(inspection.predictions.count == min(2, inspection.written.count))
      #expect(inspection.predictions.last?.position == inspection.written.count - 1)
      #expect(inspection.predictions.allSatisfy { $0.candidates.count == 3 })
    }
  }

  /// Steps with a cache and whole passes leave out the same heads.
  @Test func searchLeavesOutRemovedHeads() throws {
    try TinyModel.with { tiny in
      let translator = try tiny.translator()
      let heads = [
        HeadPlace(.encoder, layer: 0, head: 1), HeadPlace(.decoder, layer: 1, head: 0),
        HeadPlace(.cross, layer: 0, head: 0), HeadPlace(.cross, layer: 1, head: 1),
      ]
      let without = try translator.removingHeads(heads)
      var options = TranslationOptions()
      options.beamSize = 1
      options.splitsSentences = false
      for line in TinyModel.lines {
        let found = try without.translate([line], options)[0]
        let inspected = try without.inspect(line, options)
        expectClose(
          inspected.predictions.map { Float(log(Double($0.chosen.probability))) },
          found.hypotheses[0].tokenLogProbabilities, absolute: Self.shareOfPad)
      }
      func score(_ translator: Translator) throws -> Float {
        try translator.score([TinyModel.lines[0]], translations: ["It rains."])[0].hypotheses[0].score
      }
      #expect(try score(translator) != score(without))
      #expect(try score(translator) == score(translator.removingHeads([])))
    }
  }

  @Test func headsThatThereAreNotAreRefused() throws {
    let filler = try MaskFiller(directory: Self.encoder("masked"))
    #expect(throws: InspectionError.noSuchKind(.cross, available: [.encoder])) {
      try filler.removingHeads([HeadPlace(.cross, layer: 0, head: 0)])
    }
    #expect(throws: InspectionError.noSuchLayer(.encoder, layer: 9, layerCount: 2)) {
      try filler.removingHeads([HeadPlace(.encoder, layer: 9, head: 0)])
    }
    #expect(throws: InspectionError.noSuchHead(.encoder, head: -1, headCount: 4)) {
      try filler.removingHeads([HeadPlace(.encoder, layer: 0, head: -1)])
    }
  }

  @Test func aContinuationIsInspectedAsItIsWritten() throws {
    let generator = try TextGenerator(directory: Self.stories)
    var options = generator.defaults
    options.sampling = nil
    options.maximumNewTokens = 12
    let found = try generator.generate(["Once upon a time"], options)[0][0]
    let inspection = try generator.inspect("Once upon a time", options)
    #expect(inspection.outcome?.text == found.text)
    let own = inspection.predictions.filter { !$0.isGiven }
    #expect(own.count == found.tokens.count && inspection.written.count == inspection.read.count - 1)
    expectClose(
      own.map { Float(log(Double($0.chosen.probability))) }, found.tokenLogProbabilities,
      absolute: Self.shareOfPad)
    let without = try generator.removingHeads([HeadPlace(.decoder, layer: 2, head: 5)])
    let steps = try without.generate(["Once upon a time"], options)[0][0]
    let pass = try without.inspect("Once upon a time", options)
    expectClose(
      pass.predictions.filter { !$0.isGiven }.map { Float(log(Double($0.chosen.probability))) },
      steps.tokenLogProbabilities, absolute: Self.shareOfPad)
    #expect(steps.tokenLogProbabilities != found.tokenLogProbabilities)
  }

  @Test(arguments: ["masked", "classifier", "labeler", "answerer", "embedder"])
  func everyEncoderCanBeLookedInto(_ name: String) throws {
    let inspector = try Inspector(directory: Self.encoder(name))
    let text = name == "masked" ? "paris is the [MASK] of france ." : "paris is the capital of france ."
    if name == "answerer" {
      #expect(throws: InspectionError.contextMissing) { try inspector.inspect(text) }
    }
    let example = Inspector.Example(text, pair: name == "answerer" ? "ada lovelace lived in london" : nil)
    let inspection = try inspector.inspect(example)
    #expect(inspection.kinds == [.encoder] && inspection.heads.count == 8 && inspection.read.isEmpty)
    #expect((inspection.outcome == nil) == (name == "embedder"))
    for place in inspection.heads {
      let map = try #require(inspection.map(place))
      for row in map.rows.indices {
        #expect(abs(map.columns.indices.reduce(0) { $0 + map[row, $1] } - 1) < 1e-5)
      }
    }
    if name == "masked" {
      guard case .filler(let filler) = inspector else { throw InspectionError.noPair }
      let mask = try filler.fill(text).masks[0]
      #expect(inspection.predictions.count == 1)
      expectClose(
        inspection.predictions[0].candidates.prefix(5).map(\.probability), mask.candidates.map(\.probability),
        absolute: 1e-6)
      #expect(inspection.source[inspection.predictions[0].position].token == "[MASK]")
    }
    #expect(throws: InspectionError.noTarget) {
      try inspector.inspect(Inspector.Example(text, target: "x"))
    }
    let changed = try inspector.removingHeads([HeadPlace(.encoder, layer: 1, head: 2)]).inspect(example)
    #expect(
      changed.weights(HeadPlace(.encoder, layer: 1, head: 0))
        == inspection.weights(HeadPlace(.encoder, layer: 1, head: 0)))
  }

  @Test func pairsAreForEncoders() throws {
    let inspector = try Inspector(directory: Self.stories)
    #expect(throws: InspectionError.noPair) { try inspector.inspect(Inspector.Example("Once", pair: "upon")) }
    #expect(throws: InspectionError.self) {
      var example = Inspector.Example("Once")
      example.maximumNewTokens = 0
      return try inspector.inspect(example)
    }
  }

  /// A text that is cut again need not give the tokens that were written: tokens do, whoever ended them.
  @Test func writtenTokensCanBeGiven() throws {
    func expectSame(_ inspector: Inspector, _ text: String, _ limit: Int) throws {
      var example = Inspector.Example(text)
      example.maximumNewTokens = limit
      let own = try inspector.inspect(example)
      example.targetTokens = own.writtenIDs
      let given = try inspector.inspect(example)
      #expect(!own.writtenIDs.isEmpty && own.writtenIDs.count <= limit && given.writtenIDs == own.writtenIDs)
      #expect(given.read == own.read && given.outcome == own.outcome)
      #expect(given.predictions.map(\.chosen) == own.predictions.map(\.chosen))
      #expect(given.predictions.allSatisfy { $0.isGiven })
    }
    try expectSame(try Inspector(directory: Self.stories), "Once upon a time", 8)
    try TinyModel.with { tiny in
      let inspector = try Inspector(directory: tiny.directory)
      try expectSame(inspector, TinyModel.lines[0], 3)
    }
    #expect(throws: InspectionError.noTarget) {
      var example = Inspector.Example("paris is the [MASK] of france .")
      example.targetTokens = [1]
      return try Inspector(directory: Self.encoder("masked")).inspect(example)
    }
  }

  /// Cut on its own, `, there` would begin with a space.
  @Test func aContinuationGoesOnWhereThePromptEnds() throws {
    let generator = try TextGenerator(directory: Self.stories)
    let inspection = try generator.inspect("Once upon a time", continuation: ", there")
    #expect(inspection.written.suffix(2).map(\.token) == [",", "\u{2581}there"])
    #expect(inspection.predictions.allSatisfy { $0.isGiven })
  }

  @Test func wordsOfBytesAreRead() throws {
    let inspection = try TextGenerator(directory: Self.stories).inspect("日本 is", continuation: " big")
    let map = try #require(inspection.mean(.decoder, layer: 0))
    #expect(inspection.words(map, .decoder).rows == ["<s>", "日本", "is", "big"])
    #expect(map.rows.contains("<0xE6>"), "a token alone is shown as the vocabulary spells it")
  }

  @Test func whatWasCutIsSaid() throws {
    let text = String(repeating: "paris is the capital of france . ", count: 40)
    let read = try Inspector(directory: Self.encoder("embedder")).inspect(text)
    #expect(read.notes.count == 1 && read.notes[0].contains("\(read.source.count) tokens at most"))
    var classifier = try TextClassifier(directory: Self.encoder("classifier"))
    classifier.cutsLongTexts = true
    #expect(try classifier.inspect(text).notes.count == 1)
    #expect(try classifier.inspect("paris is the capital of france .").notes.isEmpty)
    var labeler = try TokenClassifier(directory: Self.encoder("labeler"))
    labeler.cutsLongTexts = true
    #expect(try labeler.inspect(text).notes.count == 1)
  }
}
