import Foundation
import Heed
import HeedLayers
import HeedTensor
import Testing

@Suite(.serialized) struct TranslatorTests {
  private var options: TranslationOptions {
    var options = TranslationOptions()
    options.beamSize = 3
    options.maximumLength = 16
    return options
  }

  @Test(arguments: [NormPlacement.after, .before])
  func aloneAndInABatchAreBitIdentical(_ placement: NormPlacement) throws {
    try TinyModel.with(placement) { model in
      let translator = try model.translator()
      var options = options
      options.hypothesisCount = 2
      options.batchTokens = 23
      let together = try translator.translate(TinyModel.lines, options)
      #expect(Set(together.map(\.text)).count > 1, "the sources make a difference")
      for (line, expected) in zip(TinyModel.lines, together) {
        options.batchTokens = 4096
        #expect(try translator.translate([line], options) == [expected])
      }
    }
  }

  @Test func threadsChangeNothing() throws {
    try TinyModel.with { model in
      let translator = try model.translator()
      let before = ThreadPool.shared.threadCount
      defer { ThreadPool.shared.setThreadCount(before) }
      ThreadPool.shared.setThreadCount(1)
      let one = try translator.translate(TinyModel.lines, options)
      ThreadPool.shared.setThreadCount(2)
      #expect(try translator.translate(TinyModel.lines, options) == one)
    }
  }

  @Test func linesWithoutTextStayAsTheyAre() throws {
    try TinyModel.with { model in
      let translator = try model.translator()
      let found = try translator.translate(["", "It rains.", " \t "], options)
      #expect(found.map(\.source) == ["", "It rains.", " \t "])
      #expect(found[0].text == "" && found[2].text == " \t ")
      #expect(found[0].hypotheses[0].tokens.isEmpty && found[0].hypotheses[0].score == 0)
      #expect(found[1].text == (try translator.translate("It rains.", options)))
      #expect(try translator.translate([], options) == [])
    }
  }

  @Test func hypothesesAreOrderedAndAsManyAsAskedFor() throws {
    try TinyModel.with { model in
      let translator = try model.translator()
      var options = options
      options.beamSize = nil
      options.hypothesisCount = 6  // more than the model's own beam of 4
      for translation in try translator.translate(TinyModel.lines + ["It rains. It rains."], options) {
        let scores = translation.hypotheses.map(\.score)
        #expect(scores.count == 6)
        #expect(scores == scores.sorted(by: >))
        #expect(Set(translation.hypotheses.map(\.tokens)).count == 6)
      }
      options.beamSize = 2
      #expect(throws: GenerationOptionsError.self) { try translator.translate(["It rains."], options) }
    }
  }

  @Test func theForcedBeginningIsKept() throws {
    try TinyModel.with { model in
      let translator = try model.translator()
      var options = options
      options.prefix = "The green "
      for translation in try translator.translate(TinyModel.lines, options) {
        #expect(translation.text.hasPrefix("The green"))
        let count = translation.hypotheses[0].tokens.count
        #expect(count == translation.hypotheses[0].tokenLogProbabilities.count)
      }
    }
  }

