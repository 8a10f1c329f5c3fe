import Foundation
import HeedGeneration
import HeedModels
import HeedTensor
import HeedText
import TestSupport
import Testing

/// Laws of search with real decoders, at the settings of `search.json`; the doctor's tests compare the hypotheses.
@Suite struct ReferenceSearchTests {
  private func load(_ name: String) throws -> (EncoderDecoder, SearchReference) {
    let directory = CheckpointFixture.directory(name)
    let model = try directory.loadModel()
    let reference = try SearchReference(
      Data(contentsOf: directory.url.appending(path: "search.json")),
      startToken: model.configuration.startToken, endTokens: model.configuration.endTokens)
    return (model, reference)
  }

  private func inputs(_ count: Int) -> [SearchInput] { (0..<count).map { SearchInput(identity: UInt64($0)) } }

  @Test(arguments: CheckpointFixture.encoderDecoders)
  func aloneAndInABatchAreBitIdentical(_ name: String) throws {
    let (model, reference) = try load(name)
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

  @Test(arguments: CheckpointFixture.encoderDecoders)
  func scoringAgreesWithSearch(_ name: String) throws {
    let (model, reference) = try load(name)
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
    let (model, reference) = try load("marian")
    var options = GenerationConfiguration.defaults(for: model.configuration)
    options.beamSize = 4
    let one = try SequenceGenerator([model]).generate(reference.inputs, inputs(3), options)
    let two = try SequenceGenerator([model, model]).generate(reference.inputs, inputs(3), options)
    #expect(one.map { $0.map(\.tokens) } == two.map { $0.map(\.tokens) })
  }
}
