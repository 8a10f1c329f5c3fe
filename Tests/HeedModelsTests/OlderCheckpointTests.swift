import Foundation
import HeedModels
import TestSupport
import Testing

/// Checkpoints as earlier versions of transformers, and conversions from TensorFlow, have them.
@Suite struct OlderCheckpointTests {
  /// Loads a fixture whose tensors go by other names, with some more beside them.
  private func load(
    _ name: String, renaming: (String) -> String, adding: [SafetensorsTensor] = []
  ) throws -> AnyModel {
    let source = CheckpointFixture.directory(name)
    let copy = ModelDirectory(
      FileManager.default.temporaryDirectory.appending(path: "heed-older-\(UUID().uuidString)"))
    defer { try? FileManager.default.removeItem(at: copy.url) }
    try FileManager.default.createDirectory(at: copy.url, withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: source.configurationURL, to: copy.configurationURL)
    let file = try SafetensorsFile(url: source.weightsURL)
    let tensors = try file.entries.map {
      SafetensorsTensor(name: renaming($0.name), shape: $0.shape, floats: try file.floats(of: $0))
    }
    try SafetensorsWriter.write(tensors + adding, metadata: [:], to: copy.weightsURL)
    return try copy.loadAny()
  }

  private func expectEqual(_ found: AnyModel, _ name: String) throws {
    let expected = try CheckpointFixture.directory(name).loadAny()
    func values(_ model: AnyModel) -> [[Float]] {
      switch model {
      case .encoderDecoder(let model): model.parameters.map(\.value.scalars)
      case .encoder(let model): model.parameters.map(\.value.scalars)
      case .decoder(let model): model.parameters.map(\.value.scalars)
      }
    }
    #expect(values(found) == values(expected), "\(name)")
  }

  private func zeros(_ name: String, _ shape: [Int]) -> SafetensorsTensor {
    SafetensorsTensor(name: name, shape: shape, floats: [Float](repeating: 0, count: shape.reduce(1, *)))
  }

  @Test(arguments: ["bert", "bert-masked-lm", "distilbert", "roberta-masked-lm"])
  func normsMayBeCalledGammaAndBeta(_ name: String) throws {
    let model = try load(name) { tensor in
      guard tensor.contains("LayerNorm") || tensor.contains("layer_norm") else { return tensor }
      return tensor.replacing(".weight", with: ".gamma").replacing(".bias", with: ".beta")
    }
    try expectEqual(model, name)
  }

  @Test(arguments: [
    ("bert", "bert.", ""), ("bert-classification", "", "bert."), ("gpt2", "", "transformer."),
    ("llama", "", "model."), ("bart", "", "model."),
  ])
  func thePrefixMayBeThereOrNot(_ name: String, _ added: String, _ removed: String) throws {
    let model = try load(name) { tensor in
      !removed.isEmpty && tensor.hasPrefix(removed) ? String(tensor.dropFirst(removed.count)) : added + tensor
    }
    try expectEqual(model, name)
  }

  @Test func buffersArePassedOver() throws {
    let positions = zeros("bert.embeddings.position_ids", [1, 64])
    try expectEqual(
      try load("bert-classification", renaming: { $0 }, adding: [positions]), "bert-classification")
    let mask = zeros("transformer.h.1.attn.bias", [1, 1, 64, 64])
    try expectEqual(try load("gpt2", renaming: { $0 }, adding: [mask]), "gpt2")
    let frequencies = zeros("model.layers.0.self_attn.rotary_emb.inv_freq", [4])
    try expectEqual(try load("llama", renaming: { $0 }, adding: [frequencies]), "llama")
  }

  @Test func copiesOfTiedWeightsMustBeEqual() throws {
    let file = try SafetensorsFile(url: CheckpointFixture.directory("llama").weightsURL)
    let entry = try #require(file.entry("model.embed_tokens.weight"))
    let copy = SafetensorsTensor(
      name: "lm_head.weight", shape: entry.shape, floats: try file.floats(of: entry))
    try expectEqual(try load("llama", renaming: { $0 }, adding: [copy]), "llama")
    #expect {
      _ = try load("llama", renaming: { $0 }, adding: [zeros("lm_head.weight", entry.shape)])
    } throws: {
      "\($0)".contains("lm_head.weight") && "\($0)".contains("ties them")
    }
  }

  @Test func everythingWrongIsSaidAtOnce() throws {
    #expect {
      _ = try load("gpt2", renaming: { $0.replacing("h.1.ln_1", with: "h.1.ln_one") })
    } throws: { error in
      "\(error)".contains("transformer.h.1.ln_1.weight") && "\(error)".contains("transformer.h.1.ln_one.bias")
    }
  }
}
