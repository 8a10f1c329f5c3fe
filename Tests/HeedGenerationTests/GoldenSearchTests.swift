import Foundation
import HeedGeneration
import HeedModels
import HeedText
import Testing

/// A case of `Fixtures/Generation/beam_search.json`.
private struct GoldenCase: Decodable {
  struct Found: Decodable {
    let ids: [TokenID]
    let score: Float
    let tokenLogProbabilities: [Float]
  }
  struct Settings: Decodable {
    let options: GenerationOptions

    init(from decoder: any Decoder) throws {
      var options = GenerationOptions(startToken: 10, endTokens: [0])
      try GenerationSettings(from: decoder, besides: .others([])).apply(to: &options)
      self.options = options
    }
  }
  let seed: UInt64
  let vocabulary: Int
  let spread: Float
  let endBonus: Float
  let sourceCount: Int
  let prefix: [TokenID]
  let settings: Settings
  let hypotheses: [[Found]]

  static func all() throws -> [GoldenCase] {
    struct File: Decodable { let cases: [GoldenCase] }
    return try JSONDecoder().decode(File.self, from: fixtureData("Generation/beam_search.json")).cases
  }

  func model(_ sources: [Int]) -> HashModel {
    var model = HashModel(seed: seed, vocabularySize: vocabulary, sourceNumbers: sources.map(UInt64.init))
    model.spread = spread
    model.endBonus = endBonus
    return model
  }

  func inputs(_ sources: [Int]) -> [SearchInput] {
    sources.map { SearchInput(identity: UInt64($0), prefix: prefix) }
  }
}

@Suite struct GoldenSearchTests {
  @Test func findsWhatTransformersFinds() throws {
    let cases = try GoldenCase.all()
    #expect(cases.count == 360)
    for (index, golden) in cases.enumerated() {
      let sources = Array(0..<golden.sourceCount)
      var model = golden.model(sources)
      let found = try Search.run(&model, golden.inputs(sources), golden.settings.options)
      #expect(found.count == golden.hypotheses.count)
      for (hypotheses, expected) in zip(found, golden.hypotheses) {
        #expect(hypotheses.map(\.tokens) == expected.map(\.ids), "case \(index)")
        for (one, other) in zip(hypotheses, expected) {
          // Rounding of the logarithm of a sum, added over twelve tokens; absolute, or relative where divided by
          // length^-1 the score is large.
          let tolerance = 1e-5 * max(1, abs(other.score))
          #expect(abs(one.score - other.score) <= tolerance, "case \(index)")
          let generated = one.tokenLogProbabilities.dropFirst(golden.prefix.count)
          #expect(one.tokenLogProbabilities.count == one.tokens.count)
          #expect(generated.count == other.tokenLogProbabilities.count)
          for (left, right) in zip(generated, other.tokenLogProbabilities) {
            #expect(abs(left - right) <= 2e-5, "case \(index)")
          }
        }
      }
    }
  }

  /// A source's hypotheses, to the last bit, do not depend on what is beside it.
  @Test func givesTheSameAloneAndInABatch() throws {
    for golden in try GoldenCase.all() where golden.sourceCount > 1 {
      let sources = Array(0..<golden.sourceCount)
      var model = golden.model(sources)
      let together = try Search.run(&model, golden.inputs(sources), golden.settings.options)
      for source in sources {
        var single = golden.model([source])
        let alone = try Search.run(&single, golden.inputs([source]), golden.settings.options)
        #expect(alone == [together[source]])
      }
    }
  }

  /// Reading a hypothesis gives the log-probabilities that finding it gave.
  @Test func scoringAgreesWithSearch() throws {
    var options = GenerationOptions(startToken: 10, endTokens: [0])
    options.beamSize = 4
    options.returnedCount = 4
    options.maximumNewTokens = 10
    for penalty in [LengthPenalty.huggingFace(0.7), .gnmt(0.6)] {
      options.lengthPenalty = penalty
      let sources: [UInt64] = [5, 6, 7]
      var model = HashModel(seed: 1, vocabularySize: 12, sourceNumbers: sources)
      let found = try Search.run(&model, sources.map { SearchInput(identity: $0) }, options)
      for rank in 0..<4 {
        var reader = HashModel(seed: 1, vocabularySize: 12, sourceNumbers: sources)
        let references = found.map { $0[rank].tokens }
        let scored = try Search.score(
          &reader, references: references, startToken: 10, lengthPenalty: penalty)
        #expect(scored == found.map { $0[rank] })
      }
    }
  }
}

@Suite struct SearchReferenceTests {
  @Test(arguments: ["marian", "m2m_100"]) func readsAReference(_ model: String) throws {
    let data = try fixtureData("Checkpoint/\(model)/search.json")
    let reference = try SearchReference(data, startToken: 100, endTokens: [0])
    #expect(reference.inputs.count == 3)
    #expect(reference.cases.count >= 10)
    var seen: Set<GenerationOptions> = []
    for entry in reference.cases {
      #expect(entry.hypotheses.count == 3)
      #expect(entry.hypotheses.allSatisfy { $0.count == entry.options.returnedCount })
      try entry.options.validate(vocabularySize: 101)
      seen.insert(entry.options)
    }
    #expect(seen.count == reference.cases.count)  // every setting changes an option
  }

  @Test func refusesWhatItCannotCompare() {
    func read(_ setting: String) throws -> SearchReference {
      let text = #"{"input_ids":[[1]],"cases":[{\#(setting),"hypotheses":[]}]}"#
      return try SearchReference(Data(text.utf8), startToken: 0, endTokens: [1])
    }
    #expect(throws: Never.self) { try read(#""num_beams":2"#) }
    #expect(throws: ConfigurationError.self) { try read(#""diversity_penalty":2"#) }
    #expect(throws: DecodingError.self) { try read(#""early_stopping":"sometimes""#) }
    #expect(throws: DecodingError.self) { try read(#""num_beams":"2""#) }
  }

  @Test func reportsDifferences() throws {
    let text = #"""
      {"input_ids":[[1],[2]],"cases":[{"num_beams":2,"max_new_tokens":4,
      "hypotheses":[[{"ids":[3,0],"score":-1}],[{"ids":[4,0],"score":-2}]]}]}
      """#
    let reference = try SearchReference(Data(text.utf8), startToken: 0, endTokens: [0])
    func hypothesis(_ tokens: [TokenID], _ score: Float) -> [Hypothesis] {
      [Hypothesis(tokens: tokens, score: score, tokenLogProbabilities: [])]
    }
    let entry = reference.cases[0]
    let same = entry.comparison(with: [hypothesis([3, 0], -1), hypothesis([4, 0], -1.75)])
    #expect(same.differingSources == [])
    #expect(same.largestScoreDifference == 0.25)
    let other = entry.comparison(with: [hypothesis([3, 0], -1), hypothesis([5, 0], -2)])
    #expect(other.differingSources == [1])
    #expect(other.largestScoreDifference == 0)
    #expect(entry.comparison(with: [hypothesis([3, 0], -1), []]).differingSources == [1])
    #expect(entry.comparison(with: [hypothesis([3, 0], .nan), []]).largestScoreDifference == .infinity)
  }
}
