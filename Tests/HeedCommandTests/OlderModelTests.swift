import Foundation
import Heed
import HeedLayers
import TestSupport
import Testing

/// Recurrent and convolutional models in every command that takes a model for translation.
@Suite struct OlderModelTests {
  private static let text = OlderModelDirectory.lines.joined(separator: "\n") + "\n"
  private static let kinds = ["none"] + OlderModelDirectory.attending

  @Test(arguments: OlderModelDirectory.attending) func attentionIsShown(_ kind: String) throws {
    try withDirectory { folder in
      let model = folder.appending(path: "model")
      try OlderModelDirectory.write(kind, to: model)
      let arguments = ["inspect", "--model", model.path, OlderModelDirectory.lines[1]]
      let map = try CommandRun(arguments)
      #expect(map.status == 0 && map.errors.isEmpty, "\(map.errors)")
      #expect(map.output.contains("Encoder-decoder attention, layer \(kind == "convolutional" ? 1 : 0)"))
      #expect(map.output.contains("has no self-attention"))
      let object = try CommandRun(arguments + ["--json", "--alignments", "--measures"]).object()
      let weights = try #require((object["attention"] as? [[String: Any]])?[0]["weights"] as? [[Double]])
      #expect(!weights.isEmpty && weights.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-5 })
      #expect((object["notes"] as? [String])?.count == 1 && object["alignment"] != nil)
      #expect((object["measures"] as? [Any])?.count == (kind == "convolutional" ? 3 : 1))
      for ending in ["html", "svg", "npz", "safetensors"] {
        let file = folder.appending(path: "picture.\(ending)").path
        let run = try CommandRun(arguments + ["--output", file])
        #expect(run.status == 0 && run.output.isEmpty, "\(run.errors)")
        #expect(try Data(contentsOf: URL(fileURLWithPath: file)).count > 200)
      }
      let removed = try CommandRun(arguments + ["--ablate", "0:0"])
      #expect(removed.status == 0 && removed.output.hasPrefix("removed  cross:0:0\n"), "\(removed.errors)")
      for (more, message) in [
        (["--kind", "encoder"], "the model has no encoder attention, only cross"),
        (["--layer", "3"], "there is no layer 3"), (["--head", "1"], "there is no head 1"),
        (["--ablate", "5:0"], "there is no layer 5"),
      ] {
        let refused = try CommandRun(arguments + more)
        #expect(refused.status != 0 && refused.errors.contains(message), "\(refused.errors)")
        #expect(refused.output.isEmpty && refused.errors.split(separator: "\n").count == 1)
      }
    }
  }

  @Test func withoutAttentionThatIsSaid() throws {
    try withDirectory { folder in
      try OlderModelDirectory.write("none", to: folder)
      for more in [[], ["--kind", "cross"], ["--alignments"], ["--output", "x.html"]] {
        let run = try CommandRun(["inspect", "--model", folder.path, "It rains."] + more)
        #expect(run.status == 65 && run.errors.contains("the model has no attention"), "\(run.errors)")
      }
    }
  }

  /// The loss of the reference is that of one pass over it.
  @Test(arguments: kinds) func translationsAreMeasured(_ kind: String) throws {
    try withDirectory { folder in
      try OlderModelDirectory.write(kind, to: folder)
      let (source, target) = (folder.appending(path: "a.txt").path, folder.appending(path: "b.txt").path)
      try Self.text.write(toFile: source, atomically: true, encoding: .utf8)
      let references = Array(OlderModelDirectory.lines.reversed())
      try references.map { $0 + "\n" }.joined().write(toFile: target, atomically: true, encoding: .utf8)
      let arguments = [
        "evaluate", "--model", folder.path, "--source", source, "--reference", target, "--max-length", "8",
      ]
      let found = try CommandRun(arguments + ["--loss", "--json"]).object()
      #expect((found["metrics"] as? [String: Any])?.count == 3 && found["lines"] as? Int == 4)
      let loss = try #require(found["loss"] as? Double)
      let expected = try Self.loss(of: ModelDirectory(folder), OlderModelDirectory.lines, references)
      #expect(abs(loss - expected.loss) < 1e-4, "\(loss) \(expected)")
      #expect(found["reference_tokens"] as? Int == expected.count)
      #expect(abs((found["perplexity"] as? Double ?? .nan) / exp(loss) - 1) < 1e-9)
      let plain = try CommandRun(arguments)
      #expect(plain.status == 0 && !plain.output.contains("perplexity"), "\(plain.errors)")
      #expect(try CommandRun(arguments + ["--loss"]).output.contains("perplexity"))
    }
  }

  private static func loss(
    of directory: ModelDirectory, _ sources: [String], _ targets: [String]
  ) throws -> (loss: Double, count: Int) {
    let tokenizer = try TextTokenizer(contentsOf: directory.tokenizerURL)
    func loss(_ model: some SequenceToSequenceModel) -> (loss: Double, count: Int) {
      let vocabulary = model.configuration.vocabulary
      func ended(_ text: String) -> [TokenID] {
        let ids = tokenizer.encode(text)
        return ids.last == vocabulary.endToken ? ids : ids + [vocabulary.endToken]
      }
      let labels = targets.map(ended)
      var context = ForwardContext.inference
      let result = model.loss(
        sources: TokenSequences(sources.map(ended)),
        targets: TokenSequences(labels.map { [vocabulary.startToken] + $0.dropLast() }),
        labels: labels.flatMap(\.self), smoothing: 0, scale: 1, &context)
      return (result.negativeLogLikelihoodSum / Double(result.labelCount), result.labelCount)
    }
    return try directory.modelType() == ConvolutionalConfiguration.modelType
      ? loss(ConvolutionalEncoderDecoder(from: directory)) : loss(RecurrentEncoderDecoder(from: directory))
  }

