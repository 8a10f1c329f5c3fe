import Foundation
import HeedGeneration
import HeedText
import Testing

/// Gives the row of a table that its function chooses from what a row has read.
private struct TableModel: NextTokenModel {
  let vocabularySize: Int
  var histories: [[TokenID]]
  let row: ([TokenID]) -> [Float]

  init(vocabularySize: Int, sourceCount: Int = 1, row: @escaping ([TokenID]) -> [Float]) {
    self.vocabularySize = vocabularySize
    histories = (0..<sourceCount).map { _ in [] }
    self.row = row
  }

  mutating func step(
    tokens: [TokenID], parents: [Int], _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    histories = zip(tokens, parents).map { histories[$1] + [$0] }
    var logits = histories.flatMap(row)
    try logits.withUnsafeMutableBufferPointer { try body($0) }
  }
}

@Suite struct SearchTests {
  private func options(_ change: (inout GenerationOptions) -> Void = { _ in }) -> GenerationOptions {
    var options = GenerationOptions(startToken: 3, endTokens: [0])
    change(&options)
    return options
  }

  private func inputs(_ count: Int) -> [SearchInput] {
    (0..<count).map { SearchInput(identity: UInt64($0)) }
  }

  /// With a beam that holds everything, the best sequence of all is found, which is found here by trying all.
  @Test(arguments: UInt64(0)..<10, [LengthPenalty.huggingFace(0), .huggingFace(1), .gnmt(0.6)])
  func aWideBeamFindsTheBest(_ seed: UInt64, _ penalty: LengthPenalty) throws {
    let size = 4
    let limit = 4
    let wide = options {
      $0.beamSize = 200
      $0.maximumNewTokens = limit
      $0.lengthPenalty = penalty
      $0.earlyStopping = .never
    }
    var best: Hypothesis?
    func visit(_ tokens: [TokenID]) throws {
      if tokens.last == 0 || tokens.count == limit {
        var reader = HashModel(seed: seed, vocabularySize: size, sourceNumbers: [0])
        let scored = try Search.score(&reader, references: [tokens], startToken: 3, lengthPenalty: penalty)[0]
        if scored.score > best?.score ?? -.infinity { best = scored }
        return
      }
      for token in 0..<TokenID(size) { try visit(tokens + [token]) }
    }
    try visit([])
    var model = HashModel(seed: seed, vocabularySize: size, sourceNumbers: [0])
    #expect(try Search.run(&model, inputs(1), wide) == [[try #require(best)]])
  }

  @Test func theGNMTPenaltyIsThePapers() {
    #expect(LengthPenalty.gnmt(0.6).score(sum: -6, length: 1) == -6)
    #expect(abs(LengthPenalty.gnmt(0.6).score(sum: -6, length: 7) + 6 / 1.515_716_6) < 1e-5)  // 2^0.6
    #expect(LengthPenalty.gnmt(0).score(sum: -6, length: 9) == -6)
    #expect(LengthPenalty.huggingFace(1).score(sum: -6, length: 3) == -2)
    #expect(LengthPenalty.huggingFace(2).score(sum: -6, length: 2) == -1.5)
  }

  @Test func finishedSourcesDisappear() throws {
    var model = HashModel(seed: 2, vocabularySize: 11, sourceNumbers: [0, 1, 2, 3])
    model.endBonus = 2
    let beam = options {
      $0.beamSize = 3
      $0.maximumNewTokens = 30
    }
    let together = try Search.run(&model, inputs(4), beam)
    #expect(together.count == 4)
    #expect(model.largestRowCount <= 12)
    // Every source by itself takes fewer steps than the longest one, or the last would not matter.
    let steps = try (0..<4).map { source in
      var single = HashModel(seed: 2, vocabularySize: 11, sourceNumbers: [UInt64(source)])
      single.endBonus = 2
      _ = try Search.run(&single, inputs(1), beam)
      return single.stepCount
    }
    #expect(steps.max() == model.stepCount)
    #expect(Set(steps).count > 1)
  }

