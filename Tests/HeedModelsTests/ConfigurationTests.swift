import Foundation
import HeedLayers
import HeedModels
import TestSupport
import Testing

/// config.json of all times, and what cannot be used in it.
@Suite struct ConfigurationTests {
  /// The configuration of a fixture with some of its fields changed; null takes a field away.
  private func configuration(_ name: String, _ changes: [String: Any]) throws -> TransformerConfiguration {
    let url = CheckpointFixture.directory(name).configurationURL
    var fields = try #require(
      try JSONSerialization.jsonObject(with: try Data(contentsOf: url)) as? [String: Any])
    for (key, value) in changes { fields[key] = value }
    return try ModelReader.configuration(
      try JSONSerialization.data(withJSONObject: fields), file: "config.json")
  }

  private func failure(_ name: String, _ changes: [String: Any]) -> String {
    do {
      _ = try configuration(name, changes)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func rotaryPositionsOfAllVersionsAreTheSame() throws {
    let new = try configuration(
      "llama",
      [
        "rope_parameters": [
          "rope_theta": 500_000, "rope_type": "llama3", "factor": 8, "low_freq_factor": 1,
          "high_freq_factor": 4, "original_max_position_embeddings": 8192,
        ]
      ])
    let old = try configuration(
      "llama",
      [
        "rope_parameters": NSNull(), "rope_theta": 500_000,
        "rope_scaling": [
          "rope_type": "llama3", "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4,
          "original_max_position_embeddings": 8192,
        ],
      ])
    #expect(new == old)
    let linear = try configuration("llama", ["rope_parameters": ["type": "linear", "factor": 2]])
    guard case .rotary(let positions) = linear.decoder.attentionPositions else {
      Issue.record("not rotary")
      return
    }
    // head_dim 8: 10000^(-2/8) = 0.1, halved.
    #expect(abs(positions.frequencies[1] - 0.05) < 1e-7)
  }

  @Test func tokensThatAreNullAreNone() throws {
    #expect(try configuration("llama", ["eos_token_id": NSNull()]).endTokens == [])
    #expect(try configuration("llama", ["eos_token_id": [2, 5]]).endTokens == [2, 5])
    #expect(failure("bart", ["eos_token_id": [Int]()]).contains("eos_token_id"))
  }

  @Test func labelsMayBeCountedOnly() throws {
    let labels = try configuration("bert-classification", ["id2label": NSNull(), "num_labels": 4]).head.labels
    #expect(labels == ["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"])
  }

  @Test(arguments: [
    ("llama", "num_key_value_heads", 3), ("llama", "head_dim", 7), ("gpt2", "n_head", 5),
    ("bert", "hidden_size", -1), ("t5", "relative_attention_num_buckets", 7), ("t5", "d_kv", 0),
    ("distilbert", "n_layers", 1_000_000), ("m2m_100", "pad_token_id", 101), ("qwen2", "vocab_size", 0),
  ])
  func whatCannotBeIsNamed(_ name: String, _ field: String, _ value: Int) {
    #expect(failure(name, [field: value]).contains(field), "\(failure(name, [field: value]))")
  }

  @Test func whatIsNotSupportedIsNamed() {
    #expect(
      failure("bert", ["model_type": "mamba"]).contains("'mamba' is not supported; supported are marian"))
    #expect(failure("bert", ["model_type": "mamba"]).contains("heed_recurrent, heed_convolutional"))
    #expect(failure("llama", ["rope_parameters": ["rope_type": "yarn"]]).contains("'yarn' is not supported"))
    #expect(failure("qwen2", ["use_sliding_window": true]).contains("use_sliding_window"))
    #expect(failure("bert", ["architectures": ["BertForMultipleChoice"]]).contains("BertForMultipleChoice"))
    #expect(failure("gpt2", ["n_embd": "wide"]).contains("n_embd: must be an integer, found 'wide'"))
  }

  /// Foundation says that an operation could not be completed, and that data are not JSON; neither says why.
  @Test func filesThatCannotBeReadAreExplained() throws {
    let flawed = #expect(throws: ConfigurationError.self) {
      try ModelReader.configuration(Data("{\"model_type\": 1,\n b}".utf8), file: "config.json")
    }
    #expect(flawed?.reason.hasPrefix("is not valid JSON: line 2, column 2: ") == true, "\(flawed as Any)")
    let missing = #expect(throws: ConfigurationError.self) {
      try ModelDirectory(URL(filePath: "/no/such/directory")).configuration()
    }
    #expect(
      missing?.description
        == "/no/such/directory/config.json: the file does not exist; a model directory holds config.json, "
        + "model.safetensors and tokenizer.json")
    try CheckpointFixtures.withTemporaryDirectory { directory in
      let file = directory.appending(path: "config.json")
      try FileManager.default.createDirectory(at: file, withIntermediateDirectories: false)
      let found = #expect(throws: ConfigurationError.self) { try ModelDirectory(directory).modelType() }
      #expect(found?.reason.hasPrefix("this is a directory, expected a JSON file") == true)
    }
  }

  @Test func aConfigurationThatClaimsMoreThanTheFileHoldsIsRefusedBeforeMemoryIsTaken() throws {
    let huge = try configuration("gpt2", ["n_positions": 10_000_000, "n_embd": 65_536])
    let weights = try SafetensorsFile(url: CheckpointFixture.directory("gpt2").weightsURL)
    #expect(throws: CheckpointError.self) {
      _ = try ModelReader.anyModel(huge, weights)
    }
    let buckets = try configuration(
      "t5",
      [
        "num_heads": 1024, "relative_attention_num_buckets": 100_000,
        "relative_attention_max_distance": 1_000_000,
      ])
    #expect(throws: CheckpointError.self) {
      _ = try ModelReader.anyModel(
        buckets, try SafetensorsFile(url: CheckpointFixture.directory("t5").weightsURL))
    }
  }
}