  @Test(arguments: SequenceFixture.all) func theDoctorComparesWithPyTorch(_ name: String) throws {
    let directory = SequenceFixture.directory(name).url.path
    let found = try CommandRun(["doctor", directory, "--json"]).object()
    #expect(found["healthy"] as? Bool == true && (found["outputs"] as? [Any])?.count == 2)
    let model = try #require(found["model"] as? [String: Any])
    #expect((model["family"] as? String)?.hasPrefix("heed_") == true && model["tokenizer"] == nil)
    #expect((model["parameters"] as? Int ?? 0) > 1000)
    let lines = try CommandRun(["doctor", directory])
    #expect(lines.status == 0 && lines.output.contains("everything agrees"), "\(lines.errors)")
  }

  @Test(arguments: kinds) func theDoctorTranslatesASentence(_ kind: String) throws {
    try withDirectory { folder in
      try OlderModelDirectory.write(kind, to: folder)
      let run = try CommandRun(["doctor", folder.path])
      #expect(run.status == 0 && run.output.contains("station? → "), "\(run.errors)")
      #expect(
        run.output.contains(
          kind == "convolutional" ? "gated convolutions" : kind == "none" ? "no attention" : kind))
    }
  }

  /// The mean of a model and itself is that model; of two, each number lies between.
  @Test(arguments: kinds) func checkpointsAreAveraged(_ kind: String) throws {
    try withDirectory { folder in
      let urls = ["one", "other", "mean", "same"].map { folder.appending(path: $0) }
      try OlderModelDirectory.write(kind, to: urls[0], seed: 1)
      try OlderModelDirectory.write(kind, to: urls[1], seed: 2)
      let run = try CommandRun(["average", urls[0].path, urls[1].path, "--output", urls[2].path])
      #expect(run.status == 0, "\(run.errors)")
      let files = try urls.prefix(3).map { try SafetensorsFile(url: ModelDirectory($0).weightsURL) }
      for entry in files[0].entries {
        let values = try files.map { try $0.floats(of: try #require($0.entry(entry.name))) }
        expectClose(
          values[2], zip(values[0], values[1]).map { ($0 + $1) / 2 }, absolute: 1e-6, entry.name)
      }
      let copy = try CommandRun(["average", urls[0].path, "--output", urls[3].path])
      #expect(copy.status == 0, "\(copy.errors)")
      #expect(
        try Translator(directory: urls[3]).translate("It rains.")
          == Translator(directory: urls[0]).translate("It rains."))
      try OlderModelDirectory.write(kind == "none" ? "additive" : "none", to: urls[1])
      let refused = try CommandRun(
        ["average", urls[0].path, urls[1].path, "--output", urls[2].path, "--overwrite"])
      #expect(
        refused.status == 65 && refused.errors.contains("different configurations"), "\(refused.errors)")
    }
  }

  @Test(arguments: kinds, ["int8", "int4", "bfloat16"])
  func quantizedModelsTranslate(_ kind: String, _ precision: String) throws {
    try withDirectory { folder in
      let (whole, small, back) = (
        folder.appending(path: "whole"), folder.appending(path: "small"), folder.appending(path: "back")
      )
      try OlderModelDirectory.write(kind, to: whole)
      let run = try CommandRun(
        ["quantize", whole.path, "--output", small.path, "--precision", precision, "--json"])
      let sizes = try run.object()
      // Rows of 16 and 18 numbers are no whole blocks, and that is said.
      #expect(run.errors.contains(" matrices are int8: ") == (precision == "int4"), "\(run.errors)")
      #expect((sizes["bits_per_number"] as? Double ?? .infinity) < 20, "\(sizes)")
      let found = try CommandRun(["translate", "--model", small.path, "It rains."])
      #expect(found.status == 0 && found.errors.isEmpty, "\(found.errors)")
      #expect(try CommandRun(["convert", small.path, "--output", back.path]).status == 0)
      let files = try [whole, back].map { try SafetensorsFile(url: ModelDirectory($0).weightsURL) }
      for entry in files[0].entries {
        let values = try files.map { try $0.floats(of: try #require($0.entry(entry.name))) }
        let largest = values[0].map(abs).max() ?? 0
        expectClose(values[1], values[0], absolute: largest / (precision == "int4" ? 10 : 100), entry.name)
      }
    }
  }

  /// The example learns with any architecture, and shows attention where there is some.
  @Test(arguments: [
    ["--architecture", "gru", "--set", "model.attention=none"], ["--architecture", "convolution"],
  ])
  func theExampleTrainsThemToo(_ architecture: [String]) throws {
    try withDirectory { folder in
      let run = try CommandRun(
        ["train", "--example", "numbers", "--max-steps", "2", "--set", "model.hidden_size=16", "--output"]
          + [folder.appending(path: "run").path] + architecture)
      #expect(run.status == 0, "\(run.errors)")
      #expect(run.output.contains("exact match on 1000 held-out numbers: "))
      #expect(run.output.contains("\n76591  seventy-six thousand"))
      #expect(run.output.contains("bright is where the model looks") == architecture.contains("convolution"))
    }
  }

  @Test func aReferenceThatDiffersIsSeen() throws {
    let other = SequenceFixture.directory("lstm").url.appending(path: "reference.safetensors").path
    let run = try CommandRun([
      "doctor", SequenceFixture.directory("lstm-additive").url.path, "--reference", other,
    ])
    #expect(run.status == 65 && run.output.contains("DIFFERS"), "\(run.output)")
  }
}
