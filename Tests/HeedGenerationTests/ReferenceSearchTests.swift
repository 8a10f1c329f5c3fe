import Foundation
import HeedGeneration
import HeedModels
import HeedTensor
import HeedText
import TestSupport
import Testing

/// Search with real decoders against transformers 5.23: every hypothesis of every case of `search.json`.
@Suite struct ReferenceSearchTests {
  private func load(_ family: ModelFamily) throws -> (EncoderDecoder, SearchReference) {
    let url = fixturesDirectory.appending(path: "Checkpoint/\(family.rawValue)")
    let model = try ModelDirectory(url).loadModel()
    let reference = try SearchReference(
      Data(contentsOf: url.appending(path: "search.json")), startToken: model.configuration.startToken,
      endTokens: [model.configuration.endToken])
    return (model, reference)
  }

  private func inputs(_ count: Int) -> [SearchInput] { (0..<count).map { SearchInput(identity: UInt64($0)) } }

  @Test(arguments: ModelFamily.allCases)
  func hypothesesEqualTransformers(_ family: ModelFamily) throws {
    let (model, reference) = try load(family)
    let generator = try SequenceGenerator([model])
    #expect(!reference.cases.isEmpty)
    for (number, expected) in reference.cases.enumerated() {
      let found = try generator.generate(reference.inputs, inputs(reference.inputs.count), expected.options)
      let comparison = expected.comparison(with: found)
      #expect(comparison.differingSources == [], "case \(number)")
      #expect(comparison.largestScoreDifference <= 1e-4, "case \(number)")
    }
  }

  @Test(arguments: ModelFamily.allCases)
  func aloneAndInABatchAreBitIdentical(_ family: ModelFamily) throws {
    let (model, reference) = try load(family)
    let generator = try SequenceGenerator([model])
    for expected in reference.cases {
      let together = try generator.generate(
        reference.inputs, inputs(reference.inputs.count), expected.options)
      for (source, input) in reference.inputs.enumerated() {
        let alone = try generator.generate([input], [SearchInput(identity: UInt64(source))], expected.options)
        #expect(alone[0] == together[source])
      }
    }
  }

  @Test(arguments: ModelFamily.allCases)
  func scoringAgreesWithSearch(_ family: ModelFamily) throws {
    let (model, reference) = try load(family)
    let generator = try SequenceGenerator([model])
    var options = GenerationConfiguration.defaults(for: model.configuration)
    // Greedy search gives probabilities among the tokens that are allowed.
    options.suppressedTokens = []
    let found = try generator.generate(reference.inputs, inputs(reference.inputs.count), options)
    let scored = try generator.score(
      reference.inputs, targets: found.map { $0[0].tokens }, lengthPenalty: .huggingFace(1))
    for (one, other) in zip(found, scored) { #expect(abs(one[0].score - other.score) <= 1e-5) }
  }

  @Test func anEnsembleOfOneModelTwiceIsThatModel() throws {
    let (model, reference) = try load(.marian)
    var options = GenerationConfiguration.defaults(for: model.configuration)
    options.beamSize = 4
    let one = try SequenceGenerator([model]).generate(reference.inputs, inputs(3), options)
    let two = try SequenceGenerator([model, model]).generate(reference.inputs, inputs(3), options)
    #expect(one.map { $0.map(\.tokens) } == two.map { $0.map(\.tokens) })
  }
}
