import Foundation
import Heed
import HeedTensor
import TestSupport
import Testing

/// `heed convert` and `heed quantize` as commands: what they write, and what they refuse.
@Suite struct ConversionTests {
  private static let checkpoints = fixturesDirectory.appending(path: "Checkpoint").path

  private static func names(in directory: URL) throws -> Set<String> {
    Set(try FileManager.default.contentsOfDirectory(atPath: directory.path))
  }

  private static func weights(of model: some TransformerModel) -> [String: Tensor] {
    Dictionary(uniqueKeysWithValues: model.parameters.map { ($0.path, $0.value) })
  }

  /// The command writes what the library writes, byte for byte, and says how large it is.
  @Test(arguments: ["int8", "int4", "bfloat16"]) func quantizeWritesTheForm(_ precision: String) throws {
    let source = CheckpointFixture.directory("marian")
    try withDirectory { folder in
      let output = folder.appending(path: "small")
      let sizes = try CommandRun(
        ["quantize", source.url.path, "--output", output.path, "--precision", precision, "--json"]
      ).object()
      // Neither the weights as they were, nor what was computed with those.
      #expect(
        try Self.names(in: output) == ["config.json", "generation_config.json", "model.safetensors"])
      let expected = ModelDirectory(folder.appending(path: "expected"))
      try expected.save(
        try source.loadModel(), precision: try #require(WeightPrecision(rawValue: precision)), from: source)
      let written = ModelDirectory(output)
      for (one, other) in [
        (written.weightsURL, expected.weightsURL), (written.configurationURL, expected.configurationURL),
      ] {
        #expect(try Data(contentsOf: one) == Data(contentsOf: other), "\(one.lastPathComponent)")
      }
      let bytes = try Data(contentsOf: written.weightsURL).count
      let entries = try SafetensorsFile(url: source.weightsURL).entries
      #expect(Set(sizes.keys) == ["bits_per_number", "bytes", "numbers", "precision"])
      #expect(sizes["precision"] as? String == precision)
      #expect(sizes["bytes"] as? Int == bytes)
      #expect(sizes["numbers"] as? Int == entries.reduce(0) { $0 + $1.elementCount })
      let original = try Data(contentsOf: source.weightsURL).count
      #expect(bytes < original * 3 / 4)
    }
  }

  /// int8 is what is written where nothing else is said, and `convert` makes floats of it again.
  @Test func convertMakesFloatsOfWhatWasQuantized() throws {
    try withDirectory { folder in
      let (small, large) = (folder.appending(path: "small"), folder.appending(path: "large"))
      let quantized = try CommandRun(["quantize", "\(Self.checkpoints)/gpt2", "--output", small.path])
      #expect(quantized.status == 0 && quantized.errors.isEmpty, "\(quantized.errors)")
      #expect(quantized.output.hasPrefix("\(small.path)/model.safetensors: "), "\(quantized.output)")
      let converted = try CommandRun(["convert", small.path, "--output", large.path])
      #expect(converted.status == 0 && converted.errors.isEmpty, "\(converted.errors)")
      #expect(converted.output.isEmpty)
      let configuration = try String(contentsOf: ModelDirectory(large).configurationURL, encoding: .utf8)
      #expect(!configuration.contains("quantization_config"))
      let types = try SafetensorsFile(url: ModelDirectory(large).weightsURL).entries.map(\.elementType)
      #expect(Set(types) == [.float32])
      let one = Self.weights(of: try ModelDirectory(small).loadLanguageModel())
      let other = Self.weights(of: try ModelDirectory(large).loadLanguageModel())
      #expect(Set(one.keys) == Set(other.keys))
      for (path, value) in one { #expect(other[path].map { sameBits($0, value) } == true, "\(path)") }
      let first = Self.weights(of: try CheckpointFixture.directory("gpt2").loadLanguageModel())
      #expect(one.contains { path, value in first[path].map { !sameBits($0, value) } ?? true })
    }
  }

  /// Weights, tokenizer and chat template of a GGUF file as a Hugging Face directory, which generates the same.
  @Test func convertReadsGGUF() throws {
    let file = "\(Self.checkpoints)/GGUF/qwen2.gguf"
    try withDirectory { folder in
      let output = folder.appending(path: "model")
      let run = try CommandRun(["convert", file, "--output", output.path])
      #expect(run.status == 0 && run.output.isEmpty && run.errors.isEmpty, "\(run.errors)")
      #expect(
        try Self.names(in: output) == [
          "config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
          "tokenizer_config.json",
        ])
      let written = try SafetensorsFile(url: ModelDirectory(output).weightsURL)
      let expected = try SafetensorsFile(
        url: fixturesDirectory.appending(path: "Checkpoint/GGUF/qwen2.safetensors"))
      #expect(Set(written.names) == Set(expected.names))
      for entry in expected.entries {
        let other = try #require(written.entry(entry.name))
        #expect(try written.floats(of: other) == expected.floats(of: entry), "\(entry.name)")
      }
      let settings = try String(
        contentsOf: output.appending(path: "tokenizer_config.json"), encoding: .utf8)
      #expect(settings.contains("chat_template") && settings.contains("PreTrainedTokenizerFast"))
      func tokens(_ model: String) throws -> [Int]? {
        try CommandRun([
          "generate", "--model", model, "--precision", "float32", "--greedy", "-n", "8", "--json", "abc",
        ]).object()["token_ids"] as? [Int]
      }
      let found = try tokens(output.path)
      #expect(try found?.isEmpty == false && found == tokens(file))
    }
  }

