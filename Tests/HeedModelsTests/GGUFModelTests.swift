import Foundation
import HeedLayers
import HeedModels
import Testing

/// A GGUF file as a model: what its rotary positions become.
@Suite struct GGUFModelTests {
  private static let bytes: [UInt8] = {
    (try? [UInt8](Data(contentsOf: CheckpointFixtures.file("GGUF/llama.gguf")))) ?? []
  }()

  private static func encoded(_ numbers: [Float]) -> [UInt8] {
    var bytes: [UInt8] = []
    for number in numbers { CheckpointFixtures.append(number.bitPattern, to: &bytes) }
    return bytes
  }

  /// The file with other divisors of frequencies.
  private static func model(_ divisors: [Float]) throws -> GGUFModel {
    var bytes = bytes
    let range = try #require(bytes.firstRange(of: encoded([1, 1.5, 4, 8])))
    bytes.replaceSubrange(range, with: encoded(divisors))
    return try GGUFModel(try CheckpointFixtures.gguf(bytes))
  }

  /// The metadata divides all frequencies by 2, and the tensor `rope_freqs.weight` each by its own number.
  @Test func frequenciesAreDividedByBothFactors() throws {
    guard
      case .rotary(let positions) = try Self.model([1, 1.5, 4, 8]).configuration.decoder.attentionPositions
    else {
      Issue.record("no rotary positions")
      return
    }
    let expected: [Float] = [1 / 2, 0.1 / 3, 0.01 / 8, 0.001 / 16]
    #expect(positions.frequencies.count == 4)
    for (found, expected) in zip(positions.frequencies, expected) {
      #expect(abs(found - expected) <= 1e-6 * expected, "\(found), expected \(expected)")
    }
    // It is no parameter, and not left over.
    #expect(throws: Never.self) { try Self.model([1, 1.5, 4, 8]).model(for: .inference()) }
  }

  @Test(arguments: [0, -1, Float.nan, .infinity]) func divisorsMustBeAboveZero(_ divisor: Float) {
    let error = #expect(throws: CheckpointError.self) { try Self.model([1, divisor, 4, 8]) }
    #expect(
      error?.description.contains("tensor \"rope_freqs.weight\" must be 4 numbers above 0") == true,
      "\(String(describing: error))")
  }
}