  @Test func prefixesOfDifferentLengths() throws {
    let prefixes: [[TokenID]] = [[], [5], [5, 7, 2], [1, 1]]
    for beamSize in [1, 3] {
      let beam = options {
        $0.beamSize = beamSize
        $0.maximumNewTokens = 6
      }
      var model = HashModel(seed: 4, vocabularySize: 11, sourceNumbers: [0, 1, 2, 3])
      let requests = prefixes.enumerated().map { SearchInput(identity: UInt64($0), prefix: $1) }
      let together = try Search.run(&model, requests, beam)
      for (source, request) in requests.enumerated() {
        let best = together[source][0]
        #expect(best.tokens.starts(with: request.prefix))
        #expect(best.tokens.count <= request.prefix.count + 6 && best.tokens.count > request.prefix.count)
        var single = HashModel(seed: 4, vocabularySize: 11, sourceNumbers: [UInt64(source)])
        #expect(try Search.run(&single, [request], beam) == [[best]])
        var reader = HashModel(seed: 4, vocabularySize: 11, sourceNumbers: [UInt64(source)])
        let scored = try Search.score(&reader, references: [best.tokens], startToken: 3)[0]
        #expect(scored.tokenLogProbabilities == best.tokenLogProbabilities)
        let generated = best.tokenLogProbabilities.dropFirst(request.prefix.count)
        #expect(abs(generated.reduce(0, +) / Float(generated.count) - best.score) < 1e-6)
      }
    }
  }

  /// Constraints that leave nothing still give a hypothesis.
  @Test(arguments: [1, 3]) func survivesConstraintsThatForbidEverything(_ beamSize: Int) throws {
    let impossible = options {
      $0.beamSize = beamSize
      $0.suppressedTokens = [0, 1, 2, 3]
    }
    var model = HashModel(seed: 2, vocabularySize: 4, sourceNumbers: [0])
    let nothing = [Hypothesis(tokens: [], score: 0, tokenLogProbabilities: [])]
    #expect(try Search.run(&model, inputs(1), impossible) == [nothing])
    // No token twice, and no end: after the other three (the start token counts) nothing is left.
    let exhausted = options {
      $0.beamSize = beamSize
      $0.noRepeatNgramSize = 1
      $0.suppressedTokens = [0]
    }
    var again = HashModel(seed: 2, vocabularySize: 4, sourceNumbers: [0])
    let found = try Search.run(&again, inputs(1), exhausted)
    #expect(found[0].map { Set($0.tokens) } == [[1, 2]])
  }

  @Test(arguments: [1, 3], [Float.nan, .infinity]) func refusesUnusableLogits(_ beamSize: Int, _ value: Float)
  {
    let beam = options {
      $0.beamSize = beamSize
      $0.maximumNewTokens = 5
    }
    var model = TableModel(vocabularySize: 4, sourceCount: 2) { history in
      history.count < 3 ? [-9, 0, 0.5, 0.25] : [0, 0, value, 0]
    }
    let error = #expect(throws: SearchError.self) { try Search.run(&model, inputs(2), beam) }
    #expect(error == .unusableLogits(source: 0, position: 2))
    var hopeless = TableModel(vocabularySize: 4) { _ in [Float](repeating: -.infinity, count: 4) }
    #expect(throws: SearchError.unusableLogits(source: 0, position: 0)) {
      try Search.run(&hopeless, inputs(1), beam)
    }
  }

  @Test func refusesUnknownTokens() {
    var model = HashModel(seed: 2, vocabularySize: 4, sourceNumbers: [0, 1])
    let requests = [SearchInput(identity: 0), SearchInput(identity: 1, prefix: [1, 4])]
    let expected = SearchError.unknownToken(4, source: 1, vocabularySize: 4)
    #expect(throws: expected) { try Search.run(&model, requests, options()) }
    #expect(throws: SearchError.unknownToken(-1, source: 0, vocabularySize: 4)) {
      try Search.score(&model, references: [[-1]], startToken: 3)
    }
    #expect(model.stepCount == 0)
  }

  @Test func handlesNoSourcesAndEmptyReferences() throws {
    var model = HashModel(seed: 2, vocabularySize: 4, sourceNumbers: [])
    #expect(try Search.run(&model, [], options()) == [])
    var other = HashModel(seed: 2, vocabularySize: 4, sourceNumbers: [0, 1])
    let scored = try Search.score(&other, references: [[], [1, 0]], startToken: 3)
    #expect(scored[0] == Hypothesis(tokens: [], score: 0, tokenLogProbabilities: []))
    var alone = HashModel(seed: 2, vocabularySize: 4, sourceNumbers: [1])
    #expect(try Search.score(&alone, references: [[1, 0]], startToken: 3) == [scored[1]])
  }

  @Test func stopsWhenCancelled() async {
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      var model = HashModel(seed: 2, vocabularySize: 4, sourceNumbers: [0])
      _ = try Search.run(
        &model, [SearchInput(identity: 0)], GenerationOptions(startToken: 3, endTokens: [0]))
    }
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  static let wrongOptions: [(option: String, change: @Sendable (inout GenerationOptions) -> Void)] = [
    ("beamSize", { $0.beamSize = 0 }),
    ("returnedCount", { $0.returnedCount = 0 }),
    ("returnedCount", { $0.returnedCount = 2 }),
    ("lengthPenalty", { $0.lengthPenalty = .gnmt(.nan) }),
    ("maximumNewTokens", { $0.maximumNewTokens = 0 }),
    ("minimumNewTokens", { $0.minimumNewTokens = -1 }),
    ("minimumNewTokens", { $0.minimumNewTokens = 257 }),
    ("noRepeatNgramSize", { $0.noRepeatNgramSize = -1 }),
    ("repetitionPenalty", { $0.repetitionPenalty = 0 }),
    ("repetitionPenalty", { $0.repetitionPenalty = .infinity }),
    ("startToken", { $0.startToken = -1 }),
    ("endTokens", { $0.endTokens = [11] }),
    ("forcedBeginningToken", { $0.forcedBeginningToken = -1 }),
    ("forcedEndToken", { $0.forcedEndToken = 11 }),
    ("suppressedTokens", { $0.suppressedTokens = [3, 11] }),
    ("badWords", { $0.badWords = [[1, 11]] }),
    ("badWords", { $0.badWords = [[]] }),
    (
      "beamSize",
      {
        $0.beamSize = 2
        $0.sampling = SamplingOptions()
      }
    ),
    ("temperature", { $0.sampling = sampling { $0.temperature = 0 } }),
    ("topK", { $0.sampling = sampling { $0.topK = 0 } }),
    ("topP", { $0.sampling = sampling { $0.topP = 1.5 } }),
    ("topP", { $0.sampling = sampling { $0.topP = .nan } }),
    ("minP", { $0.sampling = sampling { $0.minP = -0.1 } }),
  ]

  private static func sampling(_ change: (inout SamplingOptions) -> Void) -> SamplingOptions {
    var options = SamplingOptions()
    change(&options)
    return options
  }

  @Test(arguments: wrongOptions.indices) func refusesAWrongOption(_ index: Int) {
    var options = GenerationOptions(startToken: 10, endTokens: [0])
    #expect(throws: Never.self) { try options.validate(vocabularySize: 11) }
    Self.wrongOptions[index].change(&options)
    var model = HashModel(seed: 2, vocabularySize: 11, sourceNumbers: [0])
    let error = #expect(throws: GenerationOptionsError.self) { try Search.run(&model, inputs(1), options) }
    #expect(error?.option == Self.wrongOptions[index].option)
    #expect(error?.description.contains(", got ") == true || error?.option == "badWords")
  }
}

