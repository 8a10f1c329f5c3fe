import Foundation
import Heed
import HeedLayers
import HeedTensor
import TestSupport
import Testing

/// `heed doctor` as a command: exit statuses, and what it says of models that are rounded or lie in a GGUF file.
@Suite struct DoctorCommandTests {
  private static let checkpoints = fixturesDirectory.appending(path: "Checkpoint")
  private static let marian = checkpoints.appending(path: "marian").path

  private static func ok(_ object: [String: Any], _ key: String) -> [Bool] {
    (object[key] as? [[String: Any]] ?? []).compactMap { $0["ok"] as? Bool }
  }

  /// What is said of a model that is held in a precision, by the tolerance that it is measured with.
  @Test(arguments: [("float32", 1e-4), ("bfloat16", 0.03), ("int8", 0.06), ("int4", 0.6)])
  func aModelIsCheckedAsItIsHeld(_ precision: String, _ tolerance: Double) throws {
    let found = try CommandRun(["doctor", Self.marian, "--precision", precision, "--json"]).object()
    #expect(found["healthy"] as? Bool == true && found["precision"] as? String == precision)
    #expect(abs((found["tolerance"] as? Double ?? .nan) - tolerance) < 1e-6)
    let outputs = try #require(found["outputs"] as? [[String: Any]])
    #expect(outputs.count >= 2 && Self.ok(found, "outputs").allSatisfy(\.self))
    let errors = outputs.compactMap { $0["relative_error"] as? Double }
    #expect(errors.count >= 2)
    for error in errors { #expect((error > 1e-4) == (precision != "float32"), "\(error)") }
    #expect(Self.ok(found, "search").count >= 11)
    let held = (found["model"] as? [String: Any])?["weight_forms"] as? [String]
    #expect(held?.contains { $0.hasPrefix(precision) } == true, "\(String(describing: held))")
  }

  /// What was quantised is measured as what it is, and as floats only where floats are asked for.
  @Test func aQuantizedModelIsMeasuredByItsBits() throws {
    try withDirectory { folder in
      let small = folder.appending(path: "small").path
      #expect(try CommandRun(["quantize", Self.marian, "--output", small]).status == 0)
      let alone = try CommandRun(["doctor", small])
      #expect(alone.status == 0 && alone.output.contains("there is no reference"), "\(alone.errors)")
      let reference = ["--reference", "\(Self.marian)/reference.safetensors"]
      let rounded = try CommandRun(["doctor", small] + reference)
      #expect(rounded.status == 0 && rounded.errors.isEmpty, "\(rounded.errors)")
      #expect(rounded.output.contains("as it must be with weights of int8"), "\(rounded.output)")
      #expect(rounded.output.contains("largest difference") && !rounded.output.contains("DIFFERS"))
      let strict = try CommandRun(["doctor", small, "--precision", "float32"] + reference)
      #expect(strict.status == 65 && strict.output.contains("DIFFERS"), "\(strict.output)")
      #expect(strict.errors.contains("does not compute what the reference expects"), "\(strict.errors)")
    }
  }

  @Test(arguments: ["llama", "qwen2"]) func aGGUFFileIsExamined(_ name: String) throws {
    let file = Self.checkpoints.appending(path: "GGUF/\(name).gguf").path
    let found = try CommandRun(["doctor", file, "--json"]).object()
    let model = try #require(found["model"] as? [String: Any])
    #expect(model["family"] as? String == name && model["tokenizer"] as? String == "in the file")
    #expect((model["weight_types"] as? [String])?.contains("Q8_0") == true)
    #expect((model["sentence"] as? String)?.contains("→") == true)
    #expect(found["outputs"] == nil && found["healthy"] as? Bool == true)
    #expect(try CommandRun(["doctor", file]).output.contains("loads; there is no reference"))
  }

  /// A file that was named has no reference unless one is given; a directory with nothing else has its own.
  @Test func aGGUFFileIsComparedWithAReference() throws {
    let file = Self.checkpoints.appending(path: "GGUF/qwen2.gguf")
    let gguf = try GGUFModel(try GGUFFile(url: file))
    let ids: [Int64] = [3, 4, 5, 6]
    var context = ForwardContext.inference
    let model = try gguf.model()
    let logits = model.logits(model(TokenSequences([ids.map { TokenID($0) }]), &context)).scalars
    func write(_ logits: [Float], to url: URL) throws {
      try SafetensorsWriter.write(
        [
          SafetensorsTensor(name: "input_ids", shape: [1, 4], integers: ids),
          SafetensorsTensor(name: "logits", shape: [1, 4, logits.count / 4], floats: logits),
        ], to: url)
    }
    try withDirectory { folder in
      let reference = folder.appending(path: "reference.safetensors")
      try write(logits, to: reference)
      let copy = folder.appending(path: "some.gguf").path
      try FileManager.default.copyItem(atPath: file.path, toPath: copy)
      for arguments in [
        [copy, "--reference", reference.path], [folder.path], [folder.path, "--precision", "float32"],
      ] {
        let found = try CommandRun(["doctor", "--json"] + arguments).object()
        #expect((found["outputs"] as? [Any])?.count == 1 && Self.ok(found, "outputs") == [true])
        #expect(found["precision"] as? String == (arguments.contains("float32") ? "float32" : "int4"))
      }
      #expect(try CommandRun(["doctor", "--json", copy]).object()["outputs"] == nil)
      try write(logits.map { -$0 }, to: reference)
      #expect(try CommandRun(["doctor", folder.path]).status == 65)
    }
  }

  @Test func badInputIsNamed() throws {
    let missing = try CommandRun(["doctor", "nowhere"])
    #expect(
      missing.status == 66 && missing.errors.contains("there is no such directory"), "\(missing.errors)")
    let other = try CommandRun(["doctor", "\(Self.marian)/config.json"])
    #expect(other.status == 65 && other.errors.contains("GGUF"), "\(other.errors)")
    let reference = try CommandRun(["doctor", Self.marian, "--reference", "nowhere.safetensors"])
    #expect(reference.status == 66 && reference.errors.contains("nowhere.safetensors"), "\(reference.errors)")
  }

  /// A name that may be one of the hub, where the hub cannot be asked: the other program has said why, and nothing is
  /// left to say behind a colon.
  @Test func aModelThatCannotBeFetchedIsNamed() throws {
    try withDirectory { folder in
      let run = try CommandRun(
        ["doctor", "nowhere/xx"],
        environment: [
          "HF_ENDPOINT": "no-address", "HF_HUB_CACHE": folder.path, "HF_HUB_OFFLINE": "0",
          "TRANSFORMERS_OFFLINE": "0",
        ])
      #expect(run.status == 64 && run.output.isEmpty)
      let lines = run.errors.split(separator: "\n")
      #expect(lines.count == 2 && lines.first?.contains("HF_ENDPOINT") == true, "\(run.errors)")
      let said =
        "heed: nowhere/xx: there is no such directory; expected a model directory, or a model of the hub that can be "
        + "fetched"
      #expect(lines.last.map(String.init) == said, "\(run.errors)")
    }
  }
}
