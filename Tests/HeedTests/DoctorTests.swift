import Foundation
import Heed
import TestSupport
import Testing

/// What transformers 5.23 computes for tiny models of every family; see Fixtures/Checkpoint/README.md.
@Suite struct DoctorTests {
  private static func options(_ directory: ModelDirectory) throws -> GenerationOptions {
    try GenerationConfiguration.options(
      for: directory.configuration(), in: directory, suppressingPad: false)
  }

  @Test(arguments: CheckpointFixture.all)
  func everyOutputAgrees(_ name: String) throws {
    let directory = CheckpointFixture.directory(name)
    let file = try SafetensorsFile(url: directory.url.appending(path: "reference.safetensors"))
    let checks = try ReferenceCheck(
      file: file, model: .transformer(try directory.loadAny()), options: try Self.options(directory)
    ).run()
    #expect(!checks.isEmpty)
    for check in checks { #expect(check.passes, "\(check.line)") }
  }

  /// Those of the models that came before, as PyTorch computes them and searches with them.
  @Test(arguments: SequenceFixture.all, [nil, WeightPrecision.int8])
  func everyOutputOfOlderModelsAgrees(_ name: String, _ precision: WeightPrecision?) throws {
    let directory = SequenceFixture.directory(name)
    let model = CheckedModel.sequence(try directory.loadTranslationModel(for: .inference(precision)))
    let tolerance = ReferenceTolerance(of: model, loadedAs: precision)
    #expect(tolerance == ReferenceTolerance(precision ?? .float32))
    let checks = try ReferenceCheck(
      file: try SafetensorsFile(url: directory.url.appending(path: "reference.safetensors")), model: model,
      options: try GenerationConfiguration.options(
        for: model.interface, in: directory, suppressingPad: false),
      tolerance: tolerance
    ).run()
    #expect(Set(checks.map(\.name)) == ["logits", "generated_ids"])
    for check in checks { #expect(check.passes, "\(check.line)") }
  }

  @Test(arguments: CheckpointFixture.encoderDecoders)
  func everyHypothesisAgrees(_ name: String) throws {
    let directory = CheckpointFixture.directory(name)
    let checks = try SearchCheck(
      file: directory.url.appending(path: "search.json"), model: .transformer(try directory.loadModel()),
      options: try Self.options(directory)
    ).run()
    #expect(checks.count >= 11)
    for check in checks { #expect(check.passes, "\(check.lines)") }
  }

  /// As commands hold it: nothing that is stored as floats loses anything by being packed.
  @Test(arguments: CheckpointFixture.all)
  func everyOutputAgreesAsCommandsRunIt(_ name: String) throws {
    let (checks, tolerance) = try Self.checks(name, precision: nil)
    #expect(tolerance == ReferenceTolerance(.float32))
    for check in checks { #expect(check.passes, "\(check.line)") }
  }

  @Test(arguments: CheckpointFixture.all, [WeightPrecision.bfloat16, .int8, .int4])
  func roundedWeightsAreNearEnough(_ name: String, _ precision: WeightPrecision) throws {
    let (checks, tolerance) = try Self.checks(name, precision: precision)
    #expect(tolerance == ReferenceTolerance(precision))
    for check in checks {
      #expect(check.passes, "\(check.line)")
      // Rounded they are: to check the floats instead would show in no other way.
      if let error = check.relativeError { #expect(error > 1e-5, "\(check.line)") }
    }
  }

  /// What fewer bits find by search is told, whatever it is; what floats find must be equal.
  @Test func searchDecidesForFloatsAlone() throws {
    let directory = CheckpointFixture.directory("marian")
    var model = try directory.loadModel(for: .inference())
    let bias = model.decoder.blocks[0].feedForwardNorm.bias
    model.decoder.blocks[1].feedForwardNorm.bias = bias
    for precision in WeightPrecision.allCases {
      let checks = try SearchCheck(
        file: directory.url.appending(path: "search.json"), model: .transformer(model),
        options: try Self.options(directory), tolerance: ReferenceTolerance(precision)
      ).run()
      #expect(checks.contains { !$0.hypotheses.allSatisfy { $0.allSatisfy(\.self) } })
      #expect(checks.allSatisfy(\.passes) == (precision != .float32))
    }
  }

  @Test(arguments: [nil, WeightPrecision.bfloat16, .int8])
  func aWrongWeightShows(_ precision: WeightPrecision?) throws {
    let directory = CheckpointFixture.directory("bert")
    var model = try directory.loadEncoder(for: .inference(precision))
    model.encoder.blocks[1].feedForwardNorm.bias = model.encoder.blocks[0].feedForwardNorm.bias
    let file = try SafetensorsFile(url: directory.url.appending(path: "reference.safetensors"))
    let checks = try ReferenceCheck(
      file: file, model: .transformer(.encoder(model)),
      options: GenerationOptions(startToken: 0, endTokens: []),
      tolerance: ReferenceTolerance(of: .transformer(.encoder(model)), loadedAs: precision)
    ).run()
    #expect(checks.contains { !$0.passes })
  }

  /// The outputs of a model whose weights are held so, and what they were measured by.
  private static func checks(
    _ name: String, precision: WeightPrecision?
  ) throws -> ([OutputCheck], ReferenceTolerance) {
    let directory = CheckpointFixture.directory(name)
    let model = CheckedModel.transformer(try directory.loadAny(for: .inference(precision)))
    let tolerance = ReferenceTolerance(of: model, loadedAs: precision)
    let checks = try ReferenceCheck(
      file: try SafetensorsFile(url: directory.url.appending(path: "reference.safetensors")), model: model,
      options: try options(directory), tolerance: tolerance
    ).run()
    #expect(!checks.isEmpty)
    return (checks, tolerance)
  }
}