  @Test func scoringGivesTheLogProbabilitiesOfAForcedBeginning() throws {
    try TinyModel.with { model in
      let translator = try model.translator()
      let given = Array(TinyModel.lines.reversed())
      let scored = try translator.score(TinyModel.lines, translations: given, options)
      for (index, line) in TinyModel.lines.enumerated() {
        var options = options
        options.prefix = given[index]
        let forced = try translator.translate([line], options)[0].hypotheses[0]
        let expected = scored[index].hypotheses[0]
        #expect(expected.text == given[index])
        let count = expected.tokens.count - 1  // without the end
        #expect(forced.tokenLogProbabilities.prefix(count) == expected.tokenLogProbabilities.prefix(count))
        let mean = expected.logProbability / Float(expected.tokens.count)
        #expect(abs(expected.score - mean) < 1e-5)
      }
      #expect(throws: TranslatorError.unequalLineCounts(sources: 1, references: 0)) {
        try translator.score(["It rains."], translations: [])
      }
    }
  }

  @Test func severalSentencesAreTheirTranslationsJoined() throws {
    try TinyModel.with { model in
      let translator = try model.translator()
      let (one, two) = (TinyModel.lines[0], TinyModel.lines[1])
      let parts = try translator.translate([one, two], options).map(\.text)
      let joined = try translator.translate(["  \(one)   \(two) "], options)[0]
      #expect(joined.text == "  \(parts[0])   \(parts[1]) ")
      let sum = joined.hypotheses[0].logProbability
      #expect(abs(joined.hypotheses[0].score - sum / Float(joined.hypotheses[0].tokens.count)) < 1e-5)

      var whole = options
      whole.splitsSentences = false
      #expect(try translator.translate([one], whole)[0].text == parts[0])
      #expect(try translator.translate(["\(one) \(two)"], whole)[0].text != "\(parts[0]) \(parts[1])")
    }
  }

  @Test func longLinesAreCutOrRefused() throws {
    try TinyModel.with { model in
      let translator = try model.translator()
      let long = Array(repeating: "the old house, the red church and two dogs", count: 40).joined(
        separator: " ")
      #expect(!(try translator.translate(long, options)).isEmpty)
      let word = String(repeating: "house", count: 400)
      #expect(!(try translator.translate(word, options)).isEmpty)
      var whole = options
      whole.splitsSentences = false
      do {
        _ = try translator.translate(["It rains.", long], whole, firstLine: 10)
        Issue.record("a source beyond the model's positions was accepted")
      } catch let error as TranslatorError {
        guard case .sourceTooLong(line: 12, _, limit: 48) = error else {
          Issue.record("\(error)")
          return
        }
      }
    }
  }

  @Test func noTranslationIsLongerThanItsSourceAllows() throws {
    try TinyModel.with(.before) { model in
      let files = ModelDirectory(model.directory)
      let tokenizer = try TextTokenizer(contentsOf: files.tokenizerURL)
      // Without generation_config.json, which stops at the positions that the model declares.
      let translator = try Translator(model: try files.loadModel(), sourceTokenizer: tokenizer)
      #expect(translator.defaults.maximumNewTokens == 256)
      let options = TranslationOptions()
      let margins = try translator.translate(TinyModel.lines, options).map {
        $0.hypotheses[0].tokens.count - tokenizer.encode($0.source).count
      }
      // Random weights hardly ever end a sentence.
      #expect(margins.allSatisfy { $0 <= 50 } && margins.contains(50))
    }
  }

  @Test func samplesFollowTheSeedAndTheLine() throws {
    try TinyModel.with { model in
      let translator = try model.translator()
      var options = options
      options.beamSize = nil
      options.sampling = SamplingOptions()
      options.sampling?.seed = 7
      options.hypothesisCount = 3
      let all = try translator.translate(TinyModel.lines, options)
      #expect(try translator.translate([TinyModel.lines[4]], options, firstLine: 4)[0] == all[4])
      #expect(try translator.translate([TinyModel.lines[4]], options, firstLine: 5)[0] != all[4])
      options.sampling?.seed = 8
      #expect(try translator.translate(TinyModel.lines, options) != all)
    }
  }

  @Test func alignmentsLinkWords() throws {
    try TinyModel.with { model in
      let translator = try model.translator()
      var options = options
      options.alignsWords = true
      let line = "\(TinyModel.lines[0]) \(TinyModel.lines[2])"
      let best = try translator.translate([line], options)[0].hypotheses[0]
      let links = try #require(best.alignment)
      #expect(!links.isEmpty)
      #expect(links.allSatisfy { $0.source < 16 }, "the line has 16 words")
      #expect(links.contains { $0.source >= 8 }, "the second sentence's words are counted on")
      let attention = try translator.attention(for: TinyModel.lines[0], options)
      #expect(attention.words.columns == TinyModel.lines[0].split(separator: " ").map(String.init))
      #expect(attention.tokens.columns.last == "</s>" && attention.pieces.columns.last == ".")
      for row in attention.tokens.rows.indices {
        let sum = attention.tokens.columns.indices.reduce(Float(0)) { $0 + attention.tokens[row, $1] }
        #expect(abs(sum - 1) < 1e-4)
      }
      options.attentionLayer = 2
      #expect(throws: TranslatorError.noSuchLayer(layer: 2, layerCount: 2)) {
        try translator.translate([line], options)
      }
    }
  }
}
