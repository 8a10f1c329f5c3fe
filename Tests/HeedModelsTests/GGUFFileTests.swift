import CHeedKernels
import Foundation
import HeedModels
import Testing

@Suite struct GGUFFileTests {
  private func opened(_ name: String) throws -> GGUFFile {
    try GGUFFile(url: CheckpointFixtures.file("GGUF/\(name).gguf"))
  }

  @Test(arguments: [2, 3]) func readsEveryTypeOfTensor(_ version: UInt8) throws {
    var bytes = [UInt8](try Data(contentsOf: CheckpointFixtures.file("GGUF/types.gguf")))
    bytes[4] = version  // versions 2 and 3 differ in the number alone
    let file = try CheckpointFixtures.gguf(bytes)
    #expect(file.version == Int(version))
    let expected = try SafetensorsFile(url: CheckpointFixtures.file("GGUF/types.safetensors"))
    #expect(Set(file.names) == Set(expected.names))
    #expect(file.entries.count == 16)
    for entry in file.entries {
      let other = try #require(expected.entry(entry.name))
      #expect(entry.shape == other.shape, "\(entry.name)")
      let wanted = try expected.floats(of: other).map(\.bitPattern)
      let before = heed_isa_current()
      defer { _ = heed_isa_select(before) }
      for isa in [HEED_ISA_PORTABLE, HEED_ISA_AVX2, HEED_ISA_AVX512, HEED_ISA_NEON] where heed_isa_select(isa)
      {
        #expect(try file.floats(of: entry).map(\.bitPattern) == wanted, "\(entry.name)")
      }
    }
    #expect(file.entry("blocks.Q6_K")?.elementType == .q6Nested)
    #expect(file.entry("blocks.Q6_K")?.byteCount == 630)
    #expect(try file.integers(of: try #require(file.entry("I64"))) == [.min, 1 << 24])
    #expect(file.entry("F33") == nil)
  }

  @Test func readsEveryTypeOfMetadata() throws {
    let metadata = try opened("types").metadata
    #expect(metadata.keys.prefix(3) == ["general.architecture", "u8", "i8"])
    #expect(try metadata.integer("u8") == 200)
    #expect(try metadata.integer("i8") == -100)
    #expect(try metadata.integer("u16") == 60_000)
    #expect(try metadata.integer("i16") == -30_000)
    #expect(try metadata.integer("u32") == 4_000_000_000)
    #expect(try metadata.integer("i32") == -2_000_000_000)
    #expect(try metadata.integer("i64") == .min)
    #expect(try metadata.float("f32") == Double(Float(0.1)))
    #expect(try metadata.float("f64") == 0.1)
    #expect(try metadata.bool("yes") == true)
    #expect(try metadata.bool("no") == false)
    #expect(try metadata.string("text") == "Grüße, 世界 🌍")
    #expect(try metadata.strings("texts") == ["", "a", "ä b"])
    #expect(try metadata.integers("numbers") == [1, -2, 3])
    #expect(try metadata.floats("floats") == [0.5, -1.25])
    #expect(try metadata.integers("bytes") == [0, 127, 255])
    #expect(metadata.count("nested") == 2 && metadata.count("text") == nil)
    #expect(metadata.contains("nested") && !metadata.contains("nest"))
    #expect(try metadata.string("nothing") == nil && metadata.integers("nothing") == nil)
  }

