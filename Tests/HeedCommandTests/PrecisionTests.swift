import Foundation
import Heed
import HeedTensor
import TestSupport
import Testing

/// `--precision`: that commands compute with the form that is asked for, and not only that they take the flag.
@Suite struct PrecisionTests {
  private static let shipped = fixturesDirectory.deletingLastPathComponent()
    .appending(path: "Sources/CHeedShippedModel/model").path

  /// What a command computes with each precision; that of the model under the empty name.
  private func numbers(
    _ arguments: [String], _ key: ([String: Any]) -> Any?
  ) throws -> [String: [Double]] {
    var found: [String: [Double]] = [:]
    for precision in [""] + WeightPrecision.allCases.map(\.rawValue) {
      let flag = precision.isEmpty ? [] : ["--precision", precision]
      found[precision] = try #require(key(try CommandRun(arguments + flag).object()) as? [Double])
    }
    return found
  }

  /// The largest difference of what two precisions give, as far as both go.
  private func distance(_ found: [String: [Double]], _ one: String, _ other: String) -> Double {
    let pairs = zip(found[one] ?? [], found[other] ?? []).map { abs($0 - $1) }
    return pairs.max() ?? .nan
  }

  /// The weights of this model are int8: floats of the same values differ by the rounding of activations to 16 bits.
  @Test func translate() throws {
    let found = try numbers(["translate", "--model", Self.shipped, "--json", "It rains."]) { object in
      (object["hypotheses"] as? [[String: Any]])?.first?["token_scores"]
    }
    #expect(found[""]?.isEmpty == false)
    #expect(found["int8"] == found[""])
    let floats = distance(found, "float32", "")
    #expect(floats > 0 && floats < 1e-2)
    #expect(distance(found, "int4", "float32") > 2 * floats)
    #expect(distance(found, "bfloat16", "float32") > 0)
    #expect(Set(found.values).count == 4)
  }

  @Test func generate() throws {
    let found = try numbers([
      "generate", "--model", "\(fixturesDirectory.path)/Stories", "--greedy", "-n", "3", "--json",
      "Once upon a time",
    ]) { $0["log_probabilities"] }
    expectFloatsAreStored(found)
  }

  @Test func embed() throws {
    let found = try numbers([
      "embed", "--model", "\(fixturesDirectory.path)/Encoders/embedder", "It rains, and the cat sleeps.",
    ]) { $0["embedding"] }
    expectFloatsAreStored(found)
  }

  /// The weights of these models are floats: to ask for floats changes nothing, and the fewer the bits the farther away.
  private func expectFloatsAreStored(
    _ found: [String: [Double]], sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(found[""]?.isEmpty == false && found[""] == found["float32"], sourceLocation: sourceLocation)
    let (eight, four) = (distance(found, "int8", "float32"), distance(found, "int4", "float32"))
    #expect(eight > 1e-6 && eight < four, "\(eight), \(four)", sourceLocation: sourceLocation)
    let halves = distance(found, "bfloat16", "float32")
    #expect(halves > 1e-6 && halves < four, "\(halves), \(four)", sourceLocation: sourceLocation)
    #expect(Set(found.values).count == 4, sourceLocation: sourceLocation)
  }

  @Test(arguments: ["translate", "generate", "embed"]) func anUnknownPrecisionIsRefused(_ command: String)
    throws
  {
    let run = try CommandRun([command, "--model", Self.shipped, "--precision", "int3", "It rains."])
    #expect(run.status == 64 && run.output.isEmpty && run.errors.contains("int3"), "\(run.errors)")
  }

  /// The model in memory, as `heed generate` and `heed benchmark generate` load it.
  @Test(
    arguments: [
      (nil, .float32), (.float32, .float32), (.bfloat16, .bfloat16), (.int8, .int8Rows), (.int4, .int4Blocks),
    ] as [(WeightPrecision?, PackedMatrix.Form)])
  func theWeightsInMemoryAreAsWanted(_ precision: WeightPrecision?, _ form: PackedMatrix.Form) throws {
    let generator = try TextGenerator(
      directory: fixturesDirectory.appending(path: "Stories"), precision: precision)
    let weights = generator.generator.model.parameters.compactMap { path, value in
      value.packed.map { (path: path, matrix: $0) }
    }
    #expect(weights.count >= 8)
    for (path, matrix) in weights {
      let isWhole = !form.hasBlocks || matrix.inner.isMultiple(of: PackedMatrix.blockLength)
      #expect(matrix.form == (isWhole ? form : .int8Rows), "\(path)")
    }
  }
}
