import Foundation
import HeedGeneration
import HeedModels
import TestSupport
import Testing

/// What `generation_config.json`, and older `config.json`, make of the options.
@Suite struct GenerationConfigurationTests {
  private func options(_ json: String, _ name: String = "llama") throws -> GenerationOptions {
    let configuration = try CheckpointFixture.directory(name).configuration()
    return try GenerationConfiguration.options(
      for: configuration, Data(json.utf8), file: "generation_config.json")
  }

  private func failure(_ json: String) -> String {
    do {
      _ = try options(json)
      return "no error"
    } catch {
      return "\(error)"
    }
  }

  @Test func lengthsWithAndWithoutThePromptAreToldApart() throws {
    let whole = try options(#"{"max_length": 450, "min_length": 40}"#)
    #expect(whole.maximumLength == 450 && whole.maximumNewTokens == 450 && whole.minimumLength == 40)
    let new = try options(#"{"max_length": 450, "max_new_tokens": 7, "min_new_tokens": 2}"#)
    #expect(new.maximumLength == nil && new.maximumNewTokens == 7 && new.minimumNewTokens == 2)
  }

  @Test func drawingHolds() throws {
    let drawing = try options(#"{"do_sample": true, "temperature": 0.5, "top_p": 0.9, "min_p": 0.1}"#)
    #expect(drawing.sampling?.temperature == 0.5 && drawing.sampling?.topP == 0.9)
    #expect(drawing.sampling?.minP == 0.1 && drawing.sampling?.topK == 50)
    #expect(try options(#"{"do_sample": true, "top_k": 0}"#).sampling?.topK == nil)
    #expect(try options(#"{"temperature": 0.5}"#).sampling == nil)
  }

  @Test func severalTokensMayEndAText() throws {
    #expect(try options(#"{"eos_token_id": [2, 7]}"#).endTokens == [2, 7])
    // The pad may be one of them, and is suppressed in translations only.
    #expect(try options("{}").suppressedTokens == [])
    #expect(try options("{}", "bart").suppressedTokens == [1])
    #expect(try options(#"{"eos_token_id": [2, 1]}"#, "bart").suppressedTokens == [])
  }

  @Test(arguments: [
    #"{"foo": 1}"#: "foo", #"{"diversity_penalty": 0.5}"#: "diversity_penalty",
    #"{"num_beams": 0}"#: "num_beams",
    #"{"num_beams": 9223372036854775807}"#: "num_beams", #"{"do_sample": true, "num_beams": 4}"#: "num_beams",
    #"{"do_sample": true, "temperature": 0}"#: "temperature", #"{"eos_token_id": [101]}"#: "eos_token_id",
    #"{"min_length": -1}"#: "min_length", #"{"stop_strings": ["x"]}"#: "stop_strings",
  ])
  func whatCannotHoldIsNamed(_ json: String, _ field: String) {
    #expect(failure(json).contains("generation_config.json: \(field)"), "\(failure(json))")
  }

  @Test func whatChangesNothingIsPassedOver() throws {
    let plain = try options("{}")
    let neutral =
      #"{"diversity_penalty": 0.0, "num_beam_groups": 1, "typical_p": 1.0, "use_cache": true, "x": null}"#
    #expect(try options(neutral) == plain)
  }

  @Test func settingsOfAnOlderConfigurationHold() throws {
    let directory = ModelDirectory(
      FileManager.default.temporaryDirectory.appending(path: "heed-old-\(UUID().uuidString)"))
    defer { try? FileManager.default.removeItem(at: directory.url) }
    try FileManager.default.createDirectory(at: directory.url, withIntermediateDirectories: true)
    let original = try String(
      contentsOf: CheckpointFixture.directory("bart").configurationURL, encoding: .utf8)
    func write(_ fields: String) throws {
      let text = original.replacing("\"model_type\"", with: "\(fields), \"model_type\"", maxReplacements: 1)
      try Data(text.utf8).write(to: directory.configurationURL)
    }
    try write(#""num_beams": 5, "no_repeat_ngram_size": 3"#)
    let configuration = try directory.configuration()
    let options = try GenerationConfiguration.options(for: configuration, in: directory)
    #expect(options.beamSize == 5 && options.noRepeatNgramSize == 3)
    let ignored = try GenerationConfiguration.options(for: configuration, in: directory, .ignored)
    #expect(ignored.beamSize == 1)
    try write(#""diversity_penalty": 0.9"#)
    #expect(throws: ConfigurationError.self) {
      try GenerationConfiguration.options(for: configuration, in: directory)
    }
  }
}