  /// What is asked for, and how an error describes that something else is there.
  @Test func refusesTheWrongTypeOfMetadata() throws {
    let metadata = try opened("types").metadata
    func message(_ body: () throws -> Any?) -> String {
      do {
        return "found \(String(describing: try body()))"
      } catch {
        return "\(error)"
      }
    }
    #expect(message { try metadata.integer("u64") }.contains("\"u64\" is too large: 18446744073709551615"))
    #expect(
      message { try metadata.integer("f32") }.hasSuffix("must be an integer, found a floating-point number"))
    #expect(
      message { try metadata.float("u8") }.hasSuffix("must be a floating-point number, found an integer"))
    #expect(message { try metadata.string("texts") }.hasSuffix("must be a text, found an array of texts"))
    #expect(message { try metadata.bool("u8") }.hasSuffix("must be a truth value, found an integer"))
    #expect(message { try metadata.strings("nested") }.hasSuffix("of texts, found an array of arrays"))
    #expect(message { try metadata.integers("floats") }.hasSuffix("found an array of floating-point numbers"))
    #expect(message { try metadata.floats("truths") }.hasSuffix("found an array of truth values"))
    #expect(message { try metadata.integers("large") }.contains("number 0, that is not UTF-8 or too large"))
  }

  @Test(arguments: ["llama", "qwen2"]) func describesAModel(_ architecture: String) throws {
    let file = try opened(architecture)
    let model = try GGUFModelDescription(file.metadata)
    let isLlama = architecture == "llama"
    #expect(model.architecture == architecture && model.name == "a small \(architecture)")
    #expect(model.contextLength == 128 && model.hiddenSize == 32 && model.layerCount == 1)
    #expect(model.feedForwardSize == 64 && model.headCount == 4 && model.keyValueHeadCount == 2)
    #expect(model.headSize == 8 && model.rotaryDimensionCount == 8 && model.vocabularySize == 12)
    #expect(model.rotaryBase == (isLlama ? 10_000 : 1_000_000))
    #expect(model.normEpsilon == Double(Float(1e-5)))
    #expect(model.permutesQueriesAndKeys == isLlama)
    #expect(model.positionScaling?.method == (isLlama ? "linear" : nil))
    #expect(model.positionScaling?.factor == (isLlama ? 2 : nil))

    let tokenizer = model.tokenizer
    #expect(tokenizer.model == (isLlama ? "llama" : "gpt2"))
    #expect(tokenizer.preTokenizer == (isLlama ? nil : "qwen2"))
    #expect(tokenizer.tokens.count == 12 && tokenizer.tokens[4] == (isLlama ? "▁" : "a"))
    #expect(tokenizer.scores.count == (isLlama ? 12 : 0) && tokenizer.scores.last == (isLlama ? -7 : nil))
    #expect(
      tokenizer.types.prefix(4)
        == (isLlama ? [.unknown, .control, .control, .byte] : [.control, .control, .control, .normal]))
    #expect(tokenizer.merges == (isLlama ? [] : ["a b", "Ġ ab"]))
    #expect(tokenizer.beginningID == 1 && tokenizer.endID == 2)
    #expect(tokenizer.unknownID == (isLlama ? 0 : nil) && tokenizer.paddingID == (isLlama ? nil : 0))
    #expect(
      tokenizer.addsBeginning == (isLlama ? true : nil)
        && tokenizer.addsSpacePrefix == (isLlama ? false : nil))
    #expect((tokenizer.chatTemplate == nil) == isLlama)
  }

  @Test(arguments: ["llama", "qwen2"]) func givesTensorsAsHuggingFaceHasThem(_ architecture: String) throws {
    let file = try opened(architecture)
    let checkpoint = try GGUFModelCheckpoint(file, try GGUFModelDescription(file.metadata))
    let expected = try SafetensorsFile(url: CheckpointFixtures.file("GGUF/\(architecture).safetensors"))
    try checkpoint.check(against: expected.entries.map { ExpectedTensor($0.name, shape: $0.shape) })
    for entry in checkpoint.entries {
      let wanted = try expected.floats(of: try #require(expected.entry(entry.name)))
      #expect(try checkpoint.floats(of: entry) == wanted, "\(entry.name)")
    }
    // The same with the rows put in order after reading.
    guard architecture == "llama" else { return }
    for (name, headCount) in [("q", 4), ("k", 2)] {
      var values = try file.floats(of: try #require(file.entry("blk.0.attn_\(name).weight")))
      values.withUnsafeMutableBufferPointer {
        GGUFRowOrder.separateHalves($0, rowCount: headCount * 8, headCount: headCount)
      }
      let projection = try #require(expected.entry("model.layers.0.self_attn.\(name)_proj.weight"))
      #expect(try expected.floats(of: projection) == values)
    }
  }

  @Test func refusesRowsThatAreNotHeads() throws {
    let description = try GGUFModelDescription(try opened("llama").metadata)
    func message(_ tensors: [CheckpointFixtures.GGUFTensor]) throws -> String {
      let header = CheckpointFixtures.ggufHeader(tensors: tensors)
      let file = try CheckpointFixtures.gguf(CheckpointFixtures.ggufFile(header, dataSize: 256))
      do {
        return "\(try GGUFModelCheckpoint(file, description).names)"
      } catch {
        return "\(error)"
      }
    }
    let name = "model.layers.0.self_attn.q_proj"
    #expect(
      try message([.init(name: "blk.0.attn_q.weight", dimensions: [1, 12])]).contains(
        "tensor \"\(name).weight\" of shape [12, 1] and type F32 is not 4 heads of whole rows"))
    // A bias in blocks, whose elements cannot change places one by one.
    #expect(
      try message([.init(name: "blk.0.attn_q.bias", dimensions: [64], type: 8)]).contains(
        "tensor \"\(name).bias\" of shape [64] and type Q8_0 is not 4 heads of whole rows"))
    #expect(try message([.init(name: "blk.0.attn_q.bias", dimensions: [64])]) == "[\"\(name).bias\"]")
    #expect(try message([.init(name: "blk.01.attn_q.bias", dimensions: [1])]) == "[\"blk.01.attn_q.bias\"]")
    let twice = [
      CheckpointFixtures.GGUFTensor(name: "output.weight", dimensions: [1]),
      CheckpointFixtures.GGUFTensor(name: "lm_head.weight", dimensions: [1], offset: 32),
    ]
    #expect(try message(twice).contains("tensor \"lm_head.weight\" is what both \"output.weight\" and"))
  }

  @Test func collectsAllThatIsWrongWithADescription() throws {
    let file = try CheckpointFixtures.gguf(
      CheckpointFixtures.ggufHeader(
        version: 3, tensorCount: 0,
        values: [
          .string("general.architecture", "llama"), .integer("llama.context_length", 0),
          .integer("llama.embedding_length", 30), .integer("llama.attention.head_count", 4),
          .integer("llama.attention.head_count_kv", 3), .string("llama.block_count", "two"),
        ]))
    let error = #expect(throws: CheckpointError.self) { try GGUFModelDescription(file.metadata) }
    let text = error?.description ?? ""
    for part in [
      "\"llama.context_length\" must be from 1 to 2147483647, found 0",
      "\"llama.block_count\" must be an integer, found a text", "\"llama.feed_forward_length\" is missing",
      "\"llama.attention.head_count\" is 4, which does not divide 30",
      "\"llama.attention.head_count_kv\" is 3, which does not divide 4 heads",
      "\"llama.attention.layer_norm_rms_epsilon\" is missing",
      "\"tokenizer.ggml.tokens\" is missing or empty",
    ] {
      #expect(text.contains(part), "\(part) in \(text)")
    }
    let other = try CheckpointFixtures.gguf(
      CheckpointFixtures.ggufHeader(
        version: 3, tensorCount: 0, values: [.string("general.architecture", "mamba")]))
    let refusal = #expect(throws: CheckpointError.self) { try GGUFModelDescription(other.metadata) }
    #expect(
      refusal?.description.hasSuffix("is \"mamba\", which is not supported; supported are llama, qwen2")
        == true)
  }
}