@Suite struct EnsembleTests {
  private let sources: [UInt64] = [0, 1, 2]

  private func beamOptions() -> GenerationOptions {
    var options = GenerationOptions(startToken: 10, endTokens: [0])
    options.beamSize = 3
    options.returnedCount = 3
    options.maximumNewTokens = 8
    return options
  }

  @Test func averagesProbabilities() throws {
    let logits: [[Float]] = [[0, 1, 2], [5, 5, -.infinity], [-1, 0, 3]]
    let members = logits.map { row in TableModel(vocabularySize: 3) { _ in row } }
    var ensemble = try EnsembleModel(members)
    try ensemble.step(tokens: [0, 1], parents: [0, 0]) { found in
      for token in 0..<3 {
        var probability = 0.0
        for row in logits {
          let weights = row.map { exp(Double($0)) }
          probability += weights[token] / weights.reduce(0, +) / 3
        }
        for row in 0..<2 {
          #expect(abs(exp(Double(found[row * 3 + token])) - probability) < 1e-6)
        }
      }
    }
  }

  @Test func aModelWithItselfIsThatModel() throws {
    let model = HashModel(seed: 6, vocabularySize: 11, sourceNumbers: sources)
    var alone = model
    var ensemble = try EnsembleModel([model, model])
    let inputs = sources.map { SearchInput(identity: $0) }
    let expected = try Search.run(&alone, inputs, beamOptions())
    let found = try Search.run(&ensemble, inputs, beamOptions())
    #expect(found.map { $0.map(\.tokens) } == expected.map { $0.map(\.tokens) })
    for (one, other) in zip(found.joined(), expected.joined()) {
      #expect(abs(one.score - other.score) < 1e-5)
    }
  }

  @Test func refusesWhatDoesNotFit() throws {
    let small = HashModel(seed: 6, vocabularySize: 11, sourceNumbers: sources)
    let large = HashModel(seed: 6, vocabularySize: 12, sourceNumbers: sources)
    #expect(throws: SearchError.differentVocabularies([11, 12])) { try EnsembleModel([small, large]) }
    let broken = TableModel(vocabularySize: 11, sourceCount: 3) { _ in [Float](repeating: .nan, count: 11) }
    var ensemble = try EnsembleModel([broken, small])
    #expect(throws: SearchError.unusableLogits(source: 0, position: 0)) {
      try Search.run(&ensemble, sources.map { SearchInput(identity: $0) }, beamOptions())
    }
  }
}
