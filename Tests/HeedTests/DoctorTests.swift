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
      file: file, model: try directory.loadAny(), options: try Self.options(directory)
    ).run()
    #expect(!checks.isEmpty)
    for check in checks { #expect(check.isEqual, "\(check.line)") }
  }

  @Test(arguments: CheckpointFixture.encoderDecoders)
  func everyHypothesisAgrees(_ name: String) throws {
    let directory = CheckpointFixture.directory(name)
    let checks = try SearchCheck(
      file: directory.url.appending(path: "search.json"), model: try directory.loadModel(),
      options: try Self.options(directory)
    ).run()
    #expect(checks.count >= 11)
    for check in checks { #expect(check.isEqual, "\(check.lines)") }
  }

  @Test func aWrongWeightShows() throws {
    let directory = CheckpointFixture.directory("bert")
    var model = try directory.loadEncoder()
    model.encoder.blocks[1].feedForwardNorm.bias = model.encoder.blocks[0].feedForwardNorm.bias
    let file = try SafetensorsFile(url: directory.url.appending(path: "reference.safetensors"))
    let checks = try ReferenceCheck(
      file: file, model: .encoder(model), options: GenerationOptions(startToken: 0, endTokens: [])
    ).run()
    #expect(checks.contains { !$0.isEqual })
  }
}
