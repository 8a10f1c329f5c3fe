import HeedGeneration
import HeedLayers
import HeedModels
import HeedTensor
import TestSupport
import Testing

/// Laws of language models: cached = full, alone = in a batch, one prompt many hypotheses.
@Suite struct LanguageModelTests {
  static let prompts: [[Int32]] = [[5, 9, 11, 2], [7], [30, 31, 32, 33, 34, 35, 36, 37, 12]]

  /// The logits that follow each of some tokens behind each prompt, `[steps][prompts]`, read one by one.
  private func steps(_ model: LanguageModel, _ prompts: [[Int32]], _ tokens: [Int32]) throws -> [[[Float]]] {
    var session = LanguageModelSession(model, prompts: prompts)
    let size = session.vocabularySize
    return try (0...tokens.count).map { step in
      let read = prompts.map { step == 0 ? $0[$0.count - 1] : tokens[step - 1] }
      var rows: [[Float]] = []
      try session.step(tokens: read, parents: Array(prompts.indices)) { logits in
        rows = prompts.indices.map { Array(logits[$0 * size..<($0 + 1) * size]) }
      }
      return rows
    }
  }

  @Test(arguments: CheckpointFixture.languageModels)
  func cachedDecodingIsFullDecoding(_ name: String) throws {
    let model = try CheckpointFixture.directory(name).loadLanguageModel()
    let tokens: [Int32] = (0..<40).map { 3 + ($0 * 7) % 90 }
    let stepped = try steps(model.preparedForInference, Self.prompts, tokens)
    for (number, prompt) in Self.prompts.enumerated() {
      var context = ForwardContext.inference
      let whole = model.logits(model(TokenSequences([prompt + tokens]), &context))
      let size = whole.shape.columns
      let values = whole.scalars
      let largest = values.map(abs).max() ?? 0
      for step in 0...tokens.count {
        let row = (prompt.count - 1 + step) * size
        expectClose(
          stepped[step][number], Array(values[row..<row + size]), absolute: 2e-6 * max(1, largest),
          "\(name) prompt \(number) step \(step)")
      }
    }
  }

  @Test(arguments: CheckpointFixture.languageModels)
  func aloneAndInABatchAreBitIdentical(_ name: String) throws {
    let generator = LanguageModelGenerator(try CheckpointFixture.directory(name).loadLanguageModel())
    var options = GenerationOptions(startToken: 0, endTokens: [2])
    options.maximumNewTokens = 20
    for beamSize in [1, 4] {
      options.beamSize = beamSize
      options.returnedCount = beamSize
      let together = try generator.generate(Self.prompts, options)
      for (number, prompt) in Self.prompts.enumerated() {
        #expect(try generator.generate([prompt], options)[0] == together[number])
      }
    }
    options.beamSize = 1
    options.returnedCount = 3
    options.sampling = SamplingOptions()
    let together = try generator.generate(Self.prompts, options)
    for (number, prompt) in Self.prompts.enumerated() {
      let alone = try generator.generate([prompt], options, firstIdentity: UInt64(number))
      #expect(alone[0] == together[number])
      #expect(Set(alone[0].map(\.tokens)).count > 1)
    }
  }

  @Test func anObserverIsToldOfEachToken() throws {
    let generator = LanguageModelGenerator(try CheckpointFixture.directory("gpt2").loadLanguageModel())
    var options = GenerationOptions(startToken: 0, endTokens: [2])
    options.maximumNewTokens = 9
    var told: [[Int32]] = [[], [], []]
    let found = try generator.generate(Self.prompts, options) { source, _, token in
      told[source].append(token)
    }
    #expect(told == found.map { $0[0].tokens })
  }

  @Test func scoresAreTheLogarithmsOfProbabilities() throws {
    let model = try CheckpointFixture.directory("llama").loadLanguageModel()
    let scores = try LanguageModelGenerator(model).logProbabilities(of: Self.prompts[2])
    var context = ForwardContext.inference
    let probabilities = model.logits(model(TokenSequences([Self.prompts[2]]), &context)).softmax()
    let expected = (1..<9).map { position -> Float in
      let row = probabilities.scalars[(position - 1) * 101..<position * 101]
      return Float(Double.logarithm(Double(row[row.startIndex + Int(Self.prompts[2][position])])))
    }
    expectClose(scores, expected, absolute: 1e-4, "scores")
  }

  @Test func promptsThatCannotBeContinuedAreRefused() throws {
    let generator = LanguageModelGenerator(try CheckpointFixture.directory("gpt2").loadLanguageModel())
    let options = GenerationOptions(startToken: 0, endTokens: [0])
    #expect(throws: PromptError.tooLong(number: 0, tokenCount: 64, limit: 64)) {
      try generator.generate([Array(repeating: 5, count: 64)], options)
    }
    #expect(throws: SearchError.unknownToken(101, source: 0, vocabularySize: 101)) {
      try generator.generate([[101]], options)
    }
    // A prompt that almost fills the model leaves room for what is left, whatever else is asked for.
    var greedy = options
    greedy.minimumNewTokens = 30
    greedy.minimumLength = 200
    for options in [options, greedy] {
      let found = try generator.generate([Array(repeating: 5, count: 60)], options)
      #expect(found[0][0].tokens.count <= 4)
    }
  }
}
