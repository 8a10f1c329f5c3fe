import Foundation
import HeedGeneration
import HeedText
import Testing

/// A case of `Fixtures/Generation/sampling.json`.
private struct FilterCase: Decodable {
  let temperature: Float
  let topK: Int?
  let topP: Float?
  let minP: Float?
  let logits: [Float]
  let probabilities: [Float]

  static func all() throws -> [FilterCase] {
    struct File: Decodable { let cases: [FilterCase] }
    return try JSONDecoder().decode(File.self, from: fixtureData("Generation/sampling.json")).cases
  }

  var options: SamplingOptions {
    var options = SamplingOptions()
    options.temperature = temperature
    options.topK = topK
    options.topP = topP
    options.minP = minP
    return options
  }
}

/// Gives the same logits whatever it reads.
private struct ConstantModel: NextTokenModel {
  let logits: [Float]
  var vocabularySize: Int { logits.count }

  mutating func step(
    tokens: [TokenID], parents: [Int], _ body: (UnsafeMutableBufferPointer<Float>) throws -> Void
  ) throws {
    var rows = tokens.flatMap { _ in logits }
    try rows.withUnsafeMutableBufferPointer { try body($0) }
  }
}

@Suite struct SamplingTests {
  private func samplingOptions(_ change: (inout SamplingOptions) -> Void = { _ in }) -> GenerationOptions {
    var options = GenerationOptions(startToken: 10, endTokens: [0])
    var sampling = SamplingOptions()
    change(&sampling)
    options.sampling = sampling
    options.maximumNewTokens = 20
    return options
  }

  @Test func filtersAsTransformersDoes() throws {
    let cases = try FilterCase.all()
    #expect(cases.count == 60)
    for (index, golden) in cases.enumerated() {
      var scores = golden.logits
      let probabilities = scores.withUnsafeMutableBufferPointer { buffer in
        SamplingFilter.apply(golden.options, to: buffer)
        return RowOperations.logSoftmax(buffer) ? buffer.map { exp($0) } : []
      }
      #expect(probabilities.count == golden.probabilities.count)
      for (one, other) in zip(probabilities, golden.probabilities) {
        #expect(abs(one - other) <= 1e-5 && (one == 0) == (other == 0), "case \(index)")
      }
    }
  }

  /// The frequencies of draws are the probabilities that transformers computed.
  @Test func drawsWithTheRightProbabilities() throws {
    let count = 20_000
    for golden in try FilterCase.all().prefix(12) {
      var options = samplingOptions()
      options.sampling = golden.options
      options.sampling?.seed = 5
      options.maximumNewTokens = 1
      options.endTokens = []
      options.startToken = 0
      options.returnedCount = count
      var model = ConstantModel(logits: golden.logits)
      let samples = try Search.run(&model, [SearchInput(identity: 0)], options)[0]
      #expect(samples.count == count)
      var counts = [Int](repeating: 0, count: golden.logits.count)
      for sample in samples { counts[Int(sample.tokens[0])] += 1 }
      for (token, probability) in golden.probabilities.enumerated() {
        let frequency = Float(counts[token]) / Float(count)
        // Five standard deviations; what has no probability is never drawn.
        let deviation = (probability * (1 - probability) / Float(count)).squareRoot()
        #expect(abs(frequency - probability) <= 5 * deviation + 1e-5)
        #expect(probability > 0 || counts[token] == 0)
      }
    }
  }

  @Test func doesNotDependOnTheBatch() throws {
    var options = samplingOptions { $0.seed = 7 }
    options.returnedCount = 3
    let identities: [UInt64] = [4, 9, 2, 100]
    func samples(_ chosen: [UInt64], seed: UInt64 = 7) throws -> [[Hypothesis]] {
      options.sampling?.seed = seed
      var model = HashModel(seed: 3, vocabularySize: 11, sourceNumbers: chosen)
      return try Search.run(&model, chosen.map { SearchInput(identity: $0) }, options)
    }
    let together = try samples(identities)
    #expect(Set(together.joined().map(\.tokens)).count > 6)
    for (index, identity) in identities.enumerated() {
      #expect(try samples([identity]) == [together[index]])
    }
    #expect(try samples(identities.reversed()) == together.reversed())
    #expect(try samples(identities, seed: 8) != together)
  }

  /// Log-probabilities are the model's, whatever the temperature.
  @Test func reportsTheModelsProbabilities() throws {
    let options = samplingOptions {
      $0.temperature = 2
      $0.topK = 5
    }
    let sources: [UInt64] = [1, 2, 3]
    var model = HashModel(seed: 3, vocabularySize: 11, sourceNumbers: sources)
    let found = try Search.run(&model, sources.map { SearchInput(identity: $0) }, options).map { $0[0] }
    var reader = HashModel(seed: 3, vocabularySize: 11, sourceNumbers: sources)
    let scored = try Search.score(&reader, references: found.map(\.tokens), startToken: 10)
    #expect(scored == found)
  }

  @Test func almostNoTemperatureIsGreedy() throws {
    let options = samplingOptions { $0.temperature = 1e-6 }
    var greedy = options
    greedy.sampling = nil
    let inputs = (0..<5).map { SearchInput(identity: $0) }
    var model = HashModel(seed: 11, vocabularySize: 11, sourceNumbers: inputs.map(\.identity))
    var other = model
    #expect(try Search.run(&model, inputs, options) == Search.run(&other, inputs, greedy))
  }
}
