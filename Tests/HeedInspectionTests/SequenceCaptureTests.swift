import Foundation
import HeedGeneration
import HeedInspection
import HeedLayers
import HeedModels
import HeedTensor
import TestSupport
import Testing

/// Captured attention of the models that came before the Transformer, against PyTorch's
/// (`Scripts/Fixtures/sequence_models.py`) and against the pass that it came from.
@Suite struct SequenceCaptureTests {
  static let names = ["lstm-additive", "gru-multiplicative", "convolutional"]

  /// A tiny model after a pass over the inputs of its reference.
  private struct Pass {
    let model: TranslationModel
    let recorder: AttentionRecorder
    let sources: [[Int32]]
    let targets: [[Int32]]

    init(_ name: String, _ recorder: AttentionRecorder = AttentionRecorder()) throws {
      let reference = try Fixture("Sequence/\(name)/reference")
      sources = try reference.rows("input_ids", mask: "attention_mask")
      targets = try reference.rows("decoder_input_ids")
      model = try SequenceFixture.directory(name).loadTranslationModel(for: .inference())
      self.recorder = recorder
      var context = ForwardContext.recording(recorder)
      _ = model.states(sources: TokenSequences(sources), targets: TokenSequences(targets), &context)
    }

    func weights(_ layer: Int, _ sequence: Int, rows: Range<Int>? = nil) throws -> Tensor {
      try #require(recorder.weights(.cross, layer: layer, head: 0, sequence: sequence, rows: rows))
    }
  }

  @Test(arguments: names) func rowsEqualThoseOfPyTorch(_ name: String) throws {
    let pass = try Pass(name)
    let fixture = try Fixture("Sequence/\(name)/attention")
    #expect(Set(fixture.names) == Set(pass.recorder.layers(.cross).map { "cross.\($0)" }))
    #expect(pass.recorder.layerCount(.cross) == pass.model.attentions.size(of: .cross).layerCount)
    for layer in pass.recorder.layers(.cross) {
      let expected = try fixture.tensor("cross.\(layer)")
      let (rows, columns) = (expected.shape[2], expected.shape[3])
      for sequence in pass.sources.indices {
        let found = try pass.weights(layer, sequence)
        #expect(found.shape == [rows, pass.sources[sequence].count])
        let wanted = (0..<rows).flatMap { row in
          let first = (sequence * rows + row) * columns
          return Array(expected.scalars[first..<first + found.shape.columns])
        }
        expectClose(found.scalars, wanted, absolute: 1e-5, "\(name) \(layer) \(sequence)")
      }
    }
  }

  @Test(arguments: names) func rowsSumToOneAndCanBeAskedForInParts(_ name: String) throws {
    let pass = try Pass(name)
    for layer in pass.recorder.layers(.cross) {
      for sequence in pass.sources.indices {
        let whole = try pass.weights(layer, sequence)
        let columns = whole.shape.columns
        for row in 0..<whole.shape.rows {
          let sum = whole.scalars[row * columns..<(row + 1) * columns].reduce(0, +)
          #expect(abs(sum - 1) < 1e-5, "\(name) \(layer) \(sequence) row \(row)")
        }
        let part = try pass.weights(layer, sequence, rows: 2..<5)
        #expect(part.scalars == Array(whole.scalars[2 * columns..<5 * columns]))
      }
    }
  }

  /// The scores of the vectors are those of the rows; rows times values are what the layer gave.
  @Test(arguments: names) func vectorsGiveTheWeightsAndWeightsTheOutput(_ name: String) throws {
    let pass = try Pass(name)
    for layer in pass.recorder.layers(.cross) {
      for sequence in pass.sources.indices {
        let vectors = try #require(
          pass.recorder.vectors(.cross, layer: layer, head: 0, sequence: sequence))
        #expect((vectors.additive != nil) == (name == "lstm-additive"))
        let weights = try pass.weights(layer, sequence)
        expectClose(Self.softmaxed(vectors), weights.scalars, absolute: 5e-6, "\(name) \(layer)")
        let output = try #require(pass.recorder.output(.cross, layer: layer, sequence: sequence))
        expectClose(
          vectors.attended(weights), output, absolute: 1e-5, relative: 1e-5, "\(name) \(layer) \(sequence)")
      }
    }
  }

  /// What is recorded changes nothing of the pass, and what is not wanted is not kept.
  @Test(arguments: names) func recordingChangesNothing(_ name: String) throws {
    let pass = try Pass(name, AttentionRecorder { _, layer in layer == 1 })
    #expect(pass.recorder.layers(.cross) == (name == "convolutional" ? [1] : []))
    var (plain, watched) = (ForwardContext.inference, ForwardContext.recording(AttentionRecorder()))
    let (sources, targets) = (TokenSequences(pass.sources), TokenSequences(pass.targets))
    let one = pass.model.states(sources: sources, targets: targets, &plain)
    let other = pass.model.states(sources: sources, targets: targets, &watched)
    #expect(one.scalars == other.scalars)
    let expected = try Fixture("Sequence/\(name)/reference").tensor("logits")
    expectClose(
      pass.model.logits(one).scalars, expected.scalars, absolute: 1e-4, relative: 1e-4, name)
  }

  @Test func withoutAttentionThereIsNothing() throws {
    let pass = try Pass("lstm")
    #expect(AttentionKind.allCases.allSatisfy { pass.recorder.layerCount($0) == 0 })
    #expect(pass.model.attentions.kinds.isEmpty && pass.model.attentions.note != nil)
  }

  private static func softmaxed(_ vectors: HeadVectors) -> [Float] {
    let (rows, columns, size) = (
      vectors.queries.shape.rows, vectors.keys.shape.rows, vectors.keys.shape.columns
    )
    let (queries, keys) = (vectors.queries.scalars, vectors.keys.scalars)
    return (0..<rows).flatMap { row -> [Float] in
      let scores = (0..<columns).map { column -> Double in
        (0..<size).reduce(0.0) { sum, place in
          let (query, key) = (Double(queries[row * size + place]), Double(keys[column * size + place]))
          guard let additive = vectors.additive else { return sum + query * key * Double(vectors.scale) }
          return sum + Double(additive[place]) * tanh(query + key)
        }
      }
      let shares = scores.map { exp($0 - (scores.max() ?? 0)) }
      return shares.map { Float($0 / shares.reduce(0, +)) }
    }
  }
}
