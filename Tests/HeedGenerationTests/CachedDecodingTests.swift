import HeedGeneration
import HeedLayers
import HeedModels
import HeedTensor
import TestSupport
import Testing

/// Decoding step by step against decoding whole sequences.
@Suite struct CachedDecodingTests {
  static func model(_ placement: NormPlacement, targetVocabularySize: Int? = nil) throws -> EncoderDecoder {
    let block = BlockConfiguration(
      hiddenSize: 32, headCount: 4, feedForwardSize: 48, normPlacement: placement, dropout: 0.1)
    let configuration = try TransformerConfiguration(
      block, encoderLayerCount: 2, decoderLayerCount: 2, vocabularySize: 60,
      targetVocabularySize: targetVocabularySize)
    var initializer = ParameterInitializer(seed: 9)
    return EncoderDecoder(configuration, &initializer)
  }

  static let sources: [[Int32]] = [[5, 9, 11, 2], [7], [30, 31, 32, 33, 34, 35, 36, 37, 2]]
  static let targets: [[Int32]] = (0..<3).map(target)

  private static func target(_ sentence: Int) -> [Int32] {
    var tokens: [Int32] = [1]
    for position in 0..<70 { tokens.append(Int32(4 + (position * 11 + sentence * 17) % 50)) }
    return tokens
  }

  /// The logits of each step for each target, `[steps][targets][vocabulary]`.
  static func steps(_ model: EncoderDecoder, _ chosen: [Int]) throws -> [[[Float]]] {
    var session = EncoderDecoderSession(model, sources: chosen.map { sources[$0] })
    let size = session.vocabularySize
    return try targets[0].indices.map { position in
      var rows: [[Float]] = []
      try session.step(tokens: chosen.map { targets[$0][position] }, parents: Array(chosen.indices)) {
        logits in
        rows = chosen.indices.map { Array(logits[$0 * size..<($0 + 1) * size]) }
      }
      return rows
    }
  }

  /// Measured: within 4e-7 of the largest logit, which is about 4.
  @Test(arguments: NormPlacement.allCases)
  func cachedDecodingIsFullDecoding(_ placement: NormPlacement) throws {
    for targetVocabularySize in placement == .after ? [nil, 70] : [nil] {
      let model = try Self.model(placement, targetVocabularySize: targetVocabularySize)
      var context = ForwardContext.inference
      let sequences = TokenSequences(Self.sources)
      let memory = model.encode(sequences, &context)
      let whole = model.logits(
        model.decode(TokenSequences(Self.targets), memory: memory, sequences.ranges, &context))
      let size = whole.shape.columns
      let values = whole.scalars
      let largest = values.lazy.map { abs($0) }.max() ?? 0
      let stepped = try Self.steps(model.preparedForInference, [0, 1, 2])
      for (position, rows) in stepped.enumerated() {
        for (target, row) in rows.enumerated() {
          let start = (target * Self.targets[0].count + position) * size
          expectClose(
            row, Array(values[start..<start + size]), absolute: 1e-5 * largest,
            "step \(position) of \(target)")
        }
      }
    }
  }

  @Test(arguments: NormPlacement.allCases)
  func aSentenceIsAloneInABatch(_ placement: NormPlacement) throws {
    let model = try Self.model(placement).preparedForInference
    let together = try Self.steps(model, [0, 1, 2])
    for sentence in 0..<3 {
      let alone = try Self.steps(model, [sentence])
      #expect(alone.map { $0[0] } == together.map { $0[sentence] }, "sentence \(sentence)")
    }
  }

  /// Hypotheses that are reordered, doubled and dropped go on as if each had been decoded by itself.
  @Test func reorderedHypothesesKeepTheirPast() throws {
    let model = try Self.model(.after).preparedForInference
    var session = EncoderDecoderSession(model, sources: Array(Self.sources.prefix(2)))
    var histories: [(source: Int, tokens: [Int32])] = []
    var generator = SplitMix64(seed: 4)
    for step in 0..<12 {
      // Three hypotheses of each source; their parents are any of the same source.
      let parents: [Int]
      if step == 0 {
        parents = [0, 0, 0, 1, 1, 1]
        histories = parents.map { (source: $0, tokens: []) }
      } else {
        parents = (0..<6).map { $0 / 3 * 3 + generator.next(below: 3) }
        histories = parents.map { histories[$0] }
      }
      let tokens = parents.map { _ in Int32(4 + generator.next(below: 50)) }
      for row in 0..<6 { histories[row].tokens.append(tokens[row]) }
      var found: [Float] = []
      try session.step(tokens: tokens, parents: parents) { found = Array($0) }
      let size = session.vocabularySize
      for (row, history) in histories.enumerated() {
        let expected = try Self.lastLogits(model, Self.sources[history.source], history.tokens)
        #expect(Array(found[row * size..<(row + 1) * size]) == expected, "row \(row) of step \(step)")
      }
    }
  }

  private static func lastLogits(_ model: EncoderDecoder, _ source: [Int32], _ tokens: [Int32]) throws
    -> [Float]
  {
    var session = EncoderDecoderSession(model, sources: [source])
    var last: [Float] = []
    for token in tokens { try session.step(tokens: [token], parents: [0]) { last = Array($0) } }
    return last
  }
}