  @Test(arguments: ["convert", "quantize"]) func whatIsThereStays(_ command: String) throws {
    let model = "\(Self.checkpoints)/bert"
    try withDirectory { folder in
      let output = folder.appending(path: "model")
      #expect(try CommandRun([command, model, "--output", output.path]).status == 0)
      let weights = ModelDirectory(output).weightsURL
      let before = try Data(contentsOf: weights)
      let again = [command, model, "--output", output.path, "--precision", "bfloat16"]
      let refused = try CommandRun(again)
      #expect(refused.status == 64 && refused.errors.contains("--overwrite"), "\(refused.errors)")
      #expect(try Data(contentsOf: weights) == before)
      #expect(try CommandRun(again + ["--overwrite"]).status == 0)
      #expect(try Data(contentsOf: weights) != before)
    }
  }

  @Test(arguments: ["convert", "quantize"]) func badInputIsNamed(_ command: String) throws {
    let model = "\(Self.checkpoints)/bert"
    try withDirectory { folder in
      let output = folder.appending(path: "model").path
      let text = folder.appending(path: "some.txt").path
      try Data("no model\n".utf8).write(to: URL(fileURLWithPath: text))
      for (status, part, arguments) in [
        (66, "there is no such directory", ["nowhere", "--output", output]),
        (65, "GGUF", [text, "--output", output]),
        (64, "this is where the model is read from", [model, "--output", model, "--overwrite"]),
        (64, "a file has this name", [model, "--output", text, "--overwrite"]),
        (64, "an empty name", [model, "--output", ""]),
        (64, "--output", [model]),
        (64, "--precision", [model, "--output", output, "--precision", "int5"]),
      ] as [(Int32, String, [String])] {
        let run = try CommandRun([command] + arguments)
        #expect(run.status == status && run.errors.contains(part), "\(arguments): \(run.errors)")
        #expect(run.output.isEmpty && !FileManager.default.fileExists(atPath: output))
      }
    }
  }

  @Test func floatsAreNotQuantized() throws {
    try withDirectory { folder in
      let output = folder.appending(path: "model").path
      let run = try CommandRun([
        "quantize", "\(Self.checkpoints)/bert", "--output", output, "--precision", "float32",
      ])
      #expect(run.status == 64 && run.errors.contains("heed convert writes it"), "\(run.errors)")
      #expect(!FileManager.default.fileExists(atPath: output))
    }
  }
}
