import HeedGeneration
import HeedLayers
import HeedModels
import HeedTensor
import HeedText
import TestSupport
import Testing

/// Decoding step by step with the rows that recurrent and convolutional models keep.
@Suite struct SequenceSessionTests {
  static let sources: [[TokenID]] = [[3, 4, 5, 6, 7, 2], [8, 2], [9, 10, 11, 2]]

  /// Any tree of hypotheses gets what whole targets get, to the last bit: rows move, are copied, and disappear.
  @Test(arguments: UInt64(0)..<4)
  func cachedDecodingMatchesFullDecoding(_ seed: UInt64) throws {
    func check(_ name: String, _ model: some SequenceToSequenceModel) throws {
      var generator = SplitMix64(seed: seed)
      var session = SequenceModelSession(model.preparedForInference, sources: Self.sources)
      var rows = Self.sources.indices.map { (source: $0, tokens: [TokenID]()) }
      for step in 0..<11 {
        // Each source keeps one to three hypotheses, children of any of its own.
        var parents: [Int] = []
        for source in Self.sources.indices where step < 6 || source != 1 {
          let own = rows.indices.filter { rows[$0].source == source }
          let count = step == 0 ? 1 : 1 + generator.next(below: 3)
          parents += (0..<count).map { _ in own[generator.next(below: own.count)] }
        }
        let tokens = parents.map { _ in TokenID(1 + generator.next(below: 28)) }
        rows = zip(parents, tokens).map { (rows[$0].source, rows[$0].tokens + [$1]) }
        try session.step(tokens: tokens, parents: parents) { logits in
          for (row, hypothesis) in rows.enumerated() {
            var context = ForwardContext.inference
            let states = model.states(
              sources: TokenSequences([Self.sources[hypothesis.source]]),
              targets: TokenSequences([hypothesis.tokens]), &context)
            let whole = model.logits(states.rowsWithoutGradient(step..<step + 1))
            let size = model.configuration.vocabulary.targetSize
            let found = Tensor(logits[row * size..<(row + 1) * size], [1, size])
            #expect(sameBits(found, whole), "\(name), step \(step), row \(row)")
          }
        }
      }
    }
    for (name, model) in SequenceFixture.random(seed: seed) { try check(name, model) }
  }

  /// What a beam search finds is worth what scoring its tokens says.
  @Test func searchFindsWhatScoringConfirms() throws {
    func check(_ name: String, _ model: some SequenceToSequenceModel) throws {
      let tokens = model.configuration.vocabulary
      var options = GenerationOptions(startToken: tokens.startToken, endTokens: [tokens.endToken])
      options.beamSize = 4
      options.maximumNewTokens = 9
      var session = SequenceModelSession(model.preparedForInference, sources: Self.sources)
      let inputs = Self.sources.indices.map { SearchInput(identity: UInt64($0)) }
      let found = try Search.run(&session, inputs, options).map { $0[0] }
      var scoring = SequenceModelSession(model.preparedForInference, sources: Self.sources)
      let scored = try Search.score(
        &scoring, references: found.map(\.tokens), startToken: tokens.startToken,
        lengthPenalty: options.lengthPenalty)
      for (one, other) in zip(found, scored) {
        #expect(one.tokens == other.tokens, "\(name)")
        expectClose(one.tokenLogProbabilities, other.tokenLogProbabilities, absolute: 1e-5, name)
      }
    }
    for (name, model) in SequenceFixture.random(seed: 9) { try check(name, model) }
  }
}
